"""What the model says of a movement, and why, as far as its reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from models.card import BANDS, BandName, Card
from models.errors import ModelError
from models.languages import Language
from models.verdicts import recommendation_in_words
from models.words import rate
from serving.access.principal import Principal
from serving.answers import Score
from serving.deployment import Deployment
from serving.review.drills import Drill, shown_answer, shown_explanation
from serving.review.similar import PastCase, Share, share
from serving.review.strip import strip
from serving.review.waterfall import Waterfall, waterfall
from serving.review.wording import RISKS, said
from serving.telling import told_in

#: A share of the like is told of so many at least: an interval of fewer spans nearly everything.
_ENOUGH = 10
#: Reasons told, as an answer tells them.
_REASONS = 5


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
    band: BandName | None
    movement_band: BandName | None
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
        is_whole: Whether reasons could be made; else the head that was asked is gone or was altered.
    """

    risks: Sequence[RiskSays]
    recommended: str | None
    by_chance: bool
    model: str | None
    is_whole: bool


def model_says(
    here: Deployment,
    by: Principal,
    score: Score,
    like: Sequence[PastCase],
    spoken: Language,
    *,
    drill: Drill | None = None,
) -> ModelSays:
    """What is told to one reader; everything passes the policy's fields first.

    Args:
        here: The deployment.
        by: The reader, to whom the score was shown.
        score: Of the movement.
        like: Past inspections of the like, known before.
        spoken: The reader's language.
        drill: What is shown in place of the truth, now and then.
    """
    told, explained, cards = _made(here, by, score, spoken, drill)
    risks = []
    for risk, of_answer in told.get("risks", {}).items():
        of_risk = [rule["sentence"] for rule in told.get("rules", ()) if rule["risk"] == risk]
        about = _About(cards.get(risk), score.heads.get(risk), of_risk)
        risks.append(_risk(risk, of_answer, (explained or {}).get(risk, {}), about, like, spoken))
    # Whatever is highest is read first.
    risks.sort(key=lambda one: BANDS.index(one.band) if one.band else -1, reverse=True)
    recommended, model = told.get("recommendation"), told.get("model")
    return ModelSays(
        risks,
        recommended
        and recommendation_in_words(recommended["action"], recommended["because"], language=spoken),
        by_chance=recommended is not None and recommended["because"] == "random",
        model=model and spoken.say("{name}, version {version}", **model),
        is_whole=explained is not None,
    )


def hidden_results(here: Deployment, by: Principal, kind: str) -> frozenset[str]:
    """Results of inspections that belong only to risks the reader does not hold."""
    assessor = here.scoring.assessor
    every = {risk: assessor.target_results(kind, risk) for of, risk in assessor.risks if of == kind}
    held = {result for risk, results in every.items() if risk in by.scopes for result in results}
    return frozenset(result for results in every.values() for result in results) - held


@dataclass(frozen=True)
class _About:
    """What a risk rests on: the card of its head and its manifest's hash, and the rules that apply."""

    card: Card | None
    manifest: str | None
    rules: Sequence[str]


def _made(
    here: Deployment, by: Principal, score: Score, spoken: Language, drill: Drill | None
) -> tuple[Mapping[str, Any], Mapping[str, Any] | None, Mapping[str, Card]]:
    """The answer, the explanation by risk (None if it cannot be made any more), cards by risk."""
    explained: Mapping[str, Any] = {}
    try:
        explains = "explain" in by.scopes
        answer = here.explainer.told(score, None, spoken=spoken, with_reasons=not explains)
        answer = shown_answer(answer, drill, spoken)
        if explains:
            whole = shown_explanation(
                here.explainer.explanation(score, spoken=spoken, with_columns=False), drill, spoken
            )
            explained = here.access.shown(by, "Explanation", whole).get("risks", {})
            answer = _with_reasons(answer, whole["risks"])
        told = here.access.shown(by, "Answer", answer)
        cards = {risk: here.explainer.head(sha256).card for risk, sha256 in score.heads.items()}
    except ModelError:
        # What was answered stands; a case must not be held up by a head that is gone.
        stored = shown_answer(told_in(score.told(), spoken, abstained={}), drill, spoken)
        return here.access.shown(by, "Answer", stored), None, {}
    return told, explained, cards if told.get("model") else {}


def _with_reasons(answer: Mapping[str, Any], explained: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with its five weightiest reasons, which the explanation begins with."""
    risks = {
        risk: {**said, "reasons": explained[risk]["reasons"][:_REASONS]}
        if "probability" in said
        else said
        for risk, said in answer["risks"].items()
    }
    return {**answer, "risks": risks}


def _risk(
    risk: str,
    told: Mapping[str, Any],
    explained: Mapping[str, Any],
    about: _About,
    like: Sequence[PastCase],
    spoken: Language,
) -> RiskSays:
    card = about.card
    band, movement_band = told.get("band"), told.get("movement_band")
    lowering = explained.get("what_would_have_lowered_it")
    of_like = share(like, card.target_results) if card and "probability" in told else None
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
        rules=about.rules,
        bars=waterfall(explained, spoken),
        doubts=[doubt["sentence"] for doubt in explained.get("why_this_may_be_wrong", ())],
        what_lowers=(lowering["note"], [c["sentence"] for c in lowering["changes"]])
        if lowering and lowering["changes"]
        else None,
        head=_head(card, str(about.manifest), spoken) if card else None,
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
        span = spoken.say(
            "Weighed by how likely each was to be chosen, finds are at most {high} (95 % interval).",
            high=high,
        )
    else:
        span = spoken.say(
            "Weighed by how likely each was to be chosen, finds are between {low} and {high} "
            "(95 % interval).",
            low=rate(of_like.low, language=spoken),
            high=high,
        )
    return f"{found} {span}"


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
    ends = (reason.get("usual_low"), reason.get("usual_high"))
    # Of a claim that holds or not there is nothing to plot.
    if usual and not {reason.get("value"), *ends} <= {0.0, 1.0}:
        plot = strip(
            reason["value"],
            usual_low=ends[0],
            usual_high=ends[1],
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
