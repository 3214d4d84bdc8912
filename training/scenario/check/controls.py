"""Rule 7, controls: whom the office selects and why, what it finds, and when that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.scenario.check.movements import Movements
from training.scenario.check.near import TOLERANCE, share_near, value_near
from training.scenario.check.report import Finding
from training.scenario.office.control import LEVELS, RESULTS
from training.scenario.office.joint_operations import posts_taking_part
from training.scenario.office.selection import MOST
from training.scenario.streams import Flags, Floats
from training.scenario.world.reference import load_posts

_RULE_SELECTED = f"The office selects as often as configured within {TOLERANCE:.0%}"
_RULE_FINDS = f"Controls find as much of what is there as configured within {TOLERANCE:.0%}"
_RULE_WRONG = f"As many finds are written down wrongly as configured within {TOLERANCE:.0%}"
_RULE_DELAY = f"Outcomes become known as late as configured within {TOLERANCE:.0%}"

_DAY = 86_400_000_000

#: What a control records of a movement that carries what the risk is about.
_FOUND = {"arms": "arms", "smuggling": "persons_concealed"}


@dataclass(frozen=True)
class Controlled:
    """The movements of one kind with how each was controlled (n,); first versions of outcomes.

    Attributes:
        settled: Whether it lies so far before the end that its outcome has become known.
        reason: Why it was selected, "" if it was not, as far as is known at the end.
        level: How thoroughly it was controlled; `result` what came out; "" both where it was not.
        delay_days: Until the outcome was known, NaN where it was not controlled.
    """

    movements: Movements
    settled: Flags
    reason: pd.Series[str]
    level: pd.Series[str]
    result: pd.Series[str]
    delay_days: Floats


def controlled(folder: Path, movements: Movements, profile: Mapping[str, Any]) -> Controlled:
    """How the movements of one kind were controlled, by the recorded outcomes."""
    lines = pd.read_csv(
        folder / "inspections.csv", dtype=str, na_values=[""], keep_default_na=False
    )
    good = lines["version"].eq("1") & lines["outcome"].isin(RESULTS) & lines["control_no"].notna()
    # Where another column is broken, the repetition follows.
    lines = lines[good].drop_duplicates("control_no", keep="last").set_index("subject_no")
    mine = lines.reindex(movements.number)
    moments = pd.to_datetime(mine["confirmed"], utc=True, format="ISO8601", errors="coerce")
    waited = moments - pd.to_datetime(mine["ended"], utc=True, format="ISO8601", errors="coerce")
    # Three times the 95th percentile: all but about one outcome in a hundred are known by then.
    days = int(profile["days"])
    last = max(days / 2, days - 3 * profile["outcomes"]["delay_p95_days"])
    return Controlled(
        movements=movements,
        settled=_days(movements, profile) < last,
        reason=mine["reason"].fillna("").reset_index(drop=True),
        level=mine["level"].fillna("").reset_index(drop=True),
        result=mine["outcome"].fillna("").reset_index(drop=True),
        delay_days=np.asarray(waited.dt.total_seconds() / 86_400, dtype=np.float64),
    )


def control_findings(
    of_kinds: Mapping[str, Controlled], profile: Mapping[str, Any], *, seed: int
) -> Iterator[Finding]:
    """Measured rates of control and of finds beside those asked for."""
    for kind, done in of_kinds.items():
        yield from _selected(kind, done, profile, seed)
    yield from _finds(list(of_kinds.values()), profile, seed)
    yield from _delays(list(of_kinds.values()), profile, seed)


def _selected(
    kind: str, done: Controlled, profile: Mapping[str, Any], seed: int
) -> Iterator[Finding]:
    """Each reason among those whom the reasons before it have left: so its rate is seen alone."""
    controls, movements = profile["controls"], done.movements
    multiplier = controls["multiplier"]
    reason = done.reason.to_numpy(dtype=object)
    left = done.settled & (reason != "mandatory")
    judged = np.isin(reason, ["rule", "model"])
    chance, joint = reason == "random", reason == "joint_operation"
    operation = _in_operation(movements, profile, seed)
    carries = movements.carries["arms"] | movements.carries["smuggling"]
    rest = left & ~chance & ~judged
    untold = rest & ~joint
    groups = [("random", kind, left, chance, multiplier * controls["random_floor"])]
    for stratum in sorted(set(movements.stratum)):
        within = movements.stratum == stratum
        floor = multiplier * controls["random_floor"]
        groups.append(("random", stratum, left & within, chance, floor))
        rate = multiplier * controls[stratum]
        groups.append(("rule or model", stratum, left & within & ~chance, judged, rate))
    rate = multiplier * controls["joint_rate"]
    groups.append(("joint operation", kind, rest & operation, joint, rate))
    told = reason == "tip"
    groups.append(("tip about carrying", kind, untold & carries, told, controls["tip_carrying"]))
    groups.append(("tip about others", kind, untold & ~carries, told, controls["tip_clean"]))
    for why, about, among, hit, rate in groups:
        yield share_near(
            _RULE_SELECTED, seed, f"{about}: {why}", "",
            found=int((hit & among).sum()), of=int(among.sum()), configured=min(MOST, rate),
        )  # fmt: skip


def _finds(done: list[Controlled], profile: Mapping[str, Any], seed: int) -> Iterator[Finding]:
    outcomes = profile["outcomes"]
    wrong = outcomes["wrong_finds"]
    searched = [~one.result.isin(["", "not_searched"]).to_numpy() for one in done]
    contraband = cases = 0
    detected = 0.0
    for risk, word in _FOUND.items():
        for level in LEVELS:
            found = of = 0
            # A gas probe shows people; of arms it shows as much as a look does.
            as_good_as = "visual" if (risk, level) == ("arms", "gas_probe") else level
            detects = outcomes["detection"][as_good_as]
            for one, looked in zip(done, searched, strict=True):
                among = looked & _aboard(one.movements, risk) & (one.level == level).to_numpy()
                if level == "scanner":
                    among &= ~_after(one.movements, profile, "better_scanner")
                found += int((among & (one.result == word)).sum())
                of += int(among.sum())
                contraband += int((among & (one.result == "other_contraband")).sum())
            cases += of
            detected += of * detects
            if of:
                yield share_near(
                    _RULE_FINDS, seed, level, risk,
                    found=found, of=of, configured=detects * (1 - wrong),
                )  # fmt: skip
    if not detected:
        return
    # Half the wrong entries say contraband. So do some controls that found nothing of the kind.
    beside = (cases - detected) * outcomes["other_contraband"]
    yield value_near(
        _RULE_WRONG, seed, "finds", "", configured=wrong,
        value=2 * (contraband - beside) / detected,
        error=2 * float(np.sqrt(detected * wrong / 2 + beside)) / detected,
        detail=f"{contraband} of {cases:,} carrying searched say contraband",
    )  # fmt: skip


def _delays(done: list[Controlled], profile: Mapping[str, Any], seed: int) -> Iterator[Finding]:
    outcomes = profile["outcomes"]
    # Of the first half of the period even the latest outcomes are known.
    early = [_days(one.movements, profile) < profile["days"] / 2 for one in done]
    delay = np.concatenate([one.delay_days[e] for one, e in zip(done, early, strict=True)])
    delay = np.sort(delay[~np.isnan(delay)])
    if not len(delay):
        return
    for name, share in (("median", 0.5), ("p95", 0.95)):
        around = float(np.sqrt(share * (1 - share) / len(delay)))
        low, high = np.quantile(delay, [share - around, min(1.0, share + around)])
        yield value_near(
            _RULE_DELAY, seed, f"{name} in days", "", value=float(np.quantile(delay, share)),
            error=float(high - low) / 2, configured=outcomes[f"delay_{name}_days"],
            detail=f"{len(delay):,} outcomes",
        )  # fmt: skip


def _aboard(movements: Movements, risk: str) -> Flags:
    """What a control for that risk can find; arms are written down before people."""
    carries = movements.carries[risk]
    return carries if risk == "arms" else carries & ~movements.carries["arms"]


def _in_operation(movements: Movements, profile: Mapping[str, Any], seed: int) -> Flags:
    """Whether the post of each movement (n,) took part in a joint operation that day."""
    ids = load_posts().ids
    first = date.fromisoformat(profile["first_day"])
    taking_part = np.array([
        posts_taking_part(
            first + timedelta(days=day), seed=seed, posts=len(ids),
            length_days=profile["controls"]["joint_days"],
        )
        for day in range(profile["days"])
    ])  # fmt: skip
    post = pd.Series(np.arange(len(ids)), index=ids).reindex(movements.post).to_numpy()
    day = np.minimum(_days(movements, profile), profile["days"] - 1)
    return np.asarray(taking_part[day, post.astype(np.int64)])


def _after(movements: Movements, profile: Mapping[str, Any], shock: str) -> Flags:
    moment = profile["shocks"][shock]
    if moment is None:
        return np.zeros(len(movements), dtype=bool)
    since = (date.fromisoformat(moment) - date.fromisoformat(profile["first_day"])).days
    return np.asarray(_days(movements, profile) >= since)


def _days(movements: Movements, profile: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Day of the period of each movement (n,)."""
    first = (date.fromisoformat(profile["first_day"]) - date(1970, 1, 1)).days
    return np.asarray(movements.at // _DAY - first, dtype=np.int64)
