"""The whole watch: every head that serves, the finds of every risk, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from models.policy import LEAST_RANDOM_SHARE
from models.risk_model import RiskModel
from training.errors import NothingToWatch
from training.params import WatchParams
from training.watching.alarm_states import Acknowledgement, Proposal, proposed
from training.watching.finds import FindWatch, alarm_settings, watch_finds
from training.watching.watch import HeadWatch, span_of, watch_head

_FEWER = {"fall": "fewer", "rise": "more"}


@dataclass(frozen=True)
class Watch:
    """What a run of the watch says.

    Attributes:
        heads: Every head that could be watched.
        finds: Every risk of those heads.
        silent: Why a head could not be watched, or why there is none, by its name.
        proposal: What follows; None while all is quiet.
    """

    heads: tuple[HeadWatch, ...]
    finds: tuple[FindWatch, ...]
    silent: Mapping[str, str]
    proposal: Proposal | None


def watch_all(
    heads: Iterable[RiskModel],
    movements: Mapping[str, pa.Table],
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    params: WatchParams,
    since: date | None,
    until: int,
    silent: Mapping[str, str] | None = None,
    acknowledgements: Sequence[Acknowledgement] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Watch:
    """Watch the heads that serve.

    Args:
        heads: Them.
        movements: Integers of each subject's movements.
        outcomes: Outcomes of inspections (`training.labels.read_outcomes`).
        features: The features the movements were made with.
        params: How they are watched.
        since: First day that is watched, None for the day after each head's training.
        until: Moment after everything that is looked at, microseconds since 1970 UTC.
        silent: Why there is no head, by the name it would have.
        acknowledgements: What was said of earlier alarms.
        progress: Told which head is being looked at.

    Raises:
        NothingToWatch: if no head could be watched.
    """
    told, quiet = [], dict(silent or {})
    for head in heads:
        progress(head.card.name)
        try:
            told.append(
                watch_head(
                    head,
                    movements[head.card.subject],
                    outcomes,
                    features=features,
                    span=span_of(head, since=since, until=until, params=params),
                    params=params,
                )
            )
        except NothingToWatch as error:
            quiet[head.card.name] = str(error)
    if not told:
        raise NothingToWatch(
            " ".join(quiet.values()) or "There is no head that serves: train one, or register it."
        )
    by_risk: dict[str, list[HeadWatch]] = {}
    for of in told:
        by_risk.setdefault(of.risk, []).append(of)
    settings = alarm_settings(params, risks=len(by_risk))
    finds = tuple(
        watch_finds(
            risk,
            [(f"{of.head} {of.version}", of.inspected) for of in members],
            until=until,
            settings=settings,
            acknowledgements=acknowledgements,
        )
        for risk, members in sorted(by_risk.items())
    )
    return Watch(tuple(told), finds, quiet, what_follows(told, finds, params=params))


def what_follows(
    heads: Sequence[HeadWatch], finds: Sequence[FindWatch], *, params: WatchParams
) -> Proposal | None:
    """A larger share for chance and retraining, where an alarm stands or a head is off; else None."""
    because, retrain = [], set()
    for of in finds:
        if of.state == "raised":
            because.append(alarm_sentence(of))
            retrain |= {head.head for head in heads if head.risk == of.risk}
    for head in heads:
        if head.score[-1].drift.size == "strong":
            because.append(
                f"The scores of {head.head} are distributed otherwise than in training: population "
                f"stability index {head.score[-1].drift.index:.2f}."
            )
            retrain.add(head.head)
        ratio = head.whole.calibration
        if head.whole.sufficient and not ratio.low <= 1 <= ratio.high:
            because.append(
                f"On the random slice {head.head} found {ratio.value:.2f} times what it expected "
                f"({ratio.low:.2f} to {ratio.high:.2f})."
            )
            retrain.add(head.head)
    if not because:
        return None
    least, most = params.random_share
    return proposed(
        random_share(heads),
        because=because,
        retrain=sorted(retrain),
        step=params.random_step,
        # No parameter file goes below the floor that keeps the office able to see.
        bounds=(max(least, LEAST_RANDOM_SHARE), max(most, LEAST_RANDOM_SHARE)),
    )


def random_share(heads: Sequence[HeadWatch]) -> float:
    """Share of the inspected that chance had named, each subject once; 0 where none is inspected."""
    whole = {head.subject: head.whole for head in heads}.values()
    inspected = sum(of.inspected for of in whole)
    return sum(of.random_inspected for of in whole) / inspected if inspected else 0.0


def alarm_sentence(of: FindWatch) -> str:
    """What a person reads of the last alarm of a risk."""
    last = of.alarms[-1]
    evening = next(e for e in reversed(of.evidence) if e.alarm)
    return (
        f"Finds of {of.risk} are {_FEWER[last.direction]} than expected: {evening.observed} against "
        f"{evening.expected:.1f} by {last.day}."
    )


def figures(watch: Watch) -> dict[str, float]:
    """The figures of a run under flat names; those that cannot be told are left out."""
    told: dict[str, float] = {}
    for of in watch.finds:
        last = of.evidence[-1] if of.evidence else None
        told[f"{of.risk}_alarms"] = float(len(of.alarms))
        told[f"{of.risk}_alarm_raised"] = float(of.state == "raised")
        if last:
            told[f"{of.risk}_evidence"] = last.fall + last.rise
    for head in watch.heads:
        name, whole = head.head.replace("-", "_"), head.whole
        told |= {
            f"{name}_movements": float(whole.movements),
            f"{name}_inspected": float(whole.inspected),
            f"{name}_hits": float(whole.hits),
            f"{name}_expected": float(head.inspected.expected.sum()),
            f"{name}_abstained": whole.abstained.value,
            f"{name}_random_hits": float(whole.random_hits),
            f"{name}_random_hit_rate": whole.hit_rate.value,
            f"{name}_random_observed_over_expected": whole.calibration.value,
            f"{name}_score_stability_index": head.score[-1].drift.index,
            f"{name}_drifting_columns": float(
                sum(of.size in ("moderate", "strong") for of in head.columns)
            ),
        }
        for words, share in (("median", 0.5), ("p90", 0.9), ("p95", 0.95)):
            days = whole.delays.quantile(share)
            told[f"{name}_delay_days_{words}"] = math.nan if days is None else days
    return {name: round(value, 6) for name, value in told.items() if math.isfinite(value)}
