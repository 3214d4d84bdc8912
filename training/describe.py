"""What a head's card says: where it comes from, what it has seen, what its probabilities mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np

from features.keys import ENTITY_KEYS, EXTRA_PREFIX
from features.registry import FeatureSet
from features.spec import Column, Feature, Floats, Integers
from models.calibration import Calibration
from models.card import BandName, Card, CardColumn
from models.risk_model import RiskModel, Scorer
from models.support import support_of
from training.params import BandShares, CalibrateParams, RaisedBand, Subject

_RAISED: tuple[RaisedBand, ...] = ("medium", "high", "very_high")
_NO_BANDS: tuple[tuple[BandName, float], ...] = (("low", 0.0), *((name, 1.0) for name in _RAISED))


@dataclass(frozen=True)
class Seen:
    """The movements a head was made from, inspected or not.

    Attributes:
        X: What the columns say (n, f), categories in raw codes.
        event_at: Times of those that had a label and trained, microseconds since 1970 UTC.
        recent: Rows whose probabilities say how they spread in use: the latest, and least seen.
        rows: How many had a label that trained.
        hits: How many of those were hits.
        base_rate: Share of hits among movements at large, as far as can be told.
    """

    X: Floats
    event_at: Integers
    recent: Integers
    rows: int
    hits: int
    base_rate: float


def described(
    scorer: Scorer,
    calibration: Calibration,
    *,
    subject: Subject,
    risk: str,
    target: tuple[str, ...],
    features: FeatureSet,
    card_columns: tuple[CardColumn, ...],
    seen: Seen,
    params: CalibrateParams,
    metrics: dict[str, float],
    notes: str,
) -> RiskModel:
    """A scorer with its calibration and its card: a head."""
    columns = features.columns(subject, target)
    trained_to = _iso(seen.event_at.max())
    version = f"{trained_to[:10]}-{sha256(scorer.to_bytes()).hexdigest()[:8]}"
    card = Card(
        name=f"{subject}-{risk}",
        version=version,
        subject=subject,
        risk=risk,
        target_results=target,
        kind=scorer.kind,
        columns=card_columns,
        base_rate=seen.base_rate,
        bands=_NO_BANDS,
        trained_from=_iso(seen.event_at.min()),
        trained_to=trained_to,
        trained_rows=seen.rows,
        trained_hits=seen.hits,
        spec_sha256=features.sha256,
        extra_keys=features.extra_keys,
        extension=dict(features.extension),
        support=support_of(
            seen.X,
            names=[c.name for c in columns],
            categorical={c.name for c in columns if c.categorical},
            key_columns={c.name for c in columns if needs_key(c)},
            unbounded={c.name for c in columns if has_past(c)},
        ),
        metrics=metrics,
        notes=notes,
    )
    model = RiskModel(card, calibration, scorer)
    p = np.sort(model.probabilities(model.margins(seen.X[seen.recent])))[::-1]
    scales = {"bands": _bands(params.band_shares, p), "top_shares": _tops(params.top_shares, p)}
    # Validated anew, which `model_copy` would not do.
    return RiskModel(Card(**dict(card) | scales), calibration, scorer)


def card_columns_of(
    X: Floats, columns: Sequence[Column], *, levels: Mapping[str, dict[str, int]]
) -> tuple[CardColumn, ...]:
    """The card's columns with what is usual in rows (n, f)."""
    made = []
    for j, column in enumerate(columns):
        known = X[~np.isnan(X[:, j]), j]
        if column.categorical:
            made.append(CardColumn.of(column, levels=levels[column.name]))
        elif len(known):
            low, high = (float(q) for q in np.percentile(known, (10, 90)))
            made.append(CardColumn.of(column, usual_low=low, usual_high=high))
        else:
            made.append(CardColumn.of(column))
    return tuple(made)


def needs_key(column: Column) -> bool:
    """Whether a column is known only for a movement that names the party or vehicle it is about."""
    keys = {part.key for part in column.inputs if isinstance(part, Feature)}
    return any(key in ENTITY_KEYS or key.startswith(EXTRA_PREFIX) for key in keys)


def has_past(column: Column) -> bool:
    """Whether a column is made of history, whose numbers grow with the ledger."""
    return column.family == "convoy" or any(isinstance(part, Feature) for part in column.inputs)


def reached(falling: Floats, share: float) -> float:
    """The lowest probability that at most this share of the movements reaches; 1 if there is none.

    Movements of one probability are selected together or not at all: where the share would end
    among them, it ends above them.
    """
    # 0.29 of 100 is 28.999999999999996: a share that is whole movements must stay whole.
    most = math.floor(share * len(falling) + 1e-9)
    if most >= len(falling):
        return float(falling[-1])
    above = falling[falling > falling[most]]
    return float(above[-1]) if len(above) else 1.0


def _bands(shares: BandShares, falling: Floats) -> tuple[tuple[BandName, float], ...]:
    """Lower ends of the bands, such that at most this share of the movements reaches each."""
    ends = np.maximum.accumulate([reached(falling, shares[name]) for name in _RAISED])
    return (("low", 0.0), *zip(_RAISED, ends.tolist(), strict=True))


def _tops(shares: Sequence[float], falling: Floats) -> tuple[tuple[float, float], ...]:
    return tuple((share, reached(falling, share)) for share in sorted(shares))


def _iso(microseconds: int) -> str:
    return datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC).isoformat()
