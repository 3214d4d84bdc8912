"""The watch as a person reads it in a terminal."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table

from training.watching.job import Watch, alarm_sentence


def print_watch(watch: Watch, console: Console) -> None:
    """A table of heads, one of risks, and what follows."""
    heads = Table(
        "head", "movements", "abstained", "hits", "expected", "by chance", "drift", "90 %"
    )
    heads.columns[0].no_wrap = True
    heads.caption = (
        "By chance: observed over expected on the random slice, and 95 %. Drift: columns that do. "
        "90 %: days within which so many outcomes are known."
    )
    for of in watch.heads:
        whole, ratio = of.whole, of.whole.calibration
        drifting = sum(column.size in ("moderate", "strong") for column in of.columns)
        slice_ = f"insufficient ({whole.random_hits} hits)"
        if whole.sufficient:
            slice_ = f"{ratio.value:.2f} ({ratio.low:.2f}-{ratio.high:.2f})"
        days = whole.delays.quantile(0.9)
        heads.add_row(
            of.head,
            f"{whole.movements:,}",
            "-" if math.isnan(whole.abstained.value) else f"{whole.abstained.value:.2%}",
            f"{whole.hits:,}",
            f"{of.inspected.expected.sum():.1f}",
            slice_,
            f"{drifting} of {len(of.columns)}",
            "not yet" if days is None else f"{days:.1f}",
        )
    console.print(heads)
    for of_risk in watch.finds:
        said = alarm_sentence(of_risk) if of_risk.alarms else "Finds are as expected."
        console.print(f"{of_risk.risk}: {of_risk.state}. {said}")
    for name, why in watch.silent.items():
        console.print(f"{name}: {why}")
    if watch.proposal is None:
        console.print("Nothing is asked for.")
        return
    asked = watch.proposal
    for each in asked.because:
        console.print(f"- {each}")
    console.print(
        f"Asked for: chance should decide {asked.random_share:.1%} of the inspections "
        f"({asked.now:.1%} now); train anew: {', '.join(asked.retrain)}. A person decides."
    )
