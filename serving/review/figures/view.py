"""What one reader may see of the facts, in one period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from serving.access.desk import Access
from serving.access.principal import Principal
from serving.access.rows import Row
from serving.deployment import Deployment
from serving.review.figures.facts import DAY, Asked, Facts, Group, Inspected, Place

#: Periods there are to choose from, in days, today included.
PERIODS = (7, 30, 90, 365)


@dataclass(frozen=True)
class View:
    """The facts of a period that one reader may see.

    Attributes:
        since: The period's first moment, a midnight UTC; microseconds.
        until: Now.
        days: How many days were asked for.
        cut: Whether the role sees fewer days than were asked for.
        posts: Every post the reader sees something of, whichever was chosen.
        post: The chosen one; None for all.
        unmatched: Inspections whose movement is not known here.
        movements: By place and group.
        records: By place, kind and how they came in.
        actions: By place, group, action and because.
        outcomes: By place, group, risk and outcome.
        binned: By kind, risk and bin.
        plates: By country of the plate, and what: crossings, scored, recommended; for the audit.
        asked: Movements whose inspection was recommended.
        epoch: Of the ledger that was counted.
        visible: Whether the reader sees what is of a place.
    """

    since: int
    until: int
    days: int
    cut: bool
    posts: tuple[str, ...]
    post: str | None
    inspected: tuple[Inspected, ...]
    unmatched: int
    movements: Counter[tuple[Place, Group]]
    records: Counter[tuple[Place, str, str]]
    actions: Counter[tuple[Place, Group, str, str]]
    outcomes: Counter[tuple[Place, Group, str, str]]
    binned: Counter[tuple[str, str, int]]
    plates: Counter[tuple[str, str]]
    asked: tuple[Asked, ...]
    epoch: int
    visible: Callable[[Place], bool]


def view_of(here: Deployment, by: Principal, *, days: int, post: str | None = None) -> View:
    """What a reader may see of the last days, today included."""
    now = here.ledger.clock()
    since, cut = _begin(here.access, by, days=days, now=now)

    @cache
    def sees(place: Place) -> bool:
        return here.access.sees(by, Row(place.source_system, place.country, place.post, now))

    @cache
    def visible(place: Place) -> bool:
        return (post is None or place.post == post) and sees(place)

    with here.facts.of_today(here.champion) as facts:
        return View(
            since=since,
            until=now,
            days=days,
            cut=cut,
            posts=_posts(facts, sees),
            post=post,
            inspected=tuple(
                one for one in facts.inspected if one.at >= since and visible(one.place)
            ),
            unmatched=sum(c.begun_u >= since and visible(c.place) for c in facts.unmatched),
            movements=_summed(facts.movements.within(since, now), visible),
            records=_summed(facts.records.within(since, now), visible),
            actions=_summed(facts.actions.within(since, now), visible),
            outcomes=_summed(facts.outcomes.within(since, now), visible),
            binned=_without_place(_summed(facts.binned.within(since, now), visible)),
            plates=_plates(facts.plates.within(since, now), visible),
            asked=tuple(
                a for a in facts.asked.values() if since <= a.u <= now and visible(a.place)
            ),
            epoch=facts.epoch,
            visible=visible,
        )


def _begin(access: Access, by: Principal, *, days: int, now: int) -> tuple[int, bool]:
    """The first midnight of the period, and whether the role's own limit came first."""
    wanted = (now // DAY - (days - 1)) * DAY
    hours = access.policy.roles[by.role].rows.hours
    if hours is None:
        return wanted, False
    # Whole days only: the one that begins before the limit is left out.
    allowed = -(-(now - hours * 3_600_000_000) // DAY) * DAY
    return max(wanted, allowed), allowed > wanted


def _posts(facts: Facts, sees: Callable[[Place], bool]) -> tuple[str, ...]:
    places = {what[0] for _, counts in facts.records.within(0, 2**62) for what in counts}
    return tuple(sorted({place.post for place in places if sees(place)}))


def _summed(
    days: Iterable[tuple[int, Counter[tuple]]],  # type: ignore[type-arg]
    visible: Callable[[Place], bool],
) -> Counter[tuple]:  # type: ignore[type-arg]
    total: Counter[tuple] = Counter()  # type: ignore[type-arg]
    for _, counts in days:
        total.update({what: n for what, n in counts.items() if visible(what[0])})
    return total


def _without_place(counts: Counter[tuple]) -> Counter[tuple[str, str, int]]:  # type: ignore[type-arg]
    total: Counter[tuple[str, str, int]] = Counter()
    for (_, kind, risk, place), n in counts.items():
        total[kind, risk, place] += n
    return total


def _plates(
    days: Iterable[tuple[int, Counter[tuple]]],  # type: ignore[type-arg]
    visible: Callable[[Place], bool],
) -> Counter[tuple[str, str]]:
    total: Counter[tuple[str, str]] = Counter()
    for (_, country, what), n in _summed(days, visible).items():
        total[country, what] += n
    return total
