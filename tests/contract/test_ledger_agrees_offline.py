"""What the live ledger answered, the offline engine finds again from its export, in every cell."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from features import online
from features.finish import finished
from features.ledger import tables
from features.ledger.connection import reading, writing
from features.ledger.entering import Entered
from features.ledger.export import export
from features.ledger.rebuilding import build_states, rebuild
from features.ledger.store import Ledger
from features.registry import SUBJECTS, FeatureSet
from features.spec import Integers
from features.table import integer_table, matrix
from tests.factories import TestClock, a_ledger, an_arrival, entered

_TRADERS = ["MK4030000375897", "DE8112345", "RS100000024"]
_VEHICLES = ["SK 1042 AB", "NS 200 XY"]
_SYSTEMS = {"consignment": "mk-cdeps", "crossing": "mk-border"}
_STEPS = [0.0, 0.0, 0.2, 0.9, 1.0, 1.0, 7.0, 29.0, 91.0]


@pytest.mark.slow
def test_every_cell_answered_live_is_found_again_offline(store_url: str, tmp_path: Path) -> None:
    ledger, live = _a_random_ledger(store_url, events=120, seed=4)

    export(ledger, tmp_path)

    for subject in SUBJECTS:
        places = [place for kind, place in live if kind == subject]
        table = integer_table(tmp_path, ledger.features, subject)
        names = ledger.features.integer_names[subject]
        offline = {row["u"]: [row[name] for name in names] for row in table.to_pylist()}
        answered = {place.u: [place.integers[name] for name in names] for place in places}
        assert len(answered) > 20
        assert offline == answered

        # The finish is elementwise: one row at a time gives the bits of the whole table.
        columns = ledger.features.columns(subject, ("arms",))
        rows = [
            finished(columns, {n: np.array([v], np.int64) for n, v in place.integers.items()})
            for place in places
        ]
        assert np.concatenate(rows).tobytes() == matrix(table, columns).tobytes()


def test_states_built_at_once_equal_those_built_event_by_event(store_url: str) -> None:
    ledger, _ = _a_random_ledger(store_url, events=120, seed=6)
    one_by_one = _states(ledger)

    with writing(ledger.engine) as connection:
        build_states(connection, ledger.epoch)

    assert len(one_by_one) > 30
    assert _states(ledger) == one_by_one


def test_deriving_everything_again_changes_nothing(store_url: str) -> None:
    ledger, _ = _a_random_ledger(store_url, events=60, seed=7)
    before = _states(ledger)

    rebuild(ledger)

    assert _states(ledger) == before


def _a_random_ledger(
    url: str, *, events: int, seed: int
) -> tuple[Ledger, list[tuple[str, Entered]]]:
    """Movements, late outcomes, amendments and reports of few parties, over many day borders."""
    rng = random.Random(seed)
    clock = TestClock()
    ledger = a_ledger(url, clock)
    sent: list[tuple[str, dict[str, Any]]] = []
    places: list[tuple[str, Entered]] = []
    for _ in range(events):
        clock.forward(days=rng.choice(_STEPS))
        kind, payload = _next_event(rng, sent)
        payload = {"source_record_id": f"R-{len(sent)}"} | payload
        sent.append((kind, payload))
        (place,) = entered(ledger, an_arrival(ledger, kind, **payload))
        assert isinstance(place, Entered)
        if kind in SUBJECTS:
            places.append((kind, place))
    return ledger, places


def _next_event(
    rng: random.Random, sent: list[tuple[str, dict[str, Any]]]
) -> tuple[str, dict[str, Any]]:
    movements = [(k, p) for k, p in sent if k in SUBJECTS]
    chance = rng.random()
    if movements and chance < 0.2:
        movement_kind, movement = rng.choice(movements)
        result = rng.choice(["nothing_found", "arms", "persons_concealed", "inconclusive"])
        return "inspection", dict(
            source_system="inspections",
            movement_source_system=_SYSTEMS[movement_kind],
            movement_source_record_id=movement["source_record_id"],
            result=result,
            finds=None,
        )
    amendable = [(k, p) for k, p in sent if k in (*SUBJECTS, "inspection")]
    if amendable and chance < 0.4:
        kind, before = rng.choice(amendable)
        latest = max(
            p.get("record_version", 1)
            for k, p in sent
            if k == kind and p["source_record_id"] == before["source_record_id"]
        )
        changes = {"record_version": latest + 1}
        if kind == "consignment":
            changes["package_count"] = rng.randint(1, 50)
        return kind, before | changes
    if chance < 0.45:
        return "incident", dict(
            area_code=None,
            month=None,
            count=None,
            linked_vehicle_id=rng.choice(_VEHICLES),
            source_grade="B",
            information_grade=2,
        )
    if chance < 0.7:
        return "crossing", dict(
            vehicle_id=rng.choice(_VEHICLES),
            bcp_id=rng.choice(["MK-GR-01", "MK-RS-01"]),
        )
    return "consignment", dict(
        consignee_id=rng.choice(_TRADERS),
        consignor_id=rng.choice(_TRADERS),
        vehicle_id=rng.choice([*_VEHICLES, None]),
        time_precision=rng.choice(["instant", "instant", "day"]),
        gross_mass_kg=float(rng.randint(7900, 20000)),
    )


def _states(ledger: Ledger) -> dict[str, tuple[bytes, bytes]]:
    """Every state as of the ledger's last day: those not touched since are rolled on."""
    features: FeatureSet = ledger.features
    with reading(ledger.engine) as connection:
        hot = {row.state_id: row.hot for row in connection.execute(select(tables.states))}
        tiles = {row.state_id: row.tiles for row in connection.execute(select(tables.tiles))}
        last = connection.execute(
            select(tables.ledger.c.u).order_by(tables.ledger.c.u.desc()).limit(1)
        ).scalar_one()
    day = last // 86_400_000_000
    states = {}
    for name, packed in hot.items():
        layout = features.layouts.get(name.split(":")[0])
        if (
            layout is None
        ):  # a convoy's rows, which may hold what is out of reach (test_convoys_agree)
            continue
        state = online.unpack(packed, layout)
        stored: Integers = online.unpack_tiles(tiles.get(name, b""), layout)
        state.tiles = stored
        online.roll(state, layout, day=day, tiles=lambda stored=stored: stored)  # type: ignore[misc]
        states[name] = (online.pack(state), online.pack_tiles(state.tiles))
    return states
