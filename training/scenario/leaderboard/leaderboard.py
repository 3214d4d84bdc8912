"""What somebody's scores of a made-up period are worth, beside the oracle that knows the true risk.

Everything the period carried is known, so recall can be told, and how far the scores stay behind
the best that anybody could do: the regret. The truth judges; it is never there to learn from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Column, Table

from features.errors import VardarError
from training.intervals import Figure
from training.scenario.leaderboard.rating import Rating, rated
from training.scenario.leaderboard.scores import Period, judged, period_of


@dataclass(frozen=True)
class Leaderboard:
    """All ratings of one submission, and what they were made with."""

    period: Period
    capacity: float
    per_post: bool
    since: date | None
    until: date | None
    ratings: tuple[Rating, ...]

    def table(self) -> Group:
        """What a person reads: a table of figures, and one of typologies."""
        return Group(_figures_table(self), _typologies_table(self.ratings))

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON: days as text, and null for what is not known."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def leaderboard(
    folder: Path,
    scores: Path,
    *,
    capacity: float = 0.03,
    per_post: bool = False,
    since: date | None = None,
    until: date | None = None,
    resamples: int = 500,
    seed: int = 1,
) -> Leaderboard:
    """Rates scores against the truth of a drawn period.

    Args:
        folder: Where the period was drawn to.
        scores: Parquet with a row a movement and risk: `movement` (source_record_id), `risk` (arms
            or smuggling), `score` (finite, higher for riskier).
        capacity: Share of the movements of a kind that can be inspected.
        per_post: Whether that share holds within each post and ISO week, not over all.
        since: The first day rated; None for the period's.
        until: The last day rated, included; None for the period's.
        resamples: Draws of the bootstrap.
        seed: Of these draws.

    Raises:
        VardarError: There is no such period, or the scores are not what they must be.
    """
    if not 0 < capacity <= 1:
        raise VardarError(f"capacity is {capacity}, and must be above 0 and at most 1, as 0.03 is.")
    if resamples < 1:
        raise VardarError(f"resamples is {resamples}, and must be at least 1, as 500 is.")
    if since and until and since > until:
        raise VardarError(f"--from {since} lies after --until {until}; exchange them.")
    period = period_of(folder)
    ratings = tuple(
        rated(made, capacity=capacity, per_post=per_post, resamples=resamples, seed=seed)
        for made in judged(folder, scores, since=since, until=until)
    )
    return Leaderboard(period, capacity, per_post, since, until, ratings)


def _figures_table(board: Leaderboard) -> Table:
    """A column a kind and risk: four of them fit into a narrow terminal."""
    days = f", {board.since or 'first day'} to {board.until or 'last day'}"
    where = " of each post and week" if board.per_post else ""
    table = Table(
        Column(f"{board.period.profile}, seed {board.period.seed}", width=12),
        *(Column(f"{rating.kind}\n{rating.risk}", min_width=13) for rating in board.ratings),
        title=f"Inspecting {100 * board.capacity:g} %{where}"
        + (days if board.since or board.until else ""),
    )
    for name, cell in _ROWS:
        table.add_row(name, *(cell(rating) for rating in board.ratings))
    if any(rating.scored < rating.movements for rating in board.ratings):
        table.caption = "Movements without a score rank last; leave out their days with --from."
    return table


def _typologies_table(ratings: Sequence[Rating]) -> Table:
    table = Table("kind", "risk", "typology", "carrying", "recall", "oracle")
    for rating in ratings:
        for found in rating.typologies:
            known = (_interval(found.recall), _share(found.oracle))
            cells = known if found.sufficient else ("insufficient", "")
            table.add_row(rating.kind, rating.risk, found.typology, f"{found.carrying:,}", *cells)
    return table


def _interval(figure: Figure) -> str:
    if math.isnan(figure.low):
        return _share(figure.value)
    return f"{figure.value:.3f}\n{figure.low:.2f} to {figure.high:.2f}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _calibration(rating: Rating) -> str:
    return _share(rating.calibration.error) if rating.calibration else "not 0 to 1"


_ROWS: tuple[tuple[str, Callable[[Rating], str]], ...] = (
    ("movements", lambda r: f"{r.movements:,}"),
    ("coverage", lambda r: f"{r.coverage:.1%}"),
    ("carrying", lambda r: f"{r.carrying:,}"),
    ("recall", lambda r: _interval(r.recall)),
    ("oracle's recall", lambda r: _interval(r.oracle)),
    ("regret", lambda r: _interval(r.regret)),
    ("expected regret", lambda r: _share(r.expected_regret)),
    ("precision", lambda r: _share(r.precision)),
    ("lift over chance", lambda r: "-" if math.isnan(r.lift) else f"{r.lift:.1f}"),
    ("AUC", lambda r: _interval(r.auc)),
    ("calibration error", _calibration),
)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(of) for name, of in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(of) for of in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value
