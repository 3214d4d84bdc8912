"""The ledger's rules, each on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from features.ledger import audit, tables
from features.ledger.connection import reading, writing
from features.ledger.entering import Entering, IdentityConflict, Repeated
from features.ledger.keyring import Keyring
from features.ledger.rebuilding import rebuild
from features.ledger.sealing import seal
from features.ledger.store import Ledger
from tests.factories import (
    A_KEYRING,
    TestClock,
    a_ledger,
    an_arrival,
    another_ledger,
    enter,
    entered,
)


def test_u_grows_even_when_the_clock_steps_back(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    first = enter(ledger, "consignment")
    clock.forward(days=-1)

    second = enter(ledger, "consignment")

    assert second.u == first.u + 1


def test_the_same_record_again_keeps_its_place(store_url: str) -> None:
    ledger = a_ledger(store_url)
    one = an_arrival(ledger, "consignment")
    (first,) = entered(ledger, one)

    (second,) = entered(ledger, one)

    assert second == Repeated(first.u)
    assert _rows(ledger) == 1


def test_the_same_identity_with_other_content_is_a_conflict(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", source_record_id="A", gross_mass_kg=9000.0)

    with pytest.raises(IdentityConflict, match="next record_version") as conflict:
        enter(ledger, "consignment", source_record_id="A", gross_mass_kg=9001.0)

    assert conflict.value.rule == "conflicting_duplicate"
    assert _rows(ledger) == 1


def test_an_older_version_cannot_follow_a_newer_one(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", source_record_id="A", record_version=3)

    with pytest.raises(IdentityConflict, match="higher record_version"):
        enter(ledger, "consignment", source_record_id="A", record_version=2)


def test_a_new_version_never_counts_its_own_predecessor(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment", source_record_id="A", consignee_id="MK4030000375897")
    clock.forward(days=3)

    amended = enter(
        ledger,
        "consignment",
        source_record_id="A",
        record_version=2,
        consignee_id="MK4030000375897",
        package_count=25,
    )

    assert amended.integers["consignee_declarations_30d"] == 0
    assert amended.supersedes is not None


def test_others_see_an_amended_record_once(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment", source_record_id="A")
    clock.forward(days=3)
    enter(ledger, "consignment", source_record_id="A", record_version=2, package_count=25)

    later = enter(ledger, "consignment", source_record_id="B")

    assert later.integers["consignee_declarations_30d"] == 1


def test_an_outcome_counts_from_when_it_is_known(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment", source_record_id="A", source_system="customs")
    clock.forward(days=2)
    before = enter(ledger, "consignment")

    enter(
        ledger,
        "inspection",
        source_system="inspections",
        movement_source_system="customs",
        movement_source_record_id="A",
        result="arms",
        finds=None,
    )
    after = enter(ledger, "consignment")

    assert before.integers["consignee_found_arms_365d"] == 0
    assert after.integers["consignee_found_arms_365d"] == 1


@pytest.mark.parametrize("result", ["not_searched", "inconclusive"])
def test_an_outcome_that_says_nothing_counts_as_nothing(store_url: str, result: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", source_record_id="A", source_system="customs")
    enter(
        ledger,
        "inspection",
        source_system="inspections",
        movement_source_system="customs",
        movement_source_record_id="A",
        result=result,
        finds=None,
    )

    after = enter(ledger, "consignment")

    assert after.integers["consignee_inspected_365d"] == 0
    assert after.integers["consignee_clean_365d"] == 0


def test_population_keys_show_nothing_of_today(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment")
    today = enter(ledger, "consignment")
    clock.forward(days=1)

    tomorrow = enter(ledger, "consignment")

    assert today.integers["goods_origin_declarations_365d"] == 0
    assert tomorrow.integers["goods_origin_declarations_365d"] == 2


def test_records_of_which_only_the_day_is_known_do_not_see_each_other(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment", time_precision="day")
    same_day = enter(ledger, "consignment", time_precision="day")
    clock.forward(days=1)

    next_day = enter(ledger, "consignment", time_precision="day")

    assert same_day.integers["consignee_declarations_30d"] == 0
    assert next_day.integers["consignee_declarations_30d"] == 2


def test_an_amended_record_of_a_day_is_taken_back_at_once(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "consignment", source_record_id="A", time_precision="day")
    clock.forward(days=3)

    amended = enter(
        ledger,
        "consignment",
        source_record_id="A",
        record_version=2,
        time_precision="day",
        package_count=25,
    )

    assert amended.integers["consignee_declarations_30d"] == 0


def test_the_first_record_of_a_store_opens_its_epoch(store_url: str) -> None:
    ledger = another_ledger(store_url, A_KEYRING)

    assert enter(ledger, "consignment").u == ledger.clock()
    assert ledger.epoch.number == 1


def test_a_rebuild_keeps_to_the_epoch_that_stands_now(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    enter(ledger, "crossing")
    stale = another_ledger(store_url, A_KEYRING, clock=clock)
    assert stale.epoch.number == 1
    seal(ledger, backfill=True)
    enter(ledger, "crossing")

    rebuild(stale)

    assert enter(ledger, "crossing").integers["vehicle_crossings_30d"] == 2


@pytest.mark.parametrize("table", ["ledger", "audit", "scores"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_was_said_cannot_be_changed(store_url: str, table: str, statement: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment")
    with writing(ledger.engine) as connection:
        audit.record(connection, audit.AuditEvent("t", "test", "x"), at=1)
        connection.execute(
            tables.scores.insert().values(
                score_id="s", epoch=1, u=1, subject="consignment", owner_post="p",
                model_sha256="m", integers=b"", answer="{}",
            )
        )  # fmt: skip
    column = {"ledger": "kind", "audit": "actor", "scores": "subject"}[table]

    with pytest.raises(DBAPIError, match="append-only"), writing(ledger.engine) as connection:
        connection.execute(text(statement.format(table, column)))


def test_nothing_is_half_entered_when_a_transaction_fails(store_url: str) -> None:
    ledger = a_ledger(store_url)

    with pytest.raises(RuntimeError, match="power"), writing(ledger.engine) as connection:
        entering = Entering(ledger, connection)
        entering.enter(an_arrival(ledger, "consignment"))
        entering.finish()
        raise RuntimeError("power cut")
    ledger.sealer.forget_unsaved()

    with reading(ledger.engine) as connection:
        for table in (tables.ledger, tables.derived, tables.states, tables.sealed_identifiers):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0


def test_no_identifier_stands_in_the_store_in_plain(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", consignee_id="MK4030000375897", vehicle_id="SK 1042 AB")

    with reading(ledger.engine) as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                told = " ".join(
                    cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row
                )
                assert "4030000375897" not in told
                assert "SK1042AB" not in told


def test_a_sealed_identifier_opens_only_under_the_deployments_secret(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", consignee_id="MK4030000375897")
    stranger = another_ledger(store_url, Keyring(b"another secret of 32 bytes here!"))
    with reading(ledger.engine) as connection:
        sealed = connection.execute(select(tables.sealed_identifiers.c.sealed)).scalars().all()

        opened = {ledger.sealer.open(connection, one).decode() for one in sealed}

        assert any("4030000375897" in plain for plain in opened)
        with pytest.raises(InvalidTag):
            stranger.sealer.open(connection, sealed[0])


def _rows(ledger: Ledger) -> int:
    with reading(ledger.engine) as connection:
        return connection.execute(select(func.count()).select_from(tables.ledger)).scalar_one()
