"""Random histories that a deployment has lived through: movements, amendments, inspections, reports."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from serving.deployment import Deployment
from serving.work import Scored
from tests.deployments import submitted

_TRADERS = ["MK4030000375897", "DE8112345", "RS100000024"]
_VEHICLES = ["SK 1042 AB", "NS 200 XY"]
_RESULTS = ["nothing_found", "arms", "persons_concealed", "inconclusive", "not_searched"]
_REFERENCES = {"consignment": "mk-cdeps", "crossing": "mk-border"}


def a_random_history(here: Deployment, *, records: int, seed: int) -> Iterator[Scored]:
    """Movements of few parties, their amendments, inspections and reports; yields what is scored."""
    rng = random.Random(seed)
    sent: list[tuple[str, dict[str, Any]]] = []
    for number in range(records):
        kind, changes = _next_record(rng, sent, number, here.intake.now())
        outcome = submitted(here, kind, **changes)
        if isinstance(outcome, Scored):
            sent.append((kind, changes))
            yield outcome


def _next_record(
    rng: random.Random, sent: list[tuple[str, dict[str, Any]]], number: int, now: datetime
) -> tuple[str, dict[str, Any]]:
    chance = rng.random()
    if sent and chance < 0.2:
        kind, movement = rng.choice(sent)
        return "inspection", {
            "movement_source_system": _REFERENCES[kind],
            "movement_source_record_id": movement["source_record_id"],
            "result": rng.choice(_RESULTS),
        }
    if sent and chance < 0.35:
        kind, before = rng.choice(sent)
        same = [c for k, c in sent if c["source_record_id"] == before["source_record_id"]]
        return kind, before | {"record_version": 1 + len(same), "quality_flags": None}
    changes: dict[str, Any] = {
        "source_record_id": f"R-{number}",
        "event_at": now.astimezone(UTC).isoformat(),
        "vehicle_id": rng.choice(_VEHICLES),
    }
    if chance < 0.65:
        changes["carrier_id"] = rng.choice(_TRADERS)
        return "crossing", changes
    changes |= {
        "consignee_id": rng.choice(_TRADERS),
        "time_precision": rng.choice(["instant", "instant", "day"]),
        "gross_mass_kg": float(rng.randint(7900, 20_000)),
    }
    return "consignment", changes
