"""What the parameters decided about learning, in sentences."""

from __future__ import annotations

from training.documents.wording import figure, percent, spoken
from training.params import Params

_HEADS = {
    "nested": "half of each unless another mixture would have found more in the past's own future",
    "blend": "half of each",
    "trees": "here the trees alone",
    "logistic": "here the regression alone",
}


def head_choice(params: Params) -> str:
    """Which of trees and logistic regression serve."""
    return _HEADS.get(params.fit.head, spoken(params.fit.head))


def embargo(params: Params) -> str:
    """What is left out before each cut."""
    days = params.split.embargo_days
    if days == "measured":
        share = percent(params.split.matured_share)
        return f"the time in which {share} of the outcomes become known is left out"
    return f"{days} days are left out"


def test_days(params: Params) -> str:
    """Which days no fit sees."""
    if params.split.test_days:
        return f"the last {params.split.test_days} days of the records"
    return f"the days from {params.split.test_from} on"


def valid_days(params: Params) -> str:
    """Which days calibrate."""
    if params.split.valid_days:
        return f"the {params.split.valid_days} days before them"
    return f"the days from {params.split.valid_from} until then"


def detection(params: Params) -> list[tuple[str, str]]:
    """Control level, and how likely it is taken to find what is there."""
    return [(spoken(level), figure(share)) for level, share in params.fit.detection.items()]
