"""What each family of features is worth: recall at 3 % of capacity with and without it.

    python -m bench.ablation --events DIR --features DIR --scenario DIR [--json FILE]

Reads a drawn period of the made-up years whose truth is known (`vardar scenario draw`), the
export of its ledger and its tables of features (`vardar features`). Trees learn what the first
60 % of the days truly carried, from all carrying movements and a share of the others, and are
judged on the rest: the question is what the columns hold, not which labels an office happens to
know. Intervals are of paired bootstraps over the carrying movements.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from features.ledger.export import load_features
from features.registry import SUBJECTS
from features.spec import Column
from features.table import matrix
from training.describe import card_columns_of
from training.fit import encoded, levels_of
from training.intervals import Figure, bootstrapped
from training.scenario.check.models import CAPACITY, TARGETS, first_days, trees_scores
from training.scenario.check.movements import Movements, movements_of
from training.scenario.leaderboard.rating import inspected_share

#: Families added one after the other to the record, and taken from the whole one at a time.
FAMILIES = ("history", "graph", "convoy", "text")

_RESAMPLES = 1000
_MOST_LEVELS = 100

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Variant:
    """A choice of families.

    Attributes:
        name: Such as "all without text".
        families: What it reads.
        beside: The variant it is compared with; "" for none.
    """

    name: str
    families: frozenset[str]
    beside: str


def variants(columns: Sequence[Column]) -> list[Variant]:
    """The record alone, history added, each further family added to that, and taken from the whole."""
    there = {column.family for column in columns}
    further = [family for family in FAMILIES[1:] if family in there]
    base = frozenset({"record", "history"})
    whole = base | frozenset(further)
    made = [
        Variant("record", frozenset({"record"}), ""),
        Variant("record + history", base, "record"),
        *(
            Variant(f"record + history + {family}", base | {family}, "record + history")
            for family in further
        ),
        Variant("all", whole, "record + history"),
    ]
    made += [Variant(f"all without {family}", whole - {family}, "all") for family in further]
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(description="What each family of features is worth.")
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--scenario", type=Path, required=True)
    parser.add_argument("--others", type=float, default=0.3, help="share of other movements learnt")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    features = load_features(chosen.events)
    table = Table(
        "subject", "risk", "variant", "columns", "recall at 3 %", "95 %", "gain", "95 % of the gain"
    )
    figures: dict[str, float] = {}
    truth = movements_of(chosen.scenario)
    for subject in SUBJECTS:
        movements = truth[subject]
        for risk, results in TARGETS.items():
            columns = features.columns(subject, results)
            X = _matrix(chosen.features, subject, columns, movements)
            for row, named in _rows(
                X, columns, movements, risk, others=chosen.others, title=f"{subject}s, {risk}"
            ):
                table.add_row(subject, risk, *row)
                figures |= {f"{subject}_{risk}_{name}": value for name, value in named.items()}
            del X
    Console().print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps({"figures": figures}, indent=1) + "\n", encoding="utf-8")


def _rows(
    X: NDArray[np.float32],
    columns: Sequence[Column],
    movements: Movements,
    risk: str,
    *,
    others: float,
    title: str,
) -> Iterator[tuple[list[str], dict[str, float]]]:
    """A row of the table a variant, and its figures."""
    early = first_days(movements)
    carries = movements.carries[risk]
    # Most honest movements tell the same: a share of them, drawn by seed, will do to learn from.
    learnt = early & (carries | (np.random.default_rng(1).random(len(early)) < others))
    used = learnt | ~early
    hit = carries[~early]
    found: dict[str, Floats] = {}
    chosen = variants(columns)
    for variant in track(chosen, description=title):
        places = [j for j, column in enumerate(columns) if column.family in variant.families]
        mine = [columns[j] for j in places]
        rows = np.asarray(X[used][:, places], np.float64)
        levels = levels_of(rows[learnt[used]], mine, texts={}, most=_MOST_LEVELS)
        rows = encoded(rows, card_columns_of(rows[learnt[used]], mine, levels=levels))
        score = trees_scores(rows, mine, carries[used], learnt[used])
        everywhere = np.zeros(len(hit), np.int64)
        found[variant.name] = inspected_share(score, everywhere, capacity=CAPACITY)[hit]
    recall = _figures(found, chosen)
    for variant in chosen:
        mine = [column for column in columns if column.family in variant.families]
        own, gain = recall[variant.name], recall.get(f"{variant.name} - {variant.beside}")
        name = variant.name.replace(" + ", "_").replace(" ", "_")
        figures = {f"recall_{name}": own.value}
        if gain:
            figures |= {f"gain_{name}": gain.value, f"gain_{name}_low": gain.low}
            figures[f"gain_{name}_high"] = gain.high
        yield (
            [
                variant.name,
                str(len(mine)),
                f"{own.value:.3f}",
                f"{own.low:.3f} to {own.high:.3f}",
                f"{gain.value:+.3f}" if gain else "",
                f"{gain.low:+.3f} to {gain.high:+.3f}" if gain else "",
            ],
            figures,
        )


def _figures(found: Mapping[str, Floats], chosen: Sequence[Variant]) -> dict[str, Figure]:
    """Means over the carrying movements by variant, and differences drawn with the same rows."""

    def measure(weights: Floats) -> dict[str, Floats]:
        total = weights.sum(axis=1)
        means = {name: weights @ values / total for name, values in found.items()}
        gains = {
            f"{v.name} - {v.beside}": means[v.name] - means[v.beside] for v in chosen if v.beside
        }
        return means | gains

    cases = len(next(iter(found.values())))
    return bootstrapped(measure, np.ones(cases), resamples=_RESAMPLES, seed=1)


def _matrix(
    folder: Path, subject: str, columns: Sequence[Column], movements: Movements
) -> NDArray[np.float32]:
    """What the columns say of each movement's first version (n, f), in the movements' order.

    Single precision halves the memory, and trees split on ranges.
    """
    place = pd.Series(np.arange(len(movements)), index=movements.number)
    X = np.full((len(movements), len(columns)), np.nan, np.float32)
    version = np.full(len(movements), np.iinfo(np.int64).max)
    needed = sorted({name for column in columns for name in column.input_names})
    for path in sorted(folder.glob(f"{subject}-*.parquet")):
        wanted = [*needed, "source_record_id", "record_version"]
        for batch in pq.ParquetFile(path).iter_batches(50_000, columns=wanted):
            table = pa.Table.from_batches([batch])
            rows = place.reindex(table["source_record_id"].to_pandas()).to_numpy()
            given = table["record_version"].to_numpy().astype(np.int64)
            known = ~np.isnan(rows)
            at = rows[known].astype(np.int64)
            first = given[known] < version[at]
            values = matrix(table, columns)[known][first]
            X[at[first]] = values
            version[at[first]] = given[known][first]
    return X


if __name__ == "__main__":
    main()
