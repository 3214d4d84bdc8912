"""One's own view of a case, and then its score."""

from __future__ import annotations

from serving.review import drills, step_words
from serving.review.forms import Form
from serving.review.known import Known
from serving.review.states import Step
from serving.review.stepping import Wanted


def view(form: Form, _known: Known) -> Wanted:
    """Search or no search, and what that rests on."""
    spoken = form.spoken
    chosen = form.choice("view", step_words.views(spoken), spoken.words("Your view"))
    reason = form.choice(
        "reason", step_words.view_reasons(spoken), spoken.words("What it rests on")
    )
    text = form.text("text", spoken.words("In words"), required=reason == "other")
    form.check()
    return Wanted(Step.VIEW, detail={"view": chosen, "reason": reason, "text": text})


def reveal(_form: Form, known: Known) -> Wanted:
    """Show the score; now and then one that is known-wrong."""
    here = known.here
    drill = drills.drawn(
        known.seen,
        known.score,
        draws=here.ledger.keyring.draws,
        share=here.access.policy.drill_share,
        explainer=here.explainer,
    )
    return Wanted(Step.REVEAL, detail=drills.detail_of(drill))
