"""One arm: three made-up years in which Vardar's own selections become its own labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from training.assurance.closed_loop.judging import Retraining
from training.assurance.closed_loop.live_ledger import LiveLedger
from training.assurance.closed_loop.office import OwnOffice
from training.assurance.closed_loop.retention import FOR_EVER, Retention
from training.assurance.closed_loop.selecting import Spending
from training.params import Params
from training.scenario.days.period import MadeUpPeriod
from training.scenario.profile import Profile
from training.scenario.world.world import draw_world

YEAR_DAYS = 365


@dataclass(frozen=True)
class Lived:
    """What came of an arm.

    Attributes:
        journal: A row a movement (`journal.Journal.table`).
        retrainings: In the order of time.
    """

    journal: pa.Table
    retrainings: tuple[Retraining, ...]


def own_years(profile: Profile, *, years: int, movements_per_year: int) -> Profile:
    """The profile lengthened to whole years of 365 days, with so many movements in each."""
    return replace(
        profile,
        name=f"{profile.name}-{years}-years",
        days=years * YEAR_DAYS,
        movements=years * movements_per_year,
    )


def alone(profile: Profile) -> Profile:
    """The profile without tips and joint operations: whatever is inspected, the office selected."""
    silent = replace(profile.controls, tip_carrying=0.0, tip_clean=0.0, joint_rate=0.0)
    return replace(profile, name=f"{profile.name}-alone", controls=silent)


def live(
    profile: Profile,
    *,
    seed: int,
    spending: Spending,
    params: Params,
    retention: Retention = FOR_EVER,
    days: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    tell: Callable[[Retraining], None] = lambda _: None,
) -> Lived:
    """Live a period day by day; the same arguments give the same journal.

    Args:
        profile: What is drawn.
        seed: Which of the possible periods.
        spending: How capacity is spent.
        params: What decides the heads.
        retention: How long heads may learn from a movement.
        days: How many of the period's days; by default all.
        progress: Told the number of days lived.
        tell: Told of each retraining.
    """
    world = draw_world(profile, seed)
    retrainings: list[Retraining] = []

    def learnt(made: Retraining) -> None:
        retrainings.append(made)
        tell(made)

    with LiveLedger() as ledger:
        office = OwnOffice(
            world, ledger, spending=spending, params=params, retention=retention, tell=learnt
        )
        period = MadeUpPeriod(world, office)
        for day in range(profile.days if days is None else days):
            period.live_day(day)
            progress(day + 1)
        return Lived(office.journal.table(), tuple(retrainings))
