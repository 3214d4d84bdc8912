"""The watch as a file for a text collector, in Prometheus' text format (0.0.4).

Labels come from lists that do not grow: heads, risks, states, and as many columns as the parameter
file shows, whose names the feature registry gave them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import get_args

from training.watching.alarm_states import State
from training.watching.job import Watch, random_share
from training.watching.watch import HeadWatch

_Sample = tuple[dict[str, str], float]
_Gauge = tuple[str, str, list[_Sample]]

_OF_HEAD: tuple[tuple[str, str, Callable[[HeadWatch], float]], ...] = (
    ("movements", "Movements in the time that is watched.", lambda of: of.whole.movements),
    ("abstained_share", "Share of them the head abstained from.",
     lambda of: of.whole.abstained.value),
    ("inspected", "Of them, inspected and with an outcome.", lambda of: of.whole.inspected),
    ("hits", "Of those, hits.", lambda of: of.whole.hits),
    ("expected_hits", "Hits expected of them.", lambda of: float(of.inspected.expected.sum())),
    ("random_hits", "Hits on the random slice.", lambda of: of.whole.random_hits),
    ("random_hit_rate", "Share of hits on the random slice; NaN below ten hits.",
     lambda of: of.whole.hit_rate.value if of.whole.sufficient else math.nan),
    ("random_observed_over_expected", "Hits by expected hits there; NaN below ten hits.",
     lambda of: of.whole.calibration.value if of.whole.sufficient else math.nan),
    ("score_stability_index", "Population stability index of the score.",
     lambda of: of.score[-1].drift.index),
    ("drifting_columns", "Columns that drift, somewhat or much.", lambda of: drifting(of)),
    ("maturity_days", "Days by which the asked share of outcomes is known; NaN: not known yet.",
     lambda of: math.nan if of.maturity_days is None else of.maturity_days),
)  # fmt: skip


def metrics_text(watch: Watch, *, at: float, top_columns: int) -> bytes:
    """All gauges of a run.

    Args:
        watch: What it says.
        at: Up to when it looked, seconds since 1970.
        top_columns: How many columns of each head are named.
    """
    gauges = [*_of_all(watch, at), *_of_heads(watch, top_columns)]
    return "".join(_family(*gauge) for gauge in gauges).encode()


def drifting(head: HeadWatch) -> float:
    """How many columns of a head drift, somewhat or much."""
    return float(sum(of.size in ("moderate", "strong") for of in head.columns))


def _of_all(watch: Watch, at: float) -> list[_Gauge]:
    proposal, finds = watch.proposal, watch.finds
    asked = proposal.retrain if proposal else ()
    return [
        ("until_seconds", "Up to when the watch looked.", [({}, at)]),
        ("random_share", "Share of inspections that chance decided.",
         [({}, random_share(watch.heads))]),
        ("proposed_random_share", "Share that is asked for; 0 while all is quiet.",
         [({}, proposal.random_share if proposal else 0.0)]),
        ("retraining_asked", "Whether a head should be trained anew.",
         [({"head": of.head}, float(of.head in asked)) for of in watch.heads]),
        ("alarm", "The state of the alarm of finds: 1 for the one it is in.",
         [({"risk": of.risk, "state": state}, float(of.state == state))
          for of in finds for state in get_args(State)]),
        ("alarms", "Alarms of finds in the time that is watched.",
         [({"risk": of.risk}, float(len(of.alarms))) for of in finds]),
        ("evidence", "Evidence that finds are not as expected, since the last alarm.",
         [({"risk": of.risk}, of.evidence[-1].fall + of.evidence[-1].rise)
          for of in finds if of.evidence]),
    ]  # fmt: skip


def _of_heads(watch: Watch, top_columns: int) -> list[_Gauge]:
    gauges: list[_Gauge] = [
        (name, words, [({"head": of.head}, value(of)) for of in watch.heads])
        for name, words, value in _OF_HEAD
    ]
    delays: list[_Sample] = []
    for of in watch.heads:
        for share in (0.5, 0.9, 0.95):
            days = of.whole.delays.quantile(share)
            labels = {"head": of.head, "known": f"{share:g}"}
            delays.append((labels, math.nan if days is None else days))
    columns = [
        ({"head": of.head, "column": column.column}, column.index)
        for of in watch.heads
        for column in of.columns[:top_columns]
    ]
    return [
        *gauges,
        ("delay_days", "Days until a share of the outcomes is known; NaN: not known yet.", delays),
        ("column_stability_index", "Stability index of the columns that drift most.", columns),
    ]


def _family(name: str, words: str, samples: Iterable[_Sample]) -> str:
    whole = f"vardar_watch_{name}"
    lines = [f"# HELP {whole} {words}", f"# TYPE {whole} gauge"]
    lines += [f"{whole}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    written = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{','.join(written)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(float(value)) if math.isfinite(value) else "+Inf"
