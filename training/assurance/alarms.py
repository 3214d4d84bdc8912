"""How soon does the alarm of finds see smuggling fall, and how often does it cry without cause?

Heads are trained on the first part of a made-up period and watched over the rest, as `vardar watch`
does: with what was known each evening, and no truth. Once in the period as it is, where every alarm is
a false one, and once in the same period with smuggling falling from a date on.

Beside it stands what is possible: with few finds a day no test that cries so rarely can see a slow
fall early, and histories drawn from Poisson's distribution tell how many it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from models.champion import RulesOnly
from training.assurance.drawn_histories import Possible, left_of_it
from training.assurance.periods import Period, Progress, prepared
from training.heads import train_head
from training.params import Params, SplitParams
from training.scenario.profile import Profile
from training.scenario.shock_dates import with_shocks
from training.watching.find_alarm import TWO_YEARS
from training.watching.finds import FindWatch, Inspected, alarm_settings, inspected, watch_finds
from training.watching.scored import DAY, Span, scored

#: What the shock is about, and its name.
FALLING, SHOCK = "smuggling", "smuggling_falls"

#: Share of the days before the watch, the last of them, that calibrates the heads.
_VALID_SHARE = 0.2
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Drill:
    """One seed: a calm period and one in which smuggling falls.

    Attributes:
        seed: Of both.
        false_alarms: Days and risks of alarms while nothing had changed.
        calm_days: How long that was watched.
        days_to_alarm: From the first day of the fall to the alarm; None: it never came.
        finds_a_day: Expected finds of smuggling a day when the fall began.
        left_at_alarm: Share of smuggling still left on that day.
    """

    seed: int
    false_alarms: tuple[tuple[str, date], ...]
    calm_days: int
    days_to_alarm: int | None
    finds_a_day: float
    left_at_alarm: float | None


def drilled(
    profile: Profile,
    seed: int,
    *,
    watch_from: date,
    shock_on: date,
    params: Params,
    work: Path,
    progress: Progress,
) -> Drill:
    """Draw, train and watch one seed, calm and with the shock.

    Args:
        profile: The period; it must run on for some months after both dates.
        seed: Another seed, another period.
        watch_from: Training ends before it.
        shock_on: Smuggling falls from this day on.
        params: The parameter file; its split is replaced.
        work: Where periods are kept for later runs.
        progress: Told what is under way.

    Raises:
        VardarError: if the shock lies outside the period.
    """
    calm = watched(
        prepared(profile, seed, work, progress=progress), profile,
        risks=tuple(params.targets), watch_from=watch_from, params=params, progress=progress,
    )  # fmt: skip
    falling = replace(
        with_shocks(profile, [f"{SHOCK}={shock_on}"]),
        name=f"{profile.name}-{SHOCK.replace('_', '-')}",
    )
    shocked = watched(
        prepared(falling, seed, work, progress=progress), falling,
        risks=(FALLING,), watch_from=watch_from, params=params, progress=progress,
    )  # fmt: skip
    told = next((of for of in shocked if of.risk == FALLING), None)
    seen = None if told is None else next(
        (a.day for a in told.alarms if a.day >= shock_on and a.direction == "fall"), None
    )  # fmt: skip
    days = None if seen is None else (seen - shock_on).days
    return Drill(
        seed=seed,
        false_alarms=tuple((of.risk, alarm.day) for of in calm for alarm in of.alarms),
        calm_days=(profile.first_day + timedelta(days=profile.days) - watch_from).days,
        days_to_alarm=days,
        finds_a_day=_a_day(told, shock_on),
        left_at_alarm=None if days is None else left_of_it(falling, days),
    )


def watched(
    period: Period,
    profile: Profile,
    *,
    risks: Sequence[str],
    watch_from: date,
    params: Params,
    progress: Progress,
) -> list[FindWatch]:
    """Train heads of these risks on what lies before a date, and watch finds from it on."""
    days = (watch_from - profile.first_day).days
    split = SplitParams(
        valid_from=watch_from - timedelta(days=max(1, round(_VALID_SHARE * days))),
        test_from=watch_from,
        embargo_days=params.split.embargo_days,
        matured_share=params.split.matured_share,
    )
    params = params.model_copy(update={"split": split})
    since = (watch_from - _EPOCH).days * DAY
    until = (profile.first_day + timedelta(days=profile.days) - _EPOCH).days * DAY
    span = Span(since - params.watch.reference_days * DAY, since, until)
    by_risk: dict[str, list[tuple[str, Inspected]]] = {}
    for subject, risk in params.heads:
        if risk not in risks:
            continue
        progress(f"{period.name}: training {subject}-{risk}")
        made = train_head(
            period.movements[subject],
            period.outcomes,
            features=period.features,
            subject=subject,
            risk=risk,
            params=params,
            texts={},
            reports=period.reports,
        )
        if isinstance(made, RulesOnly):
            continue
        rows = scored(
            made.head, period.movements[subject], period.outcomes,
            features=period.features, span=span,
        )  # fmt: skip
        name = f"{made.head.card.name} {made.head.card.version}"
        by_risk.setdefault(risk, []).append((name, inspected(rows, span)))
    # As a deployment would: all its risks share the false alarms that are borne.
    settings = alarm_settings(params.watch, risks=len(params.targets))
    return [
        watch_finds(risk, parts, until=until, settings=settings) for risk, parts in by_risk.items()
    ]


def figures(drills: Sequence[Drill], curve: Sequence[Possible]) -> dict[str, float]:
    """Figures under flat names; days to an alarm that never came are left out, and counted."""
    seen = [drill.days_to_alarm for drill in drills if drill.days_to_alarm is not None]
    calm = sum(drill.calm_days for drill in drills)
    crying = sum(len(drill.false_alarms) for drill in drills)
    told: dict[str, float] = {
        "seeds": len(drills),
        "never_alarmed": len(drills) - len(seen),
        "calm_days": calm,
        "false_alarms": crying,
        "false_alarms_worst": max((len(drill.false_alarms) for drill in drills), default=0),
        "false_alarms_in_two_years": crying * TWO_YEARS / calm if calm else 0.0,
    }
    if seen:
        told |= {"days_to_alarm_worst": max(seen), "days_to_alarm_median": median(seen)}
    for of in curve:
        name = f"{of.finds_a_day:g}".replace(".", "_")
        told |= {
            f"drawn_median_days_at_{name}_a_day": of.median_days,
            f"drawn_within_30_days_at_{name}_a_day": of.within_30,
            f"possible_within_30_days_at_{name}_a_day": of.at_most,
            f"possible_median_days_at_{name}_a_day": of.soonest_days,
            f"drawn_false_alarms_in_two_years_at_{name}_a_day": of.false_alarms,
            f"drawn_more_than_one_at_{name}_a_day": of.more_than_one,
        }
    return {name: round(float(value), 6) for name, value in told.items()}


def print_drills(drills: Sequence[Drill], curve: Sequence[Possible], console: Console) -> None:
    """A line a seed, and what is possible with more finds."""
    table = Table("seed", "days to the alarm", "left of smuggling then", "expected finds a day",
                  "false alarms", "in calm days")  # fmt: skip
    for of in drills:
        cried = ", ".join(f"{risk} {day}" for risk, day in of.false_alarms) or "none"
        left = "" if of.left_at_alarm is None else f"{of.left_at_alarm:.0%}"
        days = "never" if of.days_to_alarm is None else str(of.days_to_alarm)
        table.add_row(str(of.seed), days, left, f"{of.finds_a_day:.2f}", cried, str(of.calm_days))
    if drills:
        console.print(table)
    drawn = Table("expected finds a day", "median days to the alarm", "within 30 days",
                  "any test at most", "any test, median days at least", "false alarms in two years", "more than one", title="Drawn histories")  # fmt: skip
    for each in curve:
        drawn.add_row(f"{each.finds_a_day:g}", f"{each.median_days:.0f}", f"{each.within_30:.0%}", f"{each.at_most:.0%}", f"{each.soonest_days:.0f}",
                      f"{each.false_alarms:.2f}", f"{each.more_than_one:.1%}")  # fmt: skip
    console.print(drawn)


def _a_day(told: FindWatch | None, until: date) -> float:
    """Expected finds a day up to a date."""
    if told is None:
        return 0.0
    evenings = [e for e in told.evidence if e.day < (until - _EPOCH).days]
    return evenings[-1].expected / len(evenings) if evenings else 0.0
