"""What the model says of a movement, and why, as far as its reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from models.card import Card
from models.languages import Language
from models.verdicts import recommendation_in_words
from models.words import CLAIM, rate
from serving.access.principal import Principal
from serving.answers import Score
from serving.deployment import Deployment
from serving.review.similar import Share, share
from serving.review.strip import strip
from serving.review.waterfall import Waterfall, waterfall
from serving.review.wording import RISKS, said

#: A share of the like is told of so many at least: an interval of fewer spans nearly everything.
_ENOUGH = 10


@dataclass(frozen=True)
class Why:
    """One reason.

    Attributes:
        raises: Whether it raises the risk.
        usual: The usual range in words, if there is one.
        plot: Where this movement lies beside it.
    """

    sentence: str
    raises: bool
    usual: str | None
    plot: Markup | None


@dataclass(frozen=True)
class RiskSays:
    """One risk; what its reader may not see is None or empty.

    Attributes:
        name: The risk in words.
        band: None where the model abstained.
        movement_band: The highest over the movement's versions, where that is above `band`.
        base_rate: What it comes to beside all movements, in words.
        sure: What an interval of the like says, in words.
        learnt: From how much the model learnt, in words.
        abstained: Why there is no probability.
        head: Name and version of the head, with its manifest's hash and last day of training.
        what_lowers: Note and sentences of what would have lowered it.
    """

    risk: str
    name: str
    band: str | None
    movement_band: str | None
    base_rate: str | None
    sure: str | None
    learnt: str | None
    abstained: str | None
    reasons: Sequence[Why]
    rules: Sequence[str]
    bars: Waterfall | None
    doubts: Sequence[str]
    what_lowers: tuple[str, Sequence[str]] | None
    head: str | None


@dataclass(frozen=True)
class ModelSays:
    """All of it.

    Attributes:
        recommended: What is recommended and because of what, in words.
        by_chance: Whether chance named the movement.
        model: Name and version of the model, where one may see it.
    """

    risks: Sequence[RiskSays]
    recommended: str | None
    by_chance: bool
    model: str | None


def model_says(
    here: Deployment, by: Principal, score: Score, results: Sequence[str], spoken: Language
) -> ModelSays:
    """What is told to one reader; everything passes the policy's fields first.

    Args:
        here: The deployment.
        by: The reader, to whom the score was shown.
        score: Of the movement.
        results: Of past inspections of the like, known before.
        spoken: The reader's language.

    Raises:
        ModelError: when a head is gone or was altered.
    """
    rows = here.explainer.rows(score)
    told = here.access.shown(by, "Answer", here.explainer.told(score, rows, spoken=spoken))
    explained: Mapping[str, Any] = {}
    if "explain" in by.scopes:
        whole = here.explainer.explanation(score, spoken=spoken)
        explained = here.access.shown(by, "Explanation", whole).get("risks", {})
    heads = score.heads if told.get("model") else {}
    risks = []
    for risk, of_answer in told.get("risks", {}).items():
        card = here.explainer.head(heads[risk]).card if risk in heads else None
        of_risk = [rule["sentence"] for rule in told.get("rules", ()) if rule["risk"] == risk]
        risks.append(
            _risk(
                risk, of_answer, explained.get(risk, {}), of_risk, card, results,
                heads.get(risk), spoken,
            )
        )  # fmt: skip
    recommended = told.get("recommendation")
    model = told.get("model")
    return ModelSays(
        risks,
        recommended
        and recommendation_in_words(recommended["action"], recommended["because"], language=spoken),
        by_chance=bool(recommended) and recommended["because"] == "random",
        model=model and spoken.say("{name}, version {version}", **model),
    )


def hidden_results(here: Deployment, by: Principal, kind: str) -> frozenset[str]:
    """Results of inspections that belong only to risks the reader does not hold."""
    every = here.scoring.assessor.target_results(kind)
    held = {result for risk, results in every.items() if risk in by.scopes for result in results}
    return frozenset(result for results in every.values() for result in results) - held


def _risk(
    risk: str,
    told: Mapping[str, Any],
    explained: Mapping[str, Any],
    rules: Sequence[str],
    card: Card | None,
    results: Sequence[str],
    manifest: str | None,
    spoken: Language,
) -> RiskSays:
    band, movement_band = told.get("band"), told.get("movement_band")
    lowering = explained.get("what_would_have_lowered_it")
    of_like = share(results, card.target_results) if card and "probability" in told else None
    return RiskSays(
        risk=risk,
        name=said(spoken, RISKS, risk),
        band=band,
        movement_band=movement_band if movement_band != band else None,
        base_rate=_base_rate(told, spoken),
        sure=_sure(of_like, spoken) if of_like else None,
        learnt=_learnt(card, spoken) if card else None,
        abstained=told.get("reason") if told.get("abstained") else None,
        reasons=[_why(reason, spoken) for reason in told.get("reasons") or ()],
        rules=rules,
        bars=waterfall(explained, spoken),
        doubts=[doubt["sentence"] for doubt in explained.get("why_this_may_be_wrong", ())],
        what_lowers=(lowering["note"], [c["sentence"] for c in lowering["changes"]])
        if lowering and lowering["changes"]
        else None,
        head=_head(card, str(manifest), spoken) if card else None,
    )


def _base_rate(told: Mapping[str, Any], spoken: Language) -> str | None:
    if "in_words" not in told:
        return None
    return spoken.say(
        "Finds: {like}; {overall} of all movements.",
        like=told["in_words"],
        overall=told["base_rate_in_words"],
    )


def _sure(of_like: Share, spoken: Language) -> str:
    if of_like.of < _ENOUGH:
        return spoken.say_counted(
            "Only {n} movement like this was inspected before: too few for a range.",
            "Only {n} movements like this were inspected before: too few for a range.",
            n=of_like.of,
        )
    found = spoken.say_counted(
        "Of {of} movements like this that were inspected before, {n} was a find of this kind.",
        "Of {of} movements like this that were inspected before, {n} were finds of this kind.",
        n=of_like.hits,
        of=spoken.signed(f"{of_like.of:,}"),
    )
    high = rate(of_like.high, language=spoken)
    if of_like.hits == 0:
        span = spoken.say("Their share may be up to {high} (95 % interval).", high=high)
    else:
        span = spoken.say(
            "Their share lies between {low} and {high} (95 % interval).",
            low=rate(of_like.low, language=spoken),
            high=high,
        )
    chosen = spoken.words("They were chosen on suspicion as well as by chance.")
    return f"{found} {span} {chosen}"


def _learnt(card: Card, spoken: Language) -> str:
    return spoken.say_counted(
        "The model learnt from {n} find among {rows} inspected movements.",
        "The model learnt from {n} finds among {rows} inspected movements.",
        n=card.trained_hits,
        rows=spoken.signed(f"{card.trained_rows:,}"),
    )


def _why(reason: Mapping[str, Any], spoken: Language) -> Why:
    usual = reason.get("usual_in_words")
    plot = None
    # Of a claim that holds or not there is nothing to plot.
    if usual and reason["unit"] != CLAIM and reason["usual_low"] != reason["usual_high"]:
        plot = strip(
            reason["value"],
            usual_low=reason["usual_low"],
            usual_high=reason["usual_high"],
            said=usual,
            spoken=spoken,
        )
    return Why(reason["sentence"], reason["direction"] == "raises", usual, plot)


def _head(card: Card, manifest: str, spoken: Language) -> str:
    return spoken.say(
        "{name}, version {version}, learnt from movements up to {date}, manifest {hash}",
        name=card.name,
        version=card.version,
        date=spoken.date(datetime.fromisoformat(card.trained_to).date()),
        hash=manifest[:12],
    )
