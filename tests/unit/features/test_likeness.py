"""Which rows of the ledger are found as outcomes of which sort of movement, by every way in."""

from __future__ import annotations

from sqlalchemy import select, update

from features.ledger import tables
from features.ledger.connection import reading, writing
from features.ledger.likeness import likeness, sort_of
from features.ledger.rebuilding import rebuild
from features.ledger.sealing import seal
from features.ledger.store import Ledger
from tests.factories import a_ledger, enter


def sorts(ledger: Ledger) -> list[tuple[str, bool, str | None]]:
    """Kind, whether it takes back, and likeness of every row of the epoch, in the order of u."""
    made, ledger_c = tables.derived.c, tables.ledger.c
    with reading(ledger.engine) as connection:
        rows = connection.execute(
            select(ledger_c.kind, ledger_c.takes_back, made.likeness)
            .join(tables.derived, (made.epoch == ledger_c.epoch) & (made.u == ledger_c.u))
            .where(ledger_c.epoch == ledger.epoch.number)
            .order_by(ledger_c.u)
        )
        return [(row.kind, row.takes_back is not None, row.likeness) for row in rows]


def test_goods_are_of_a_sort_by_their_heading_and_vehicles_by_their_post() -> None:
    assert sort_of({"hs4": "8708", "post": "MK-GR-01"}) == "hs4:8708"
    assert sort_of({"post": "MK-GR-01"}) == "post:MK-GR-01"
    assert sort_of({}) is None
    assert likeness("consignment", {"hs4": "8708"}) is None


def test_outcomes_alone_are_found_and_a_rebuild_and_a_seal_find_the_same(store_url: str) -> None:
    ledger = a_ledger(store_url)
    enter(ledger, "consignment", source_system="s", source_record_id="G")
    enter(ledger, "crossing", source_system="s", source_record_id="V")
    about = {"movement_source_system": "s", "source_record_id": "K"}
    enter(ledger, "inspection", movement_source_record_id="G", **about)
    enter(ledger, "inspection", movement_source_record_id="V", **about, record_version=2)
    enter(ledger, "inspection", movement_source_record_id="unknown")

    expected = [
        ("consignment", False, None),
        ("crossing", False, None),
        ("inspection", False, "hs4:8708"),
        ("inspection", True, None),
        ("inspection", False, "post:MK-GR-01"),
        ("inspection", False, None),
    ]
    assert sorts(ledger) == expected
    with writing(ledger.engine) as connection:
        connection.execute(update(tables.derived).values(likeness=None))
    rebuild(ledger)
    assert sorts(ledger) == expected
    # A new epoch numbers everything anew.
    seal(ledger, backfill=True)
    assert ledger.epoch.number == 2
    assert sorted(map(str, sorts(ledger))) == sorted(map(str, expected))
