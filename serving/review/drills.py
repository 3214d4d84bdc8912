"""Drills: now and then a score is shown known-wrong and too high, to see whether people follow it.

What is decided under a drill does not count. Right after it the page says that it was a drill and
what the score really is, and asks for the decision again: so nobody is searched for a drill. A drill
never lowers a band, never touches a mandatory rule, and is shown only to those who decide.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from models.card import BANDS, BandName
from models.errors import ModelError
from models.languages import Language
from models.policy import random_draw
from models.verdicts import band_in_words, recommendation_in_words
from models.words import base_rate
from serving.access.principal import Principal
from serving.answers import Score
from serving.explaining import Explainer
from serving.review.cases import Done
from serving.review.states import State, Step
from serving.review.stepping import Seen

#: By so many bands a drill raises what is shown, as far as there are any.
_RAISED = 2


@dataclass(frozen=True)
class Drill:
    """What is shown in place of the truth.

    Attributes:
        true_band: The movement's band.
        shown_band: A higher one.
        shown_probability: Where the shown band begins: words about it agree with the band.
    """

    risk: str
    true_band: BandName
    shown_band: BandName
    shown_probability: float


def drawn(
    seen: Seen, score: Score, *, draws: bytes, share: float, explainer: Explainer
) -> Drill | None:
    """The drill that a reader is about to be shown, if there is to be one.

    Everybody who is shown the same score is shown the same, until somebody has been told.

    Args:
        seen: The case, for whoever is about to be shown its score.
        score: The case's latest.
        draws: The deployment's key of random draws.
        share: Of the scores shown that are drills, in [0, 1].
        explainer: Knows the heads, whose cards say where bands begin.
    """
    undecided = seen.case.state in (State.VIEWED, State.REVEALED)
    if not undecided or "decide" not in seen.by.scopes or told_of(seen) is not None:
        return None
    if score.answer["basis"]["policy"]["mandatory"]:
        return None
    key = hmac.digest(draws, b"the key of drills", "sha256")
    if random_draw(key, f"{seen.case.case_id}|{score.score_id}") >= share:
        return None
    found = (_raised(score, risk, explainer) for risk in _held(seen.by, score))
    return next((drill for drill in found if drill), None)


def current(seen: Seen) -> Drill | None:
    """The drill that the reader is being shown, not knowing it; None for nearly everybody."""
    if seen.reveal is None or told_of(seen) is not None:
        return None
    return drill_of(seen.reveal)


def told_of(seen: Seen) -> Done | None:
    """The decision after which the case's latest score was told to be a drill, if it was."""
    return next(
        (
            done
            for done in seen.steps
            if done.step is Step.DRILL and done.score_id == seen.case.score_id
        ),
        None,
    )


def drill_of(done: Done) -> Drill | None:
    """What a step's detail says of a drill."""
    stored = done.detail.get("drill")
    return Drill(**stored) if stored else None


def detail_of(drill: Drill | None) -> dict[str, Any]:
    """What a step's detail says of a drill, to be stored."""
    return {"drill": asdict(drill)} if drill else {}


def shown_band(seen: Seen, score: Score, risk: str) -> BandName | None:
    """The band of a risk that the reader is to see, wherever one is shown; None without any.

    Only where `seen.revealed`: before, there is none to be seen.
    """
    drill = current(seen)
    if drill and drill.risk == risk:
        return drill.shown_band
    return cast("BandName | None", score.answer["risks"][risk]["movement_band"])


def shown_answer(
    told: Mapping[str, Any], drill: Drill | None, spoken: Language
) -> Mapping[str, Any]:
    """An answer as the reader is to see it; `told` is the true one, in the reader's language.

    Call it before `Access.shown`. Reasons stay true: that they do not bear the band out is what a
    drill lets one notice.
    """
    if drill is None:
        return told
    true = told["risks"][drill.risk]
    raised = {
        **true,
        "band": drill.shown_band,
        "movement_band": drill.shown_band,
        "probability": drill.shown_probability,
        "in_words": base_rate(drill.shown_probability, language=spoken),
    }
    advice = {**told["recommendation"], "action": "inspect", "because": "model"}
    return {
        **told,
        "risks": {**told["risks"], drill.risk: raised},
        "recommendation": advice,
    }


def shown_explanation(
    explained: Mapping[str, Any], drill: Drill | None, spoken: Language
) -> Mapping[str, Any]:
    """An explanation as the reader is to see it; its contributions stay true."""
    if drill is None:
        return explained
    raised = {
        **explained["risks"][drill.risk],
        "band_in_words": band_in_words(drill.shown_band, language=spoken),
    }
    return {
        **explained,
        "risks": {**explained["risks"], drill.risk: raised},
        "recommendation_in_words": recommendation_in_words("inspect", "model", language=spoken),
    }


def shown_recommendation(seen: Seen, score: Score) -> Mapping[str, Any]:
    """Action and because that the reader is to see."""
    if current(seen):
        return {"action": "inspect", "because": "model"}
    said: Mapping[str, Any] = score.answer["recommendation"]
    return said


def _held(by: Principal, score: Score) -> list[str]:
    return sorted(risk for risk in score.answer["risks"] if risk in by.scopes)


def _raised(score: Score, risk: str, explainer: Explainer) -> Drill | None:
    said = score.answer["risks"][risk]
    if "probability" not in said or said["movement_band"] == BANDS[-1]:
        return None
    true = said["movement_band"]
    raised = BANDS[min(BANDS.index(true) + _RAISED, len(BANDS) - 1)]
    try:
        begins = dict(explainer.head(score.heads[risk]).card.bands)
    except ModelError:
        # Without the head nobody knows where its bands begin.
        return None
    return Drill(risk, true, raised, begins[raised]) if raised in begins else None
