"""Every head of a parameter file, one after the other, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from features.registry import FeatureSet
from models.champion import RulesOnly
from training.errors import NothingToLearn
from training.heads import TrainedHead, head_name, train_head
from training.params import Params


def train_all(
    movements: Mapping[str, pa.Table],
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    params: Params,
    texts: Mapping[str, Mapping[int, str]],
    console: Console,
    reports: pd.DataFrame | None = None,
) -> dict[str, TrainedHead | RulesOnly]:
    """Every head by name, or why there is none; arguments as of `training.heads.train_head`."""
    trained: dict[str, TrainedHead | RulesOnly] = {}
    for subject, risk in params.heads:
        name = head_name(subject, risk)
        with console.status(f"Fitting {name}"):
            try:
                trained[name] = train_head(
                    movements[subject],
                    outcomes,
                    features=features,
                    subject=subject,
                    risk=risk,
                    params=params,
                    texts=texts,
                    reports=reports,
                )
            except NothingToLearn as error:
                # An office with declarations alone still gets heads for those.
                trained[name] = RulesOnly(subject=subject, risk=risk, reason=str(error))
    return trained


def trained_table(trained: Mapping[str, TrainedHead | RulesOnly]) -> Table:
    """One line a head: what it was made from, or why there is none."""
    table = Table("head", "kind", "movements", "hits", "base rate", "version or reason")
    table.columns[0].no_wrap = True
    table.columns[-1].overflow = "fold"
    for name, made in trained.items():
        if isinstance(made, RulesOnly):
            table.add_row(name, "rules only", "", "", "", made.reason)
            continue
        card = made.head.card
        numbers = (f"{card.trained_rows:,}", f"{card.trained_hits:,}", f"{card.base_rate:.4f}")
        table.add_row(name, card.kind.replace("_", " "), *numbers, card.version)
    return table
