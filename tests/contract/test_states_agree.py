"""States thrown away or built in pieces give the very features that untouched ones give."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from typer.testing import CliRunner

from features.ledger import building, tables
from features.ledger.compaction import compact
from features.ledger.connection import reading, writing
from features.ledger.entering import DAY_MICROSECONDS, Entered
from features.ledger.key_states import KeyStates
from features.ledger.keyring import load_keyring
from features.ledger.rebuilding import build_states
from features.ledger.store import Ledger, StatesOutdated
from tests.factories import TestClock, a_ledger, an_arrival, another_ledger, enter, entered
from vardar import app

_TRADERS = ["MK4030000375897", "DE8112345", "RS100000024"]
_VEHICLES = ["SK 1042 AB", "NS 200 XY", "TE 33 QQ"]
_GAPS = [0.0, 0.1, 1.0, 31.0, 89.0, 200.0, 366.0, 400.0]


@pytest.mark.slow
def test_after_compaction_every_later_feature_equals_that_of_an_untouched_twin(
    store_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    twin = a_ledger(f"sqlite:///{tmp_path_factory.mktemp('twin')}/ledger.db", clock)
    removed = 0

    for kind, changes, gap, compacted in _events(random.Random(5), 90):
        clock.forward(days=gap)
        mine, its = (entered(one, an_arrival(one, kind, **changes))[0] for one in (ledger, twin))
        assert isinstance(mine, Entered)
        assert isinstance(its, Entered)
        assert mine.integers == its.integers
        if compacted:
            removed += compact(ledger).rows

    assert removed > 100
    assert _stored(ledger) < _stored(twin)


def test_compaction_leaves_other_packed_rows_and_living_states_alone(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "crossing")
    with writing(ledger.engine) as connection:
        states = KeyStates(connection, ledger.features)
        states.set_blob("lane:MK-GR-01:1", b"a ring")
        states.write()
    before = _stored(ledger)

    done = compact(ledger)

    assert (done.rows, done.bytes) == (0, 0)
    assert done.keys == before
    assert _stored(ledger) == before


def test_the_compact_command_says_what_it_removed(tmp_path: Path) -> None:
    clock = TestClock()
    keyring = load_keyring(tmp_path / "secret.key", create=True)
    ledger = another_ledger(f"sqlite:///{tmp_path}/ledger.db", keyring, clock=clock)
    enter(ledger, "crossing", vehicle_id=_VEHICLES[0], trailer_id=None)
    clock.forward(days=400)
    enter(ledger, "crossing", vehicle_id=_VEHICLES[1], trailer_id=None)
    written = tmp_path / "compacted.json"

    told = CliRunner().invoke(
        app, ["compact", "--home", str(tmp_path), "--json", str(written)], catch_exceptions=False
    )

    figures = json.loads(written.read_text())["figures"]
    assert told.exit_code == 0
    assert figures["rows"] > 0
    assert f"removed {figures['rows']} rows" in told.output.replace("\n", " ")


def test_states_built_by_ranges_of_keys_equal_those_built_at_once(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    for kind, changes, gap, _ in _events(random.Random(8), 40):
        clock.forward(days=gap / 40)
        entered(ledger, an_arrival(ledger, kind, **changes))
    with writing(ledger.engine) as connection:
        build_states(connection, ledger.epoch)
    at_once = _rows(ledger)

    monkeypatch.setattr(building, "_BATCH", 3)
    monkeypatch.setattr(building, "_MOST_AT_ONCE", 7)
    with writing(ledger.engine) as connection:
        build_states(connection, ledger.epoch)

    assert len(at_once) > 50
    assert _rows(ledger) == at_once


def test_all_keys_and_further_rows_come_by_one_select_and_tiles_by_one_more(
    store_url: str,
) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    arrival = an_arrival(ledger, "consignment")
    entered(ledger, arrival)
    keys = _keys_of(ledger)
    day = clock.now // DAY_MICROSECONDS

    with writing(ledger.engine) as connection:
        states = KeyStates(connection, ledger.features)
        states.set_blob("lane:somewhere:0", b"a ring")
        states.write()
    with reading(ledger.engine) as connection:
        asked: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *a: asked.append(a[2]))
        states = KeyStates(connection, ledger.features)
        states.prefetch(["lane:somewhere:0", "companions:nobody"])
        states.history(keys, day=day)
        states.history(keys, day=day)

        assert states.blob("lane:somewhere:0") == b"a ring"
        assert states.blob("companions:nobody") == b""
        assert len(asked) == 1

        states.history(keys, day=day + 1)
        assert len(asked) == 2

        assert states.blob("lane:elsewhere:0") == b""
        assert len(asked) == 3


def test_a_row_changed_in_a_transaction_is_read_back_within_it(store_url: str) -> None:
    ledger = a_ledger(store_url)
    with writing(ledger.engine) as connection:
        states = KeyStates(connection, ledger.features)
        states.set_blob("lane:a:0", b"\x00\xff")
        assert states.blob("lane:a:0") == b"\x00\xff"
        states.write()
        states.set_blob("lane:a:0", b"later")
        states.write()
    with reading(ledger.engine) as connection:
        assert KeyStates(connection, ledger.features).blob("lane:a:0") == b"later"


def test_states_that_lie_otherwise_are_refused_with_the_way_out(store_url: str) -> None:
    ledger = a_ledger(store_url)
    with writing(ledger.engine) as connection:
        # As a store says whose states were made before their rows had a format of their own.
        connection.execute(update(tables.epochs).values(spec_sha256=ledger.features.sha256))
    ledger.forget_epoch()

    with pytest.raises(StatesOutdated, match="vardar rebuild"):
        ledger.check_states_current()
    with pytest.raises(StatesOutdated, match="vardar rebuild"):
        compact(ledger)


def _events(rng: random.Random, count: int) -> Iterator[tuple[str, dict[str, Any], float, bool]]:
    """Kind, payload, days before it, and whether states are compacted after it."""
    sent: list[dict[str, Any]] = []
    for number in range(count):
        gap, compacted = rng.choice(_GAPS), rng.random() < 0.3
        chance = rng.random()
        changes: dict[str, Any] = {"source_record_id": f"R-{number}"}
        if sent and chance < 0.2:
            # What is taken back may have left all windows, its states may be gone.
            changes = sent.pop(rng.randrange(len(sent)))
            changes |= {"record_version": 2, "package_count": 7}
            yield "consignment", changes, gap, compacted
        elif sent and chance < 0.4:
            changes |= {
                "source_system": "inspections",
                "movement_source_system": "mk-cdeps",
                "movement_source_record_id": rng.choice(sent)["source_record_id"],
                "result": rng.choice(["nothing_found", "arms"]),
                "finds": None,
            }
            yield "inspection", changes, gap, compacted
        elif chance < 0.6:
            changes |= {"vehicle_id": rng.choice(_VEHICLES)}
            yield "crossing", changes, gap, compacted
        else:
            changes |= {
                "consignee_id": rng.choice(_TRADERS),
                "consignor_id": rng.choice(_TRADERS),
                "vehicle_id": rng.choice(_VEHICLES),
                "time_precision": rng.choice(["instant", "instant", "day"]),
            }
            sent.append(changes)
            yield "consignment", changes, gap, compacted


def _keys_of(ledger: Ledger) -> dict[str, str]:
    with reading(ledger.engine) as connection:
        names = connection.execute(select(tables.states.c.state_id)).scalars().all()
    return dict(name.split(":", 1) for name in names)


def _stored(ledger: Ledger) -> int:
    with reading(ledger.engine) as connection:
        return connection.execute(select(func.count()).select_from(tables.states)).scalar_one()


def _rows(ledger: Ledger) -> dict[tuple[str, str], bytes]:
    with reading(ledger.engine) as connection:
        return {
            (table.name, row[0]): row[1]
            for table in (tables.states, tables.tiles)
            for row in connection.execute(select(table))
        }
