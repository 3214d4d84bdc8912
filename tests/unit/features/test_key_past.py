"""A key's past is what stood before a day; what came later is not in it."""

from __future__ import annotations

import numpy as np

from features.ledger.connection import reading
from features.ledger.entering import DAY_MICROSECONDS
from features.ledger.key_past import past_before
from features.ledger.store import Ledger
from tests.factories import TestClock, a_ledger, enter

CONSIGNEE = "MK4030000375897"


def past(ledger: Ledger, *, day: int) -> dict[int, tuple[int, int, int]]:
    """Declarations, clean inspections and finds of arms of the consignee, by day."""
    key = ledger.pseudonymiser.key("trader", CONSIGNEE)
    with reading(ledger.engine) as connection:
        found = past_before(
            connection, ledger.features, {"consignee": key, "unheard_of": "x"}, day=day
        )
    if not found:
        return {}
    (one,) = found
    columns = [one.of(name) for name in ("declarations", "clean", "found_arms")]
    assert all(column is not None for column in columns)
    assert one.of("no_such_measure") is None
    rows = np.column_stack(columns).tolist()  # type: ignore[arg-type]
    return {int(d): tuple(row) for d, row in zip(one.days, rows, strict=True)}


def test_days_before_count_and_the_day_itself_and_later_ones_do_not(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    first = clock() // DAY_MICROSECONDS
    assert past(ledger, day=first) == {}
    for days in (0, 1, 1):
        clock.forward(days=days)
        enter(ledger, "consignment", source_record_id=f"A-{clock()}")
        enter(ledger, "consignment", source_record_id=f"B-{clock()}")

    assert past(ledger, day=first) == {}
    assert past(ledger, day=first + 1) == {first: (2, 0, 0)}
    assert past(ledger, day=first + 2) == {first: (2, 0, 0), first + 1: (2, 0, 0)}
    # The last day is still the head of its state, and closed all the same for whoever asks later.
    assert past(ledger, day=first + 9)[first + 2] == (2, 0, 0)


def test_an_outcome_counts_from_the_day_it_became_known(store_url: str) -> None:
    clock = TestClock()
    ledger = a_ledger(store_url, clock)
    first = clock() // DAY_MICROSECONDS
    enter(ledger, "consignment", source_record_id="A", source_system="s")
    clock.forward(days=3)
    enter(
        ledger, "inspection", movement_source_system="s", movement_source_record_id="A",
        result="arms",
    )  # fmt: skip

    assert past(ledger, day=first + 3) == {first: (1, 0, 0)}
    assert past(ledger, day=first + 4) == {first: (1, 0, 0), first + 3: (0, 0, 1)}
