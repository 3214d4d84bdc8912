"""The shift a demonstration begins with: what came in last night, and what colleagues did with it.

Everything goes through the real intake, writer and steps; only the clock is led through the night.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random

import orjson
from sqlalchemy import func, select

from features.ledger import tables, tables_review
from features.ledger.connection import reading
from features.ledger.store import Clock
from serving.access import accounts
from serving.access.first_run import Demo
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.review.demo_colleagues import (
    OFFICER,
    SUPERVISOR,
    Colleague,
    against_a_rule,
    at_work,
)
from serving.review.demo_records import Sent, night
from serving.settings import Settings, clock_of

SEED = 1
_MINUTE, _HOUR = 60_000_000, 3_600_000_000
_LONGEST, _SHORTEST = 8 * _HOUR, 2 * _HOUR

Told = Callable[[int, int], None]


class LedClock:
    """The rehearsal's clock, which can be led to earlier moments before it is let go."""

    def __init__(self, settings: Settings) -> None:
        self._runs = clock_of(settings)
        self._led: int | None = None

    def __call__(self) -> int:
        """Microseconds since 1970 UTC."""
        return self._runs() if self._led is None else self._led

    def lead_to(self, at: int) -> None:
        """Stand still at a moment, microseconds since 1970 UTC."""
        self._led = at

    def let_go(self) -> None:
        """Run on from the rehearsal's moment."""
        self._led = None


@dataclass(frozen=True)
class Shift:
    """What the demonstration begins with.

    Attributes:
        submitted: Records that came in.
        waiting: Cases that stand in the queue.
        steps: Steps that colleagues took.
    """

    submitted: int
    waiting: int
    steps: int


def begin_of(here: Deployment, clock: Clock) -> int | None:
    """When the night begins; None where there is work already, or the ledger leaves no time for it."""
    with reading(here.ledger.engine) as connection:
        if connection.execute(select(tables_review.cases.c.case_id).limit(1)).first():
            return None
        last = connection.execute(
            select(func.max(tables.ledger.c.u)).where(
                tables.ledger.c.epoch == here.ledger.epoch.number
            )
        ).scalar()
    now = clock()
    begin = max(now - _LONGEST, (last or 0) + _MINUTE)
    return begin if now - begin >= _SHORTEST else None


def work_through(
    here: Deployment,
    clock: LedClock,
    shown: Demo,
    *,
    season: Path,
    begin: int,
    told: Told = lambda *_: None,
) -> Shift:
    """Submit a night's movements and let the colleagues work; the clock is let go afterwards.

    Args:
        here: The deployment, which lives by `clock`.
        clock: Led through the night.
        shown: The logins; the second of a role works, the first finds the rest.
        season: Folder of the made-up period's files.
        begin: As `begin_of` says.
        told: Told how many of how many records have come in.
    """
    clock.let_go()
    end = clock() - 4 * _MINUTE
    sent = night(season, begin=begin + 4 * _MINUTE, end=end, seed=SEED)
    try:
        _live(here, clock, sent, _Colleagues(_at_work(here, shown, begin)), end=end, told=told)
    finally:
        clock.let_go()
    return _counted(here, len(sent))


def _live(
    here: Deployment, clock: LedClock, sent: list[Sent], due: _Colleagues, *, end: int, told: Told
) -> None:
    for number, one in enumerate(sent):
        due.work_until(one.at, clock)
        clock.lead_to(one.at)
        work = here.intake.one(
            one.kind, orjson.dumps(one.payload), door="the demonstration's shift"
        )
        here.writer.submit([work])[0].result()
        told(number + 1, len(sent))
    due.work_until(end, clock)


class _Colleagues:
    """Those at work, whoever's next step is due first."""

    def __init__(self, working: list[Iterator[int]]) -> None:
        self._numbers = count()
        self._due: list[tuple[int, int, Iterator[int]]] = []
        for one in working:
            self._wait(one)

    def work_until(self, at: int, clock: LedClock) -> None:
        """Take the steps that are due before a moment."""
        while self._due and self._due[0][0] < at:
            moment, _, one = heappop(self._due)
            clock.lead_to(moment)
            self._wait(one)

    def _wait(self, one: Iterator[int]) -> None:
        at = next(one, None)
        if at is not None:
            heappush(self._due, (at, next(self._numbers), one))


def _at_work(here: Deployment, shown: Demo, begin: int) -> list[Iterator[int]]:
    rng = Random(SEED)  # noqa: S311 (a made-up night, not a secret)
    people = {
        login.role: _principal(here, login.name)
        for login in shown.logins
        if login.name[-2:] == ".2"
    }
    supervisor, officer = people.get("shift_supervisor"), people.get("field_officer")
    working: list[Iterator[int]] = []
    if supervisor:
        first = begin + 50 * _MINUTE
        mine = Colleague(supervisor, SUPERVISOR, pace=20, second=officer)
        working.append(at_work(here, mine, begin=first, rng=rng))
        working.append(against_a_rule(here, mine, begin=begin + 5 * _HOUR, rng=rng))
    if officer:
        theirs = Colleague(officer, OFFICER, pace=55)
        working.append(at_work(here, theirs, begin=begin + 90 * _MINUTE, rng=rng))
    return working


def _principal(here: Deployment, name: str) -> Principal:
    """The person as their session would say."""
    with reading(here.ledger.engine) as connection:
        account = next(one for one in accounts.every(connection) if one.name == name)
    rights = account.rights
    return Principal(
        id=f"account:{account.account_id}",
        kind="person",
        name=account.name,
        role=rights.role,
        countries=rights.countries,
        posts=rights.posts,
        scopes=frozenset(rights.scopes),
        source_systems=rights.source_systems,
        kinds=rights.kinds,
        language=rights.language,
    )


def _counted(here: Deployment, submitted: int) -> Shift:
    with reading(here.ledger.engine) as connection:
        counted = [
            connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one()
            for table, which in (
                (tables_review.cases, [tables_review.cases.c.waits]),
                (tables_review.case_steps, [tables_review.case_steps.c.actor != "vardar"]),
            )
        ]
    return Shift(submitted, *counted)
