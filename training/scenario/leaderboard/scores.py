"""Somebody's scores of a made-up period beside its truth; what cannot be judged is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as dataset
from numpy.typing import NDArray

from features.errors import VardarError
from training.scenario.streams import Flags, Floats, Integers

KINDS = ("consignment", "crossing")

#: Columns of the truth about each risk: the true risk, whether it is carried, and by what typology.
RISKS = {
    "arms": ("true_risk_arms", "carries_arms", "typology_arms"),
    "smuggling": ("true_risk_smuggling", "carries_people", "typology_smuggling"),
}

_COLUMNS = ("movement", "risk", "score")
_DAY = 86_400_000_000  # microseconds
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """Which made-up period it is.

    Attributes:
        fingerprint: SHA-256 of `truth/scenario.json`: the same profile, seed and generator.
    """

    profile: str
    seed: int
    fingerprint: str


@dataclass(frozen=True)
class Judged:
    """Scores and truth of the movements of one kind, about one risk (n,).

    Attributes:
        score: What was submitted; -inf where nothing was.
        cell: Number of the post and ISO week (UTC) of the movement.
        typology: Name of the typology that drew what is carried, for the carrying alone.
    """

    kind: str
    risk: str
    score: Floats
    true_risk: Floats
    carries: Flags
    cell: Integers
    typology: NDArray[np.object_]


def period_of(folder: Path) -> Period:
    """The period drawn to this folder.

    Raises:
        VardarError: None was.
    """
    path = folder / "truth" / "scenario.json"
    if not path.exists():
        raise VardarError(
            f"{path} is missing; give the folder that `vardar scenario draw --out` has written."
        )
    text = path.read_bytes()
    told = json.loads(text)
    return Period(told["profile"]["name"], told["seed"], hashlib.sha256(text).hexdigest())


def judged(
    folder: Path, scores: Path, *, since: date | None, until: date | None
) -> Iterator[Judged]:
    """Each kind and risk that is scored, with all movements from `since` to `until`, both included.

    Raises:
        VardarError: The scores are not what they must be, or none lies in those days.
    """
    submitted = _read(scores, _COLUMNS, "give each row a movement, a risk and a score")
    _check(submitted, scores)
    truth = _read(
        folder / "truth" / "truth.parquet",
        ("source_record_id", "kind", "event_at", "post", *(c for of in RISKS.values() for c in of)),
        "draw the period with `vardar scenario draw`",
    )
    of_risk = _by_risk(submitted, truth["source_record_id"], scores, folder)
    del submitted
    truth = truth.drop_columns(["source_record_id"])
    day = truth["event_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() // _DAY
    within = np.ones(len(day), dtype=bool)
    if since is not None:
        within &= day >= (since - _EPOCH).days
    if until is not None:
        within &= day <= (until - _EPOCH).days
    if not any(np.isfinite(score[within]).any() for score in of_risk.values()):
        raise VardarError(
            f"{scores}: no movement it names lies in the days asked for; widen --from and --until."
        )
    cell = _cells(_codes(truth["post"]), day)
    for kind in KINDS:
        rows = np.flatnonzero(within & pc.equal(truth["kind"], kind).to_numpy())
        for risk, score in of_risk.items():
            if np.isfinite(score[rows]).any():
                yield _judged(kind, risk, score[rows], cell[rows], truth, rows)


def _judged(
    kind: str, risk: str, score: Floats, cell: Integers, truth: pa.Table, rows: Integers
) -> Judged:
    true_risk, carried, typology = RISKS[risk]
    carries = truth[carried].to_numpy()[rows]
    carrying = pa.array(rows[carries])
    return Judged(
        kind=kind,
        risk=risk,
        score=score,
        true_risk=truth[true_risk].to_numpy()[rows],
        carries=carries,
        cell=cell,
        typology=np.array(truth[typology].take(carrying).to_pylist(), dtype=object),
    )


def _read(path: Path, columns: Sequence[str], otherwise: str) -> pa.Table:
    if not path.exists():
        raise VardarError(f"There is no {path}; {otherwise}.")
    try:
        held = dataset.dataset(str(path), format="parquet")
    except pa.ArrowInvalid as error:
        raise VardarError(f"{path} is no Parquet file; {otherwise}.") from error
    if missing := [name for name in columns if name not in held.schema.names]:
        raise VardarError(f"{path} lacks the columns {', '.join(missing)}; {otherwise}.")
    return held.to_table(columns=list(columns))


def _check(submitted: pa.Table, path: Path) -> None:
    """Refuses what is wrong with the scores by themselves."""
    if not len(submitted):
        raise VardarError(f"{path} holds no scores; give each row a movement, a risk and a score.")
    for name in ("movement", "risk"):
        if not _is_text(kind := submitted.schema.field(name).type):
            raise VardarError(
                f"{path}: column {name} is {kind}, and must be text; cast it to strings."
            )
    kind = submitted.schema.field("score").type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise VardarError(
            f"{path}: column score is {kind}, and must be a number, higher for riskier; cast it."
        )
    if odd := [risk for risk in pc.unique(submitted["risk"]).to_pylist() if risk not in RISKS]:
        raise VardarError(
            f"{path}: column risk says {odd[0]!r}, and must be {' or '.join(RISKS)}; rename it, or "
            "leave those rows out."
        )
    score = submitted["score"].cast(pa.float64(), safe=False).to_numpy()
    if len(broken := np.flatnonzero(~np.isfinite(score))):
        raise VardarError(
            f"{path}: column score is empty, NaN or infinite in {len(broken):,} rows, first for "
            f"movement {submitted['movement'][broken[0]].as_py()!r}, and must be finite; leave those "
            "rows out, and the movements rank last."
        )


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _by_risk(
    submitted: pa.Table, numbers: pa.ChunkedArray, path: Path, folder: Path
) -> dict[str, Floats]:
    """By risk, the score (m,) of each of the m movements of the truth; -inf where there is none."""
    movement = submitted["movement"].cast(pa.string())
    found = pc.index_in(movement, value_set=numbers)
    if found.null_count:
        first = movement.filter(found.is_null())[0].as_py()
        raise VardarError(
            f"{path}: column movement names {found.null_count:,} movements that {folder} does not "
            f"know, first {first!r}, and must name those of one period; draw the period that was "
            "scored, with its profile and seed."
        )
    row = found.to_numpy()
    score = submitted["score"].cast(pa.float64(), safe=False).to_numpy()
    of_risk = {}
    for risk in RISKS:
        about = pc.equal(submitted["risk"], risk).to_numpy()
        full = np.full(len(numbers), -np.inf)
        full[row[about]] = score[about]
        if np.isfinite(full).sum() < about.sum():
            values, times = np.unique(row[about], return_counts=True)
            twice = numbers[int(values[times.argmax()])].as_py()
            raise VardarError(
                f"{path}: movement {twice!r} has {times.max()} scores for {risk}, and must have one; "
                "keep the highest of each movement and risk."
            )
        of_risk[risk] = full
    return of_risk


def _cells(post: Integers, day: Integers) -> Integers:
    """Numbers (n,) of posts and ISO weeks; the first Monday before 1970 is day -3."""
    week = (day + 3) // 7
    return np.asarray(post * (week.max() + 1) + week)


def _codes(names: pa.ChunkedArray) -> Integers:
    codes: Integers = pc.index_in(names, value_set=pc.unique(names)).to_numpy().astype(np.int64)
    return codes
