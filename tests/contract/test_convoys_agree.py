"""Convoys: what the live ledger answered and left behind, the export and the rebuild find again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import ibis
import pytest
from sqlalchemy import or_, select

from features.convoy import CONVOY_INTEGERS, CROSSINGS_AT_POST
from features.convoy_offline import convoy_table, crossings_at_post
from features.convoy_online import companions_as_of, lane_as_of
from features.ledger import tables
from features.ledger.arrivals import Arrival
from features.ledger.compaction import compact
from features.ledger.connection import reading, writing
from features.ledger.entering import DAY_MICROSECONDS, Entered
from features.ledger.export import export
from features.ledger.rebuilding import build_states
from features.ledger.store import Ledger
from tests.factories import TestClock, a_ledger, an_arrival, entered

_MINUTE = 1 / 1440
_STEPS = [*[0.0, 0.2 * _MINUTE, _MINUTE, 4 * _MINUTE] * 4, 15 * _MINUTE, 0.3, 0.9, 44.0]
_VEHICLES = [f"SK {1000 + n} AB" for n in range(5)]


@pytest.mark.slow
def test_convoys_answered_live_are_found_again_offline(store_url: str, tmp_path: Path) -> None:
    ledger, live = _a_random_ledger(store_url, crossings=150, seed=3)

    export(ledger, tmp_path)

    events = ibis.duckdb.connect().read_parquet(f"{tmp_path}/events-*.parquet")
    at_post = crossings_at_post(events, corrected=True)
    table = convoy_table(events, at_post).to_pyarrow().to_pylist()
    offline = {row["u"]: [row[name] for name in CONVOY_INTEGERS] for row in table}
    answered = {place.u: [place.integers[name] for name in CONVOY_INTEGERS] for place in live}
    assert offline == answered
    assert max(place.integers["convoy_meetings"] for place in live) > 2
    assert len({place.integers["convoy_leader_crossings"] for place in live}) > 5
    own = {row["u"]: row[CROSSINGS_AT_POST] for row in at_post.to_pyarrow().to_pylist()}
    assert own == {p.u: p.integers[CROSSINGS_AT_POST] for p in live if "vehicle_key" in p.body}


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_convoys_built_at_once_equal_those_built_crossing_by_crossing(
    store_url: str, seed: int
) -> None:
    ledger, _ = _a_random_ledger(store_url, crossings=80, seed=seed)
    one_by_one = _rows(ledger)

    with writing(ledger.engine) as connection:
        build_states(connection, ledger.epoch)

    assert {name.split(":")[0] for name in one_by_one} == {"lane", "companions"}
    assert _rows(ledger) == one_by_one


def test_compaction_forgets_companions_whose_days_no_longer_count(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    for number, vehicle in enumerate(_VEHICLES[:2]):
        entered(ledger, _a_crossing(ledger, number, vehicle))
    assert {name.partition(":")[0] for name in _rows(ledger)} == {"lane", "companions"}
    clock.forward(days=91)
    entered(ledger, _a_crossing(ledger, 2, _VEHICLES[2]))

    compact(ledger)

    with reading(ledger.engine) as connection:
        names = connection.execute(select(tables.states.c.state_id)).scalars().all()
    assert not [name for name in names if name.startswith("companions:")]


def _a_crossing(ledger: Ledger, number: int, vehicle: str) -> Arrival:
    return an_arrival(
        ledger, "crossing", source_record_id=f"R-{number}", vehicle_id=vehicle, bcp_id="MK-GR-01"
    )


def _a_random_ledger(url: str, *, crossings: int, seed: int) -> tuple[Ledger, list[Entered]]:
    """Crossings of few vehicles, some amended, some known by their day, some of no vehicle."""
    rng = random.Random(seed)
    clock = TestClock()
    ledger = a_ledger(url, clock)
    versions: dict[str, int] = {}
    live: list[Entered] = []
    for number in range(crossings):
        clock.forward(days=rng.choice(_STEPS))
        record = rng.choice(list(versions)) if versions and rng.random() < 0.15 else f"R-{number}"
        versions[record] = versions.get(record, 0) + 1
        payload: dict[str, Any] = dict(
            source_record_id=record,
            record_version=versions[record],
            vehicle_id=rng.choice([*_VEHICLES, None] if rng.random() < 0.2 else _VEHICLES),
            bcp_id=rng.choice(["MK-GR-01", "MK-GR-01", "MK-RS-01"]),
            direction=rng.choice(["entry", "entry", "exit"]),
            time_precision=rng.choice(["instant"] * 9 + ["day"]),
        )
        (place,) = entered(ledger, an_arrival(ledger, "crossing", **payload))
        assert isinstance(place, Entered)
        live.append(place)
    return ledger, live


def _rows(ledger: Ledger) -> dict[str, list[tuple[int, ...]]]:
    """The rows of convoys as of the ledger's last moment, without those that hold nothing."""
    c = tables.states.c
    with reading(ledger.engine) as connection:
        last = connection.execute(select(tables.ledger.c.u)).scalars().all()[-1]
        stored = connection.execute(
            select(c.state_id, c.hot).where(
                or_(c.state_id.startswith("lane:"), c.state_id.startswith("companions:"))
            )
        ).all()
    day = last // DAY_MICROSECONDS
    rows = {
        name: (
            lane_as_of(hot, u=last) if name.startswith("lane:") else companions_as_of(hot, day=day)
        ).tolist()
        for name, hot in stored
    }
    return {name: held for name, held in rows.items() if held}
