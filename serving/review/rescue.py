"""When the safety of people inside a vehicle comes before everything else on a case page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.card import BANDS
from serving.review.cases import Done
from serving.review.model_says import RiskSays
from serving.review.movement import Outcome

_FROM = BANDS.index("high")
_PEOPLE = "persons_concealed"
#: Modes in which nobody can be inside: post and pipelines.
_NOBODY_INSIDE = (5, 7)


def rescue_first(
    kind: str,
    body: Mapping[str, Any],
    *,
    risks: Iterable[RiskSays],
    outcomes: Iterable[Outcome],
    steps: Iterable[Done],
) -> bool:
    """Whether people may be inside: found hidden, or likely enough once the score was shown.

    Args:
        kind: Of the movement.
        body: The movement as declared.
        risks: What the model says, as far as it was shown to the reader.
        outcomes: Of the movement's inspections.
        steps: Of its case, outcomes recorded there among them.
    """
    if any(outcome.result == _PEOPLE for outcome in outcomes):
        return True
    if any(done.detail.get("result") == _PEOPLE for done in steps):
        return True
    if kind == "consignment" and body.get("mode_of_transport_border") in _NOBODY_INSIDE:
        return False
    return any(
        BANDS.index(band) >= _FROM
        for risk in risks
        if risk.risk == "smuggling"
        for band in (risk.band, risk.movement_band)
        if band
    )
