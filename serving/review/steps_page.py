"""What the pages of a case offer to its reader: the steps that may be taken, and their forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.records.reference import countries
from models.languages import Language
from models.verdicts import band_in_words
from serving.deployment import Deployment
from serving.review import drills, step_words
from serving.review.cases import Done
from serving.review.known import Known, known_of
from serving.review.outcome import MOST_FINDS
from serving.review.post_time import typed, zone_of
from serving.review.states import Step
from serving.review.stepping import Seen, may
from serving.review.trail import Entry, country_name, entry, is_blind, trail
from serving.review.wording import STATES, said

#: The forms that a page of a case shows, in the order one reads them.
_FORMS = (
    Step.DECIDE, Step.OVERRIDE, Step.APPROVE, Step.DECLINE, Step.RECORD_OUTCOME,
    Step.CONFIRM_OUTCOME, Step.REFER, Step.WITHDRAW, Step.CLOSE, Step.REOPEN, Step.HAND_OVER,
    Step.TAKE,
)  # fmt: skip

#: What one may do before one's own view: whoever made a control is not asked for one first.
_WHILE_BLIND = frozenset({
    Step.VIEW, Step.REVEAL, Step.TAKE, Step.HAND_OVER, Step.RECORD_OUTCOME, Step.CONFIRM_OUTCOME,
})  # fmt: skip


@dataclass(frozen=True)
class ToldDrill:
    """A drill that was just told.

    Attributes:
        first: What was decided under it, in words.
    """

    risk: str
    shown_band: str
    true_band: str
    first: str


@dataclass(frozen=True)
class ToDo:
    """What can be done next.

    Attributes:
        may: The steps that may be taken now.
        options: What can be chosen in a form's field, by the field's name.
        mandatory: Whether a mandatory rule applies; false until the score is shown.
        holder: Who has the case in hand.
        holds: Whether that is the reader.
        own_view: The reader's own.
        decision: That stands, with who decided when; None also while the reader is blind to it.
        proposal: That waits for a second person.
        find: That waits for a second person.
        outcome: That is in the ledger.
        own_proposal: Whether the reader made what waits: then somebody else has to answer.
        drill: Told after the reader's last decision.
        typed: What the forms hold before anybody types, by field.
        zone: Name of the post's time zone.
        most_finds: How many kinds of things the form of an outcome takes.
    """

    may: frozenset[str]
    state: str
    options: Mapping[str, Mapping[str, str]]
    mandatory: bool
    holder: str | None
    holds: bool
    own_view: Entry | None
    decision: Entry | None
    proposal: Entry | None
    find: Entry | None
    outcome: Entry | None
    own_proposal: bool
    drill: ToldDrill | None
    typed: Mapping[str, str]
    zone: str
    most_finds: int = MOST_FINDS


def steps_of_page(here: Deployment, seen: Seen, spoken: Language) -> dict[str, Any]:
    """What `_own_view.html`, `_steps.html` and `_trail.html` show, by name."""
    known = known_of(here, seen)
    return {"todo": to_do(known, spoken), "trail": trail(known, spoken)}


def to_do(known: Known, spoken: Language) -> ToDo:
    """What the reader can do next."""
    seen, case = known.seen, known.seen.case
    blind = is_blind(known)
    stands = seen.standing
    open_now = frozenset(step.value for step in _offered(known))
    waiting = seen.proposal if case.state == "referred" else None
    unconfirmed = stands.outcome if stands.unconfirmed else None

    def told(done: Done | None) -> Entry | None:
        return entry(done, known, spoken) if done and not blind else None

    return ToDo(
        may=open_now,
        state=said(spoken, STATES, case.state),
        options=_options(known, spoken),
        mandatory=known.mandatory and not blind,
        holder=known.names.get(case.held_by) if case.held_by else None,
        holds=case.held_by == seen.by.id,
        own_view=entry(seen.own_view, known, spoken) if seen.own_view else None,
        decision=told(stands.decision.step if stands.decision else None),
        proposal=told(waiting),
        # Whoever is asked whether they saw it has to know what it was.
        find=entry(unconfirmed, known, spoken) if unconfirmed else None,
        outcome=told(stands.outcome if stands.confirmed else None),
        own_proposal=any(
            done is not None and done.actor == seen.by.id for done in (waiting, unconfirmed)
        ),
        drill=_told_drill(known, spoken),
        typed=_typed(known),
        zone=zone_of(case.owner_country).key,
    )


def _offered(known: Known) -> list[Step]:
    """The steps that may be taken and whose forms make sense together."""
    seen = known.seen
    offered = [step for step in (Step.VIEW, Step.REVEAL, *_FORMS) if may(seen, step)]
    if seen.own_view is not None and not seen.revealed:
        # One thing at a time: the view stands, the score comes next.
        offered.remove(Step.VIEW)
    if seen.revealed:
        offered = [step for step in offered if step is not Step.REVEAL]
    if not known.mandatory:
        offered = [step for step in offered if step is not Step.OVERRIDE]
    if known.seen.case.held_by == seen.by.id:
        offered = [step for step in offered if step is not Step.TAKE]
    elif known.seen.case.held_by is not None:
        offered = [step for step in offered if step is not Step.HAND_OVER]
    if is_blind(known):
        offered = [step for step in offered if step in _WHILE_BLIND]
    return offered


def _options(known: Known, spoken: Language) -> Mapping[str, Mapping[str, str]]:
    actions = step_words.actions(spoken)
    abroad = countries() - {known.seen.case.owner_country}
    named = sorted((country_name(code, spoken), code) for code in abroad)
    return {
        "view": step_words.views(spoken),
        "view_reason": step_words.view_reasons(spoken),
        "action": {"inspect": actions["inspect"]} if known.mandatory else actions,
        "reason": step_words.decision_reasons(spoken),
        "to_country": {code: name for name, code in named},
        "handling_code": step_words.handling_codes(spoken),
        "result": step_words.results(spoken),
        "control_level": step_words.control_levels(spoken),
        "category": step_words.find_categories(spoken),
        "marking": step_words.marking_statuses(spoken),
        "concealment": step_words.concealments(spoken),
        "to": {"next_shift": spoken.words("The next shift"), **known.colleagues},
    }


def _told_drill(known: Known, spoken: Language) -> ToldDrill | None:
    """The drill that the reader decided under, until it is decided in earnest."""
    seen = known.seen
    told = drills.told_of(seen)
    drill = drills.drill_of(told) if told else None
    if told is None or drill is None or told.actor != seen.by.id or not may(seen, Step.DECIDE):
        return None
    return ToldDrill(
        drill.risk,
        band_in_words(drill.shown_band, language=spoken),
        band_in_words(drill.true_band, language=spoken),
        step_words.actions(spoken)[told.detail["action"]],
    )


def _typed(known: Known) -> Mapping[str, str]:
    """Now, as the end of a control; after a drill why it was decided, but never what.

    Who is tired would send what is chosen already, and so carry a drill on into the decision.
    """
    seen = known.seen
    found = {"ended": typed(known.at, seen.case.owner_country)}
    told = drills.told_of(seen)
    if told and told.actor == seen.by.id and may(seen, Step.DECIDE):
        found |= {name: told.detail[name] for name in ("reason", "text")}
    return found
