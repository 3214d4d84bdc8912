"""Valid wholes for tests: a test states only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from features.ledger.arrivals import Arrival, arrival
from features.ledger.connection import writing
from features.ledger.entering import Entered, Entering, Repeated
from features.ledger.keyring import Keyring
from features.ledger.store import Ledger, open_ledger
from features.records.check import CheckSettings, check_record
from features.records.examples import example

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = 86_400_000_000
A_KEYRING = Keyring(b"a secret of the tests, 32 bytes.")
_LENIENT = CheckSettings(future_minutes=None, retention_days=None)
_numbers = count(1)

#: Ledgers opened by the running test; a fixture closes them.
OPENED: list[Ledger] = []


class TestClock:
    """A clock that stands still until it is set on."""

    __test__ = False

    def __init__(self, at: datetime = START) -> None:
        self.now = int(at.timestamp() * 1_000_000)

    def __call__(self) -> int:
        return self.now

    def forward(self, *, days: float = 0, seconds: float = 0) -> None:
        self.now += round(days * DAY + seconds * 1_000_000)


def a_ledger(url: str, clock: TestClock | None = None) -> Ledger:
    """An empty ledger."""
    ledger = another_ledger(url, A_KEYRING, clock=clock)
    assert ledger.epoch.number == 1
    return ledger


def another_ledger(url: str, keyring: Keyring, *, clock: TestClock | None = None) -> Ledger:
    """A ledger on a store that others use too."""
    ledger = open_ledger(url, keyring, clock=clock or TestClock())
    OPENED.append(ledger)
    return ledger


def a_payload(kind: str, **changes: Any) -> dict[str, Any]:
    """A record as submitted, with a fresh id unless one is given; None drops a field."""
    payload = example(kind, START)
    payload["source_record_id"] = f"T-{next(_numbers)}"
    payload.update(changes)
    return {name: value for name, value in payload.items() if value is not None}


def an_arrival(ledger: Ledger, kind: str, **changes: Any) -> Arrival:
    """A checked record at the ledger's door."""
    now = datetime.fromtimestamp(ledger.clock() / 1e6, UTC)
    checked = check_record(kind, a_payload(kind, **changes), now=now, settings=_LENIENT)
    return arrival(kind, checked, ledger.pseudonymiser)


def entered(ledger: Ledger, *arrivals: Arrival) -> list[Entered | Repeated]:
    """The arrivals entered in one transaction."""
    with writing(ledger.engine) as connection:
        entering = Entering(ledger, connection)
        places = [entering.enter(one) for one in arrivals]
        entering.finish()
    return places


def enter(ledger: Ledger, kind: str, **changes: Any) -> Entered:
    """One record entered."""
    (place,) = entered(ledger, an_arrival(ledger, kind, **changes))
    assert isinstance(place, Entered)
    return place
