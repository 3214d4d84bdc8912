"""Does a head keep silent about what it never learnt, and about nothing else?

Ordinary movements of the days after training must be scored; the same movements, changed until they
belong to another regime (`training.assurance.out_of_support`), must not. Families count alike,
however many movements each moves: what is unlike anything seen has no natural frequency.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from rich.table import Table

from features.finish import finished
from features.registry import FeatureSet
from features.spec import MISSING, Column, Floats, Integers
from models.risk_model import RiskModel
from training.assurance.out_of_support import Ordinary, families_of
from training.heads import split_of
from training.intervals import Figure
from training.labels import Flags
from training.params import Params
from training.shares import Z_95, wilson

ORDINARY = "ordinary"
FOREIGN = "foreign"
_ORDINARY_TOLD = "Ordinary movements of the days after training"
_FOREIGN_TOLD = "Import declarations of another country: Korea's, as they were published"


@dataclass(frozen=True)
class Silence:
    """How often one head abstained on one kind of movement.

    Attributes:
        head: The head's name.
        family: `ORDINARY`, `FOREIGN` or a family's name.
        told: What happened to the movements, in words.
        movements: How many the head was asked about.
        abstained: On how many of them it did.
        because: What its reasons begin with, the commonest first.
    """

    head: str
    family: str
    told: str
    movements: int
    abstained: int
    because: tuple[str, ...]

    @property
    def share(self) -> Figure:
        """The share it abstained on, with a 95 % interval (Wilson); unknown of no movement."""
        if not self.movements:
            return Figure(math.nan, math.nan, math.nan)
        return wilson(self.abstained, self.movements)


def silences(
    head: RiskModel,
    movements: pa.Table,
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    params: Params,
    seed: int,
    foreign: pa.Table | None = None,
) -> Iterator[Silence]:
    """What a head keeps silent about, family by family, the ordinary movements first.

    Args:
        head: The head; it learnt from the movements before the test of `params`.
        movements: Integers of its subject's movements.
        outcomes: Outcomes of inspections, from which the head learnt.
        features: The features they were made with.
        params: Says where the test begins.
        seed: Of what is drawn.
        foreign: Integers of another country's movements, if there are any.
    """
    columns = features.columns(head.card.subject, head.card.target_results)
    head.check_columns([column.name for column in columns])
    parts = split_of(movements, outcomes, risk=head.card.risk, params=params)
    ordinary = _ordinary(movements, columns, later=parts.test.within, past=parts.past.within)
    name = head.card.name
    yield _silence(head, name, ORDINARY, _ORDINARY_TOLD, finished(columns, ordinary.later))
    for place, family in enumerate(families_of(head.card.subject)):
        changed = family.change(ordinary, np.random.default_rng((seed, place)))
        moved = {
            integer: values[changed.moved]
            for integer, values in {**ordinary.later, **changed.integers}.items()
        }
        yield _silence(head, name, family.name, family.told, finished(columns, moved))
    if foreign is not None:
        yield _silence(head, name, FOREIGN, _FOREIGN_TOLD, _foreign(foreign, columns))


def pooled(found: Iterable[Silence]) -> list[Silence]:
    """Silences of several periods, those of one head and family added up."""
    together: dict[tuple[str, str], list[Silence]] = {}
    for silence in found:
        together.setdefault((silence.head, silence.family), []).append(silence)
    return [
        Silence(
            head=head,
            family=family,
            told=of[0].told,
            movements=sum(s.movements for s in of),
            abstained=sum(s.abstained for s in of),
            because=tuple(dict.fromkeys(text for s in of for text in s.because))[:2],
        )
        for (head, family), of in together.items()
    ]


def out_of_support_share(found: Sequence[Silence]) -> Figure:
    """The mean over one head's families of the share it abstained on, with a 95 % interval."""
    shares = [s.share.value for s in found if s.family != ORDINARY and s.movements]
    if not shares:
        return Figure(math.nan, math.nan, math.nan)
    counts = [s.movements for s in found if s.family != ORDINARY and s.movements]
    variance = sum(p * (1 - p) / n for p, n in zip(shares, counts, strict=True))
    mean, half = float(np.mean(shares)), Z_95 * math.sqrt(variance) / len(shares)
    return Figure(mean, max(0.0, mean - half), min(1.0, mean + half))


def abstention_figures(found: Sequence[Silence]) -> dict[str, float]:
    """Figures under flat names, as shares.

    `ordinary` and `out_of_support` are those of the worst head, `lowest_family` of the family that
    is passed by least often; the rest are named after head and family.
    """
    by_head = _by_head(found)
    usual = [next(s for s in of if s.family == ORDINARY).share for of in by_head.values()]
    odd = {name: out_of_support_share(of) for name, of in by_head.items()}
    families = [s.share.value for s in found if s.family != ORDINARY and s.movements]
    figures = {
        "ordinary": max(share.value for share in usual),
        "ordinary_high": max(share.high for share in usual),
        "out_of_support": min(share.value for share in odd.values()),
        "out_of_support_low": min(share.low for share in odd.values()),
        "lowest_family": min(families, default=math.nan),
    }
    figures |= {f"{s.head}_{s.family}": s.share.value for s in found}
    return {name: round(value, 6) for name, value in figures.items() if not math.isnan(value)}


def abstention_tables(found: Sequence[Silence]) -> list[Table]:
    """A table a head: one line a family, and their mean."""
    tables = []
    for head, of in _by_head(found).items():
        table = Table("movements", "how many", "abstained", "95 % interval", "because of")
        table.title, table.title_justify = head, "left"
        for column in table.columns[1:4]:
            column.justify, column.no_wrap = "right", True
        for silence in of:
            if not silence.movements:
                table.add_row(silence.told, "0", "none", "", "the past has them all")
                continue
            shares, first = _written(silence.share), silence.because[:1]
            table.add_row(silence.told, f"{silence.movements:,}", *shares, *first)
        table.add_section()
        table.add_row("mean of the families", "", *_written(out_of_support_share(of)))
        tables.append(table)
    return tables


def _silence(head: RiskModel, name: str, family: str, told: str, X: Floats) -> Silence:
    problems = [problem for problem in head.support_problems(X) if problem is not None]
    begins = Counter(problem.partition(":")[0] for problem in problems)
    often = sorted(begins, key=lambda text: (-begins[text], text))
    return Silence(name, family, told, len(X), len(problems), tuple(often[:2]))


def _ordinary(
    movements: pa.Table, columns: Sequence[Column], *, later: Flags, past: Flags
) -> Ordinary:
    names = sorted({name for column in columns for name in column.input_names})
    integers = {name: movements[name].to_numpy() for name in names}

    def part(rows: Flags) -> Mapping[str, Integers]:
        return {name: values[rows] for name, values in integers.items()}

    return Ordinary(later=part(later), past=part(past), columns=columns)


def _foreign(movements: pa.Table, columns: Sequence[Column]) -> Floats:
    """Another country's movements as a head reads them; what it does not record is not known."""
    names = {name for column in columns for name in column.input_names}
    unknown = np.full(movements.num_rows, MISSING, np.int64)
    return finished(
        columns,
        {
            name: movements[name].to_numpy() if name in movements.column_names else unknown
            for name in names
        },
    )


def _by_head(found: Sequence[Silence]) -> dict[str, list[Silence]]:
    heads: dict[str, list[Silence]] = {}
    for silence in found:
        heads.setdefault(silence.head, []).append(silence)
    return heads


def _written(share: Figure) -> tuple[str, str]:
    return f"{share.value:.2%}", f"{share.low:.2%} to {share.high:.2%}"
