"""Rule 9: each shock moves the figure it is about, and none of the others.

A period is drawn without shocks and with each of them, by the same seed, and five figures are
compared. Each is a share whose cases are counted by day. How far the difference of two draws may lie
from zero by chance is told by leaving out one day at a time from both, and one week at a time,
whichever tells of more (the jackknife of Tukey 1958): both draws have the season and who drives in
common, and days of one week may have more in common than chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from shutil import rmtree

import numpy as np

from training.intervals import Figure
from training.scenario.check.controls import Controlled, controlled
from training.scenario.check.movements import Movements, movements_of
from training.scenario.check.report import Finding
from training.scenario.days.calendar import is_night
from training.scenario.describe.files import load_drawn
from training.scenario.files.draw import draw
from training.scenario.profile import Profile
from training.scenario.shock_dates import with_shocks
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.world.reference import load_posts

#: A shock must move its own figure by more, and no other by more, standard errors than these.
_MOVED, _UNMOVED = 4.0, 3.0

#: Shocks begin when this share of the days is over.
_BEGINS = 0.6

_RULE_OWN = f"A shock moves the figure it is about by more than {_MOVED:g} standard errors"
_RULE_OTHERS = f"A shock moves no other figure by more than {_UNMOVED:g} standard errors"

#: Beyond this many standard errors the number says no more.
_MOST = 99.0
_DAY = 86_400_000_000

#: Days left out together; fewer blocks than so many tell too little of chance.
_BLOCKS, _LEAST_BLOCKS = (1, 7), 10


@dataclass(frozen=True)
class Daily:
    """A share, as cases (d,) out of so many (d,) on each day of some."""

    cases: Floats
    of: Floats

    @property
    def share(self) -> float:
        """All cases out of all."""
        return float(self.cases.sum() / self.of.sum()) if self.of.sum() > 0 else math.nan


@dataclass(frozen=True)
class _Shown:
    """The figure that shows a shock, and whether it must rise or fall."""

    shock: str
    words: str
    rises: bool


#: By the name of the figure. The first four are shares of what is drawn after the shock:
#: - people: movements that carry people. Rates are met whatever else changes, so nothing but the
#:   rate itself moves it.
#: - closed and neighbours: crossings at the post that closes, and at those its traffic goes to.
#: - held_back: of what the behaviour carries in the whole period, what lies after the shock. It is
#:   all of it once the behaviour did not exist before, whatever the rates.
#: - night: of the cars and vans that carry people, those that cross at night.
#: - scanner: of what controls by scanner could find, what they found.
SHOWN: Mapping[str, _Shown] = {
    "people": _Shown("smuggling_falls", "movements that carry people", rises=False),
    "closed": _Shown("post_closes", "crossings at the closed post", rises=False),
    "neighbours": _Shown("post_closes", "crossings at its neighbours", rises=True),
    "held_back": _Shown("new_typology", "what the new behaviour carries, after", rises=True),
    "night": _Shown("tactics_change", "cars and vans with people, at night", rises=False),
    "scanner": _Shown("better_scanner", "finds of scanners where there is something", rises=True),
}


def shock_findings(
    profile: Profile, *, seed: int, work: Path, progress: Callable[[str], None]
) -> list[Finding]:
    """Draws the period without and with each shock, in turn, and compares their figures.

    Args:
        profile: What is drawn; shocks it has already are left out.
        seed: Of all draws.
        work: Where they are drawn, one at a time.
        progress: Told what is under way.
    """
    since = profile.first_day + timedelta(days=round(_BEGINS * profile.days))
    none = replace(
        profile.shocks,
        smuggling_falls=None,
        post_closes=None,
        new_typology=None,
        tactics_change=None,
        better_scanner=None,
    )
    calm = replace(profile, shocks=none)
    asked = {"": calm}
    for shock in dict.fromkeys(shown.shock for shown in SHOWN.values()):
        asked[shock] = with_shocks(calm, [f"{shock}={since}"])
    figures = {}
    for name, wanted in asked.items():
        progress(f"Shocks: {name or 'none'}")
        folder = work / f"shock-{name or 'none'}"
        draw(wanted, seed=seed, out=folder, processes=1)
        figures[name] = figures_after(folder, wanted, since)
        rmtree(folder)
    without = figures.pop("")
    return [
        finding
        for shock, with_it in figures.items()
        for finding in compared(shock, without, with_it, seed=seed)
    ]


def compared(
    shock: str, without: Mapping[str, Daily], with_it: Mapping[str, Daily], *, seed: int
) -> Iterator[Finding]:
    """Whether a shock moves its own figures of `SHOWN`, and leaves the others where they are."""
    for name, shown in SHOWN.items():
        errors = standard_errors(without[name], with_it[name])
        figure = Figure(errors, math.nan, math.nan)
        said = f"{without[name].share:.4g} without, {with_it[name].share:.4g} with"
        about = f"{shock}: {shown.words}"
        if shown.shock == shock:
            moved = errors if shown.rises else -errors
            bound = f"{'above' if shown.rises else 'below'} {_MOVED if shown.rises else -_MOVED:g}"
            yield Finding(_RULE_OWN, seed, about, "", figure, bound, moved > _MOVED, said)
        else:
            bound = f"between ±{_UNMOVED:g}"
            holds = abs(errors) <= _UNMOVED
            yield Finding(_RULE_OTHERS, seed, about, "", figure, bound, holds, said)


def standard_errors(without: Daily, with_it: Daily) -> float:
    """By how many standard errors the share with the shock lies above the one without.

    NaN where either has no cases to be a share of.
    """
    difference = with_it.share - without.share
    if math.isnan(difference):
        return math.nan
    error = max(_jackknifed(without, with_it, length) for length in _BLOCKS)
    if error == 0.0:
        return 0.0 if difference == 0.0 else math.copysign(_MOST, difference)
    return max(-_MOST, min(_MOST, difference / error))


def figures_after(folder: Path, profile: Profile, since: date) -> dict[str, Daily]:
    """The figures of `SHOWN` in a drawn period, of what happened from that day on."""
    movements = movements_of(folder)
    plain = load_drawn(folder).profile
    crossing = movements["crossing"]
    everything = list(movements.values())
    end = profile.first_day + timedelta(days=profile.days)
    # Until smuggling has fallen; where the period is too short for that, half of what is left.
    falling = min(timedelta(days=profile.shocks.smuggling_fall_days), (end - since) / 2)
    posts = load_posts()
    closed = int(np.flatnonzero(posts.ids == profile.shocks.closed_post)[0])
    near = posts.near[closed]
    near = near[(posts.owner[near] == posts.owner[closed]) & (posts.mode[near] == "road")]
    held_back = [_by(m, profile.shocks.held_back) for m in everything]
    light_with_people = np.isin(crossing.stratum, ["car", "van"]) & crossing.carries["smuggling"]
    controls = [controlled(folder, m, plain) for m in everything]

    def daily(of: list[Movements], cases: list[Flags], among: list[Flags], start: date) -> Daily:
        days = (end - start).days
        sums = np.zeros((2, days))
        for mine, case, within in zip(of, cases, among, strict=True):
            day = mine.at // _DAY - _days(start)
            inside = within & (day >= 0) & (day < days)
            sums[0] += np.bincount(day[inside & case], minlength=days)
            sums[1] += np.bincount(day[inside], minlength=days)
        return Daily(sums[0], sums[1])

    all_of = [np.ones(len(m), dtype=bool) for m in everything]
    after = [m.at // _DAY >= _days(since) for m in everything]
    able = [_scanned(one) for one in controls]
    return {
        "people": daily(
            everything, [m.carries["smuggling"] for m in everything], all_of, since + falling
        ),
        "closed": daily([crossing], [crossing.post == posts.ids[closed]], [all_of[1]], since),
        "neighbours": daily(
            [crossing], [np.isin(crossing.post, posts.ids[near])], [all_of[1]], since
        ),
        "held_back": daily(everything, after, held_back, profile.first_day),
        "night": daily(
            [crossing], [is_night(crossing.at // 1_000_000)], [light_with_people], since
        ),
        "scanner": daily(everything, [_found(one) for one in controls], able, since),
    }


def _jackknifed(without: Daily, with_it: Daily, length: int) -> float:
    """Standard error of the difference, leaving out `length` days at a time; 0 if too few."""
    starts = np.arange(0, len(without.of), length)
    spared = _without_each(with_it, starts) - _without_each(without, starts)
    known = spared[~np.isnan(spared)]
    n = len(known)
    if n < (2 if length == _BLOCKS[0] else _LEAST_BLOCKS):
        return 0.0
    return math.sqrt((n - 1) / n * float(((known - known.mean()) ** 2).sum()))


def _without_each(daily: Daily, starts: Integers) -> Floats:
    """The share (b,) without each of the blocks of days that begin there."""
    cases, of = (np.add.reduceat(column, starts) for column in (daily.cases, daily.of))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((cases.sum() - cases) / (of.sum() - of))


def _by(movements: Movements, typology: str) -> Flags:
    """Movements (n,) that carry something by that typology."""
    by = [of == typology for of in movements.typology.values()]
    return np.asarray(np.logical_or.reduce(by))


def _scanned(done: Controlled) -> Flags:
    """Movements that carry something, and were searched by scanner."""
    carries = done.movements.carries["arms"] | done.movements.carries["smuggling"]
    looked = done.level.eq("scanner") & done.result.ne("not_searched")
    return np.asarray(carries & looked.to_numpy())


def _found(done: Controlled) -> Flags:
    return np.asarray(done.result.isin(["arms", "persons_concealed"]))


def _days(day: date) -> int:
    return (day - date(1970, 1, 1)).days
