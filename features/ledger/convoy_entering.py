"""How a crossing meets the lane it enters, within the transaction that enters it."""

from __future__ import annotations

from features.convoy import CROSSINGS_AT_POST
from features.convoy_online import NO_SIGHTING, Sighting, meet
from features.derive import Derived
from features.ledger.key_states import KeyStates
from features.registry import FeatureSet


def sighting_of(made: Derived, features: FeatureSet) -> Sighting | None:
    """The vehicle and the lane of a crossing whose moment is known; None without a vehicle."""
    vehicle = made.keys.get("vehicle")
    if vehicle is None:
        return None
    names = [name for name, _ in features.row_functions["crossing"]]
    return Sighting(made.keys["post"], made.row[names.index("leaving")], vehicle)


def met_now(
    states: KeyStates, sighting: Sighting | None, integers: dict[str, int], *, u: int
) -> dict[str, int]:
    """The convoy integers of a crossing; its lane and its vehicle remember the sighting.

    Args:
        states: The states of the transaction.
        sighting: None if the crossing is no sighting, and then nothing changes.
        integers: Those of the crossing's history, as of u.
        u: The moment of the crossing.
    """
    if sighting is None:
        return NO_SIGHTING
    lane, companions = states.blob(sighting.lane_id), states.blob(sighting.companions_id)
    crossings = integers[CROSSINGS_AT_POST]
    met = meet(sighting, u=u, crossings=crossings, lane=lane, companions=companions)
    states.set_blob(sighting.lane_id, met.lane)
    if met.companions != companions:
        states.set_blob(sighting.companions_id, met.companions)
    return met.integers
