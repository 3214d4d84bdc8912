"""Whether reasons are true and carry the score: as a table for a person, figures for a program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rich.table import Table

from training.assurance.faithfulness import Faithful
from training.intervals import Figure


def added_up(found: Sequence[Faithful]) -> list[Faithful]:
    """What was found of heads of one name in several periods, as one."""
    together: dict[str, Faithful] = {}
    for of in found:
        if of.head not in together:
            together[of.head] = of
            continue
        so_far = together[of.head]
        together[of.head] = replace(
            so_far,
            movements=so_far.movements + of.movements,
            widest_gap=max(so_far.widest_gap, of.widest_gap),
            reasons=so_far.reasons + of.reasons,
            untrue=so_far.untrue + of.untrue,
            compared=so_far.compared + of.compared,
            carried=so_far.carried + of.carried,
            compared_raising=so_far.compared_raising + of.compared_raising,
            carried_raising=so_far.carried_raising + of.carried_raising,
        )
    return list(together.values())


def faithfulness_figures(found: Sequence[Faithful]) -> dict[str, float]:
    """Figures under flat names: of the worst head, then head by head."""
    figures = {
        "movements": float(min(of.movements for of in found)),
        "widest_gap": max(of.widest_gap for of in found),
        "untrue_reasons": float(sum(len(of.untrue) for of in found)),
        "reasons": float(sum(of.reasons for of in found)),
        "deletion": min(of.share.value for of in found),
        "deletion_low": min(of.share.low for of in found),
        "deletion_raising": min(of.share_raising.value for of in found),
        "deletion_raising_low": min(of.share_raising.low for of in found),
    }
    figures |= {f"{of.head}_deletion": of.share.value for of in found}
    return {name: value for name, value in figures.items() if not math.isnan(value)}


def faithfulness_table(found: Sequence[Faithful]) -> Table:
    """One line a head."""
    table = Table(
        "head", "movements", "widest gap", "reasons", "not true", "carry more than 3 others",
        "than 3 others that raise",
    )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for of in found:
        table.add_row(
            of.head,
            f"{of.movements:,}",
            f"{of.widest_gap:.1e}",
            f"{of.reasons:,}",
            f"{len(of.untrue):,}",
            _written(of.share),
            _written(of.share_raising),
        )
    return table


def _written(share: Figure) -> str:
    if math.isnan(share.value):
        return "none to compare"
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
