"""What is decided about a movement, proposed to a second person, agreed to, taken back."""

from __future__ import annotations

from typing import Any

from features.records.reference import countries
from serving.review import drills, step_words
from serving.review.faults import Fault
from serving.review.forms import Form, FormRefused
from serving.review.known import Known
from serving.review.states import Step
from serving.review.stepping import Wanted

#: Reasons that say nothing by themselves.
_NEED_TEXT = frozenset({"other", "joint_operation"})

#: How much is asked for, in the order of `_scrutiny`.
_RISING = ("release", "check_documents", "inspect")


def decide(form: Form, known: Known) -> Wanted:
    """Inspect, check the documents, or release; under a drill it does not count yet.

    Raises:
        FormRefused: also for anything less than an inspection where a mandatory rule applies.
    """
    spoken = form.spoken
    action = form.choice("action", step_words.actions(spoken), spoken.words("Decision"))
    reason = form.choice("reason", step_words.decision_reasons(spoken), spoken.words("Reason"))
    shown = drills.shown_recommendation(known.seen, known.score)
    less = action != "" and _RISING.index(action) < _RISING.index(shown["action"])
    form.text("text", spoken.words("In words"), required=reason in _NEED_TEXT or less)
    form.check()
    if known.mandatory and action != "inspect":
        message = spoken.words(
            "A mandatory rule asks for an inspection. To release the movement, propose it to a "
            "second person below."
        )
        raise FormRefused([Fault("action", message)], because="mandatory-rule")
    drill = drills.current(known.seen)
    detail = {
        **_decided(form, known),
        "action": action,
        "recommended": shown["action"],
        "because": shown["because"],
        "agrees": action == shown["action"],
        **drills.detail_of(drill),
    }
    if drill:
        return Wanted(Step.DRILL, detail=detail)
    told = drills.told_of(known.seen)
    if told and told.actor == known.seen.by.id:
        detail["after_drill"] = {
            "first": told.detail["action"],
            "kept": action == told.detail["action"],
        }
    return Wanted(Step.DECIDE, detail=detail)


def override(form: Form, known: Known) -> Wanted:
    """Propose to release against a mandatory rule.

    Raises:
        FormRefused: also where none applies: then it can be decided.
    """
    spoken = form.spoken
    form.choice("reason", step_words.decision_reasons(spoken), spoken.words("Reason"))
    form.text("text", spoken.words("In words"), required=True)
    if not known.mandatory:
        form.fault("reason", spoken.words("No mandatory rule applies: decide instead."))
    form.check()
    return Wanted(Step.OVERRIDE, detail={**_decided(form, known), "action": "release"})


def refer(form: Form, known: Known) -> Wanted:
    """Propose to tell an authority abroad; nothing is sent by this."""
    spoken = form.spoken
    abroad = countries() - {known.seen.case.owner_country}
    country = form.choice("to_country", abroad, spoken.words("Country"))
    code = form.choice("handling_code", step_words.handling_codes(spoken), spoken.words("Handling"))
    text = form.text("text", spoken.words("Why, and what is asked for"), required=True)
    form.check()
    return Wanted(Step.REFER, detail={"to_country": country, "handling_code": code, "text": text})


def answer(form: Form, known: Known, step: Step) -> Wanted:
    """A second person agrees to a proposal or does not, in their own words."""
    text = form.text("text", form.spoken.words("In words"), required=True)
    form.check()
    proposal = known.seen.proposal
    detail: dict[str, Any] = {"text": text}
    if proposal:
        detail["answers"] = proposal.number
    return Wanted(step, detail=detail)


def explained(form: Form, _known: Known, step: Step) -> Wanted:
    """A step that asks for nothing but why: to take back, or to open again."""
    text = form.text("text", form.spoken.words("Why"), required=True)
    form.check()
    return Wanted(step, detail={"text": text})


def close(form: Form, _known: Known) -> Wanted:
    """Out of the queue; a word about it may be added."""
    text = form.text("text", form.spoken.words("In words"), required=False)
    form.check()
    return Wanted(Step.CLOSE, detail={"text": text})


def _decided(form: Form, known: Known) -> dict[str, Any]:
    """What figures of decisions rest on."""
    seen = known.seen
    detail: dict[str, Any] = {
        "reason": form.given.get("reason", ""),
        "text": form.given.get("text", "").strip(),
    }
    if seen.own_view:
        detail["view"] = seen.own_view.detail["view"]
    if seen.reveal:
        detail["seconds"] = round((known.at - seen.reveal.at) / 1e6, 3)
    return detail
