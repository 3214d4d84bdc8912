"""Whether the integers a day's scores were made of are those the offline engine makes of the ledger.

Every score keeps the integers it was made of, with its u. A sample of a day is derived anew from
an export of the ledger; not one cell may differ.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from features.errors import VardarError
from features.ledger import tables
from features.ledger.arrivals import microseconds
from features.ledger.connection import reading
from features.ledger.packing import unpack_integers
from features.ledger.store import Ledger
from features.table import Cell, differing_cells
from serving import scores
from serving.answers import Score
from serving.explaining import features_of
from serving.offline_integers import offline_integers, origin


class NoScores(VardarError):
    """Nothing was scored on that day."""


@dataclass(frozen=True)
class Verified:
    """What became of a day's sample.

    Attributes:
        scored: How many scores the day has.
        checked: How many were derived anew.
        cells: How many integers were compared.
        differing: The integers that differ: as served, and as derived.
    """

    day: date
    scored: int
    checked: int
    cells: int
    differing: tuple[Cell, ...]


def latest_day(ledger: Ledger) -> date:
    """The UTC day of the latest score.

    Raises:
        NoScores: if there is none.
    """
    c = tables.scores.c
    with reading(ledger.engine) as connection:
        u = connection.execute(select(c.u).order_by(c.u.desc()).limit(1)).scalar()
    if u is None:
        raise NoScores("Nothing has been scored in this store yet.")
    return datetime.fromtimestamp(u / 1e6, UTC).date()


def verify(ledger: Ledger, *, day: date, sample: int, seed: int) -> Verified:
    """Derive a sample of a day's served integers anew and compare them, cell by cell.

    Args:
        ledger: The store.
        day: The UTC day on which the movements became known.
        sample: How many scores, drawn by seed; all of them if there are fewer.
        seed: Of the draw.

    Raises:
        NoScores: if nothing was scored on that day.
        HeadRefusedError: if the program's features are others than those of the scores.
    """
    ids = _ids_of_day(ledger, day)
    if not ids:
        raise NoScores(f"Nothing was scored on {day}; name another day with --day.")
    chosen = ids if len(ids) <= sample else random.Random(seed).sample(ids, sample)  # noqa: S311
    with reading(ledger.engine) as connection:
        found = [score for i in chosen if (score := scores.by_id(connection, i))]
    cells, differing = 0, []
    for (epoch, subject, _), group in groupby(sorted(found, key=origin), key=origin):
        of_group = list(group)
        served = _served(of_group)
        derived = offline_integers(ledger, epoch, subject, of_group).select(served.column_names)
        cells += served.num_rows * (served.num_columns - 1)
        differing += differing_cells(served, derived)
    return Verified(day, len(ids), len(found), cells, tuple(differing))


def _ids_of_day(ledger: Ledger, day: date) -> list[str]:
    start = datetime.combine(day, time(), tzinfo=UTC)
    c = tables.scores.c
    query = (
        select(c.score_id)
        .where(c.u >= microseconds(start), c.u < microseconds(start + timedelta(days=1)))
        .order_by(c.epoch, c.u)
    )
    with reading(ledger.engine) as connection:
        return list(connection.execute(query).scalars())


def _served(group: Sequence[Score]) -> pa.Table:
    """The integers as stored with the scores: `u` and one column an integer, ordered by u."""
    ordered = sorted(group, key=lambda score: score.u)
    names = features_of(group[0]).integer_names[group[0].subject]
    values = np.array([unpack_integers(score.integers) for score in ordered], np.int64)
    columns = {name: values[:, place] for place, name in enumerate(names)}
    return pa.table({"u": np.array([score.u for score in ordered], np.int64), **columns})
