"""Who has a case in hand."""

from __future__ import annotations

from serving.review.forms import Form
from serving.review.known import Known
from serving.review.states import Step
from serving.review.stepping import Wanted

#: Handing over to nobody in particular.
NEXT_SHIFT = "next_shift"


def take(form: Form, known: Known) -> Wanted:
    """Take a case in hand; from a colleague only where one says so."""
    holder = known.seen.case.held_by
    if holder not in (None, known.seen.by.id):
        form.ticked(
            "take_over",
            form.spoken.say(
                "{name} has this case in hand. Tick the box if you take it over.",
                name=known.names[holder],
            ),
        )
    form.check()
    return Wanted(Step.TAKE, detail={"from": holder} if holder else {})


def hand_over(form: Form, known: Known) -> Wanted:
    """Hand a case over to the next shift, or to a colleague of the same post, with a note."""
    spoken, holder = form.spoken, known.seen.case.held_by
    to = form.choice("to", {NEXT_SHIFT, *known.colleagues}, spoken.words("To whom"))
    note = form.text("text", spoken.words("Note"), required=True)
    if holder not in (None, known.seen.by.id):
        form.fault(
            "to",
            spoken.say(
                "{name} has this case in hand: take it over first.", name=known.names[holder]
            ),
        )
    form.check()
    return Wanted(Step.HAND_OVER, detail={"to": None if to == NEXT_SHIFT else to, "text": note})
