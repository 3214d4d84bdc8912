"""What colleagues of the demonstration fill into the forms of steps: codes as they are offered, and a sentence."""

from __future__ import annotations

from random import Random

from models.languages import ENGLISH
from serving.review import correctable, correcting, drills
from serving.review.handling import NEXT_SHIFT
from serving.review.known import Known
from serving.review.post_time import typed, zone_of
from serving.review.states import Step

_MINUTE = 60_000_000

#: How often somebody decides otherwise than was recommended.
_OTHERWISE = 0.25

_OTHERWISE_THAN = {
    "inspect": ("check_documents",),
    "check_documents": ("inspect", "release"),
    "release": ("check_documents",),
}
_DECIDED = {
    "inspect": ("own_view", "The weights do not fit what the papers say."),
    "check_documents": ("own_view", "The invoice and the packing list have to be compared."),
    "release": ("explained", "The carrier showed the weighing slip; it explains the mass."),
}


def filled(
    step: Step, known: Known, *, at: int, rng: Random, finds: bool = False
) -> dict[str, str]:
    """The fields of a step's form.

    Args:
        step: Whose form it is.
        known: The case, for whoever fills it in.
        at: Now, microseconds since 1970 UTC.
        rng: Chooses where more than one answer would do.
        finds: Whether the control is one that finds something.
    """
    case = known.seen.case
    match step:
        case Step.VIEW:
            reason = rng.choice(("documents", "weights", "route", "goods"))
            return {"view": rng.choice(("search", "search", "no_search")), "reason": reason}
        case Step.DECIDE:
            action = "inspect" if finds or known.mandatory else _action(known, rng)
            reason, text = _DECIDED[action]
            return {"action": action, "reason": reason, "text": text}
        case Step.OVERRIDE:
            return {"reason": "own_view", "text": "The licence is there; I saw it at the window."}
        case Step.REFER:
            return {
                "to_country": "RS" if case.owner_country != "RS" else "MK",
                "handling_code": "H1",
                "text": "Please look at the load when it enters, and tell us what you see.",
            }
        case Step.RECORD_OUTCOME:
            begun = at - rng.randint(8, 14) * _MINUTE
            return {
                **(_FOUND if finds else {"result": "nothing_found"}),
                "control_level": rng.choice(("scanner", "partial_unload", "dog")),
                "started": typed(begun, case.owner_country),
                "ended": typed(at, case.owner_country),
            }
        case Step.CONFIRM_OUTCOME:
            return {"saw_it": "yes"}
        case Step.HAND_OVER:
            return {"to": NEXT_SHIFT, "text": "The driver waits for the seal at bay 4."}
        case Step.CORRECT:
            return _corrected(known)
        case _:
            return {}


_FOUND = {
    "result": "other_contraband",
    "find-1-category": "other",
    "find-1-quantity": "40",
    "find-1-concealment": "cargo",
}


def _action(known: Known, rng: Random) -> str:
    recommended: str = drills.shown_recommendation(known.seen, known.score)["action"]
    return rng.choice(_OTHERWISE_THAN[recommended]) if rng.random() < _OTHERWISE else recommended


def _corrected(known: Known) -> dict[str, str]:
    """A mass, a count or a time that is a little more than was typed at first."""
    case = known.seen.case
    body = correcting.stored_body(known.here, case)
    fields = correctable.fields(case.kind, body, ENGLISH)
    counted = ("package_count", "seal_count", "axle_count")
    found = [f for f in fields if f.name in counted or f.shape == "number"]
    field = next(f for f in found if f.of(body) is not None)
    value = correctable.typed(field, field.of(body) + 1, zone_of(case.owner_country))
    return {
        field.name: value,
        "reason": "measured_again",
        "text": "It was weighed and counted again at the post.",
    }
