"""Scores of many movements at once: from tables of their integers to tables of scores, by month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.registry import FeatureSet
from features.table import matrix
from models.errors import HeadRefusedError
from models.risk_model import RiskModel

#: One row a movement, its version and risk, ordered by u and risk.
SCORE_SCHEMA = pa.schema(
    [
        ("u", pa.int64()),
        ("source_system", pa.string()),
        ("movement", pa.string()),
        ("record_version", pa.int32()),
        ("owner_post", pa.string()),
        ("subject", pa.string()),
        ("risk", pa.string()),
        ("score", pa.float64()),
        ("margin", pa.float64()),
        ("band", pa.string()),
        ("abstained", pa.string()),
    ]
)

_ROWS = 20_000  # bounds the matrix of a head to some tens of megabytes

#: Where a file of scores says what it was made of.
_MADE_OF = b"vardar.made_of"


@dataclass(frozen=True)
class BatchScored:
    """What a run scored.

    Attributes:
        rows: Rows written: movements times risks.
        abstained: How many of them have no score.
        files: Written, one a month.
    """

    rows: int
    abstained: int
    files: tuple[Path, ...]


def score_folder(
    tables: Path,
    out: Path,
    *,
    subject: str,
    heads: Mapping[str, RiskModel],
    features: FeatureSet,
    since_u: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> BatchScored:
    """Score the movements of a subject, month by month.

    A month whose file is there, made of the same integers by the same heads, is left as it is.

    Args:
        tables: Holds `<subject>-YYYY-MM.parquet` as `features.table.write_table` makes them.
        out: Gets files of the same names with `SCORE_SCHEMA`; `score` is the calibrated
            probability, null where the model abstained.
        subject: consignment or crossing.
        heads: By risk.
        features: The features the tables were made with.
        since_u: Leave out what became known before this moment.
        progress: Told how many movements were scored.

    Raises:
        HeadRefusedError: if a head was trained on other features than the tables'.
    """
    for head in heads.values():
        if head.card.spec_sha256 != features.sha256:
            raise HeadRefusedError(
                f"{head.card.name} was trained on features {head.card.spec_sha256[:12]}…, but these "
                f"tables hold {features.sha256[:12]}…: train it anew from this export."
            )
    out.mkdir(parents=True, exist_ok=True)
    files = []
    movements = 0
    for path in sorted(tables.glob(f"{subject}-*.parquet")):
        target = out / path.name
        made_of = _made_of(path, heads, features, since_u)
        if not (target.exists() and _told(target) == made_of):
            schema = SCORE_SCHEMA.with_metadata({_MADE_OF: made_of})
            unfinished = target.with_suffix(".part")
            with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
                for batch in pq.ParquetFile(path).iter_batches(_ROWS):
                    table = pa.Table.from_batches([batch])
                    if since_u is not None:
                        table = table.filter(pc.greater_equal(table["u"], since_u))
                    made = score_table(table, subject=subject, heads=heads, features=features)
                    writer.write_table(made.cast(schema))
                    movements += table.num_rows
                    progress(movements)
            unfinished.replace(target)
        files.append(target)
    silent = [pq.read_table(file, columns=["score"])["score"] for file in files]
    return BatchScored(
        sum(len(scores) for scores in silent),
        sum(scores.null_count for scores in silent),
        tuple(files),
    )


def _made_of(
    path: Path, heads: Mapping[str, RiskModel], features: FeatureSet, since_u: int | None
) -> bytes:
    """Pins the integers, the heads and the features of a file of scores."""
    with path.open("rb") as file:
        parts = [file_digest(file, "sha256").hexdigest(), features.sha256, str(since_u)]
    parts += [f"{risk}:{head.manifest_sha256}" for risk, head in sorted(heads.items())]
    return sha256("\n".join(parts).encode()).hexdigest().encode()


def _told(path: Path) -> bytes | None:
    metadata: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
    return metadata.get(_MADE_OF)


def score_table(
    table: pa.Table, *, subject: str, heads: Mapping[str, RiskModel], features: FeatureSet
) -> pa.Table:
    """Scores of a table of integers (n rows), `SCORE_SCHEMA`, n rows a risk, ordered by u and risk."""
    of_risks = [
        _of_risk(table, subject, risk, head, features) for risk, head in sorted(heads.items())
    ]
    if not of_risks:
        return SCORE_SCHEMA.empty_table()
    return pa.concat_tables(of_risks).sort_by([("u", "ascending"), ("risk", "ascending")])


def _of_risk(
    table: pa.Table, subject: str, risk: str, head: RiskModel, features: FeatureSet
) -> pa.Table:
    columns = features.columns(subject, head.card.target_results)
    head.check_columns([column.name for column in columns])
    X = matrix(table, columns)
    margins = head.margins(X)
    problems = head.support_problems(X)
    silent = np.array([problem is not None for problem in problems], np.bool_)
    probabilities = head.probabilities(margins)
    n = table.num_rows
    bands = [
        None if quiet else head.band(float(p))
        for quiet, p in zip(silent, probabilities, strict=True)
    ]
    return pa.table(
        {
            "u": table["u"],
            "source_system": table["source_system"],
            "movement": table["source_record_id"],
            "record_version": table["record_version"].cast(pa.int32()),
            "owner_post": table["owner_post"],
            "subject": pa.array([subject] * n, pa.string()),
            "risk": pa.array([risk] * n, pa.string()),
            "score": pa.array(probabilities, pa.float64(), mask=silent),
            "margin": pa.array(margins, pa.float64(), mask=silent),
            "band": pa.array(bands, pa.string()),
            "abstained": pa.array(problems, pa.string()),
        },
        SCORE_SCHEMA,
    )
