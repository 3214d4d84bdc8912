"""What needs the registry's columns: giveaways, and what models and the rule list find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from features.table import matrix
from models.rules import load_rules
from training.intervals import Figure
from training.scenario.check.door import Entered
from training.scenario.check.fields import Field, giveaways, recorded_fields
from training.scenario.check.models import TARGETS, ranked
from training.scenario.check.movements import Movements, recorded_lines
from training.scenario.check.ranking import ranking_findings
from training.scenario.check.report import Finding
from training.scenario.describe.files import Drawn
from training.scenario.profile import SEEDS
from training.scenario.streams import Integers

_RULE_ARRIVES = "Every movement of the truth is in the ledger"


def column_findings(
    drawn: Drawn,
    movements: Mapping[str, Movements],
    imported: Entered,
    *,
    progress: Callable[[str], None],
) -> Iterator[Finding]:
    """Rules 1 and 4 to 6, on the first version of each movement.

    Args:
        drawn: The period.
        movements: Its truth, by kind.
        imported: What the import made of it.
        progress: Told what is under way.
    """
    columns = {
        kind: [column.name for column in imported.features.columns(kind, TARGETS["arms"])]
        for kind in movements
    }
    rules = load_rules(SEEDS / "rules.yaml", columns=columns)
    ranks = []
    for kind, mine in movements.items():
        row = _first_versions(imported.integers[kind], mine)
        missing = int((row < 0).sum())
        figure = Figure(float(missing), np.nan, np.nan)
        yield Finding(_RULE_ARRIVES, drawn.seed, kind, "", figure, "0 missing", missing == 0)
        if missing:
            continue
        integers = imported.integers[kind].take(pa.array(row))
        progress(f"Single fields of {kind}s")
        recorded = recorded_fields(recorded_lines(drawn.folder, mine))
        fields = {f"recorded {name}": values for name, values in recorded.items()}
        fields |= registry_fields(integers, imported.features, kind)
        yield from giveaways(mine, fields, seed=drawn.seed)
        del recorded, fields
        for risk in TARGETS:
            if mine.carries[risk].any():
                progress(f"Trees for {kind}s and {risk}")
                ranks.append(ranked(mine, risk, integers, features=imported.features, rules=rules))
    yield from ranking_findings(ranks, seed=drawn.seed)


def registry_fields(integers: pa.Table, features: FeatureSet, kind: str) -> dict[str, Field]:
    """Every column of the registry (n,), categories as texts; those of finds for each risk."""
    made: dict[str, Field] = {}
    for risk, results in TARGETS.items():
        columns = features.columns(kind, results)
        about_finds = [c for c in columns if "_find" in c.name]
        for column in columns if not made else about_finds:
            values = matrix(integers, [column])[:, 0]
            name = f"{column.name} ({risk})" if column in about_finds else column.name
            made[name] = _as_texts(values) if column.categorical else values
    return made


def _as_texts(codes: Field) -> Field:
    texts = pd.Series(codes).astype("Int64").astype(object)
    return texts.where(texts.notna(), None).to_numpy(dtype=object)


def _first_versions(integers: pa.Table, movements: Movements) -> Integers:
    """The row (n,) of the first version of each movement; -1 where there is none."""
    numbers = integers["source_record_id"].to_numpy(zero_copy_only=False)
    versions = pd.DataFrame({"number": numbers, "version": integers["record_version"].to_numpy()})
    first = versions.sort_values("version", kind="stable").drop_duplicates("number")
    row = pd.Series(first.index.to_numpy(), index=first["number"])
    return row.reindex(movements.number).fillna(-1).to_numpy(dtype=np.int64)
