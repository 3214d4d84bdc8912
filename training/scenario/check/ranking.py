"""Rules 4 to 6: history helps, nothing beats the oracle, and the rule list is good but beaten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from training.intervals import Figure, bootstrapped
from training.scenario.check.models import CAPACITY, Ranked
from training.scenario.check.report import Finding
from training.scenario.streams import Floats

#: The rule list finds at least so many times what chance finds.
_RULES_LIFT = 3.0

_RESAMPLES = 1000

#: Of these ways to rank, what the first finds beyond the second is judged.
_DIFFERENCES = (
    ("history", "record"),
    ("oracle", "record"),
    ("oracle", "history"),
    ("history", "rules"),
)

_AT = f"at {CAPACITY:.0%}"
_RULE_HISTORY = f"Trees with history find clearly more {_AT} than with the record alone"
_TOLD = {
    "record": f"What trees find {_AT} with the record alone (told, not judged)",
    "history": f"What trees find {_AT} with history (told, not judged)",
}
_RULE_APART = f"Over all seeds, the intervals of what both find {_AT} do not meet"
_RULE_AUC = "Trees with history rank clearly better by AUC (told, not judged)"
_RULE_ORACLE = f"Both kinds of trees find less {_AT} than the oracle"
_RULE_LIST = f"The rule list finds at least {_RULES_LIFT:g} times what chance finds {_AT}"
_RULE_BEATEN = f"The rule list finds less {_AT} than trees with history"

_Z = 1.959964


def ranking_findings(ranked: Sequence[Ranked], *, seed: int) -> Iterator[Finding]:
    """Rules 4 to 6 for each kind and risk; the rule list also for each risk over all kinds."""
    for one in ranked:
        if not len(one.inspected["oracle"]):
            continue
        recall = _figures(one.inspected)
        yield from _history(one, recall, seed)
        for who in ("record", "history"):
            figure = recall[f"oracle - {who}"]
            yield Finding(
                _RULE_ORACLE, seed, one.kind, one.risk, figure, "above 0", figure.value > 0,
                f"oracle {recall['oracle'].value:.3f}, {who} {recall[who].value:.3f}",
            )  # fmt: skip
        yield from _rule_list(one.kind, one.risk, recall, seed)
    for risk in dict.fromkeys(one.risk for one in ranked):
        mine = [one.inspected for one in ranked if one.risk == risk]
        together = {who: np.concatenate([of[who] for of in mine]) for who in mine[0]}
        if len(together["oracle"]):
            yield from _rule_list("all kinds", risk, _figures(together), seed)


def apart_over_seeds(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Whether what trees find with and without history lies apart, over the seeds together.

    One period has too few cases in some groups for two separate intervals, which is why it is
    judged by the difference alone. Periods of different seeds are independent, so that their
    shares add up, weighted by cases, and so do their variances.
    """
    told = {
        who: [finding for finding in findings if finding.rule == rule]
        for who, rule in _TOLD.items()
    }
    for group in dict.fromkeys((f.about, f.risk) for f in told["history"]):
        record, history = (
            _together([f for f in told[who] if (f.about, f.risk) == group]) for who in _TOLD
        )
        between = Figure(history.low - record.high, np.nan, np.nan)
        said = f"record {_short(record)}, history {_short(history)}"
        yield Finding(_RULE_APART, None, *group, between, "above 0", between.value > 0, said)


def _together(findings: Sequence[Finding]) -> Figure:
    cases = np.array([finding.cases for finding in findings], dtype=np.float64)
    share = np.array([finding.figure.value for finding in findings])
    error = np.array([f.figure.high - f.figure.low for f in findings]) / (2 * _Z)
    mean = float(cases @ share / cases.sum())
    half = _Z * float(np.sqrt(((cases * error) ** 2).sum()) / cases.sum())
    return Figure(mean, mean - half, mean + half)


def _history(one: Ranked, recall: Mapping[str, Figure], seed: int) -> Iterator[Finding]:
    cases = len(one.below["oracle"])
    for who, rule in _TOLD.items():
        yield Finding(rule, seed, one.kind, one.risk, recall[who], "", None, cases=cases)
    gain = recall["history - record"]
    said = f"{cases:,} cases"
    yield Finding(
        _RULE_HISTORY, seed, one.kind, one.risk, gain, "interval above 0", gain.low > 0, said
    )
    area = _figures(one.below)
    said = f"record {_short(area['record'])}, history {_short(area['history'])}"
    yield Finding(_RULE_AUC, seed, one.kind, one.risk, area["history - record"], "", None, said)


def _rule_list(about: str, risk: str, recall: Mapping[str, Figure], seed: int) -> Iterator[Finding]:
    rules = recall["rules"]
    lift = Figure(*(end / CAPACITY for end in (rules.value, rules.low, rules.high)))
    yield Finding(
        _RULE_LIST, seed, about, risk, lift, f"at least {_RULES_LIFT:g}", lift.value >= _RULES_LIFT
    )
    behind = recall["history - rules"]
    yield Finding(_RULE_BEATEN, seed, about, risk, behind, "above 0", behind.value > 0)


def _figures(of: Mapping[str, Floats]) -> dict[str, Figure]:
    """Means over the carrying movements (h,) by name, and differences drawn with the same rows."""

    def measure(weights: Floats) -> dict[str, Floats]:
        total = weights.sum(axis=1)
        means = {who: weights @ values / total for who, values in of.items()}
        return means | {f"{a} - {b}": means[a] - means[b] for a, b in _DIFFERENCES}

    return bootstrapped(measure, np.ones(len(of["oracle"])), resamples=_RESAMPLES, seed=1)


def _short(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f}-{figure.high:.3f})"
