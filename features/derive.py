"""What the feature engines need of an event: its keys, its measures, its own integers."""

from __future__ import annotations

from dataclasses import dataclass

from features.keys import Body, keys_of
from features.measures import measures_of
from features.registry import SUBJECTS, FeatureSet


@dataclass(frozen=True)
class Derived:
    """Keys by kind of key, measures by name, and row integers in the feature set's order."""

    keys: dict[str, str]
    measures: dict[str, int]
    row: list[int]

    def taken_back(self) -> Derived:
        """The same with its measures negated: what a correction adds."""
        return Derived(self.keys, {m: -v for m, v in self.measures.items()}, [])


def derived(
    kind: str, body: Body, features: FeatureSet, *, movement_keys: dict[str, str] | None = None
) -> Derived:
    """What an event adds to its keys' history, and what it says itself.

    Args:
        kind: The kind of record.
        body: The stored body.
        features: The deployment's features.
        movement_keys: For an inspection, the keys of the movement inspected; None if that
            movement is not known, and then nobody's history changes.
    """
    measures = measures_of(kind, body)
    if kind in SUBJECTS:
        return Derived(keys_of(kind, body), measures, features.row_integers(kind, body))
    if kind == "inspection":
        return Derived(dict(movement_keys or {}), measures, [])
    return Derived(incident_keys(body), measures, [])


def incident_keys(body: Body) -> dict[str, str]:
    """Keys of a police report: a vehicle, a trader in any role, a container, a route or an area."""
    keys = {}
    if "linked_vehicle_key" in body:
        keys["vehicle"] = keys["trailer"] = body["linked_vehicle_key"]
    if "linked_trader_key" in body:
        for role in ("consignor", "consignee", "declarant", "carrier"):
            keys[role] = body["linked_trader_key"]
    if "linked_container_key" in body:
        keys["container"] = body["linked_container_key"]
    if "area_code" in body:
        keys["area"] = body["area_code"]
    if "linked_route" in body:
        keys["route"] = body["linked_route"].replace("-", ":")
    return keys
