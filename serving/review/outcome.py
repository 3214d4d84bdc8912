"""What a control found: read from a form, made an inspection, and entered into the ledger.

A find is a label that later scores learn from, so it takes two people: the first one's step keeps it,
and it enters the ledger when a second person says that they saw it too. Everything else enters at
once. The inspection's id follows from the case and its decision: sent twice it is one, and what is
recorded anew is its next version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from features.ledger.connection import reading
from features.ledger.identities import versions
from features.measures import FINDS
from serving import scores
from serving.answers import Score
from serving.deployment import Deployment
from serving.problems import TYPES, ProblemError
from serving.review import step_words
from serving.review.faults import Fault
from serving.review.forms import Form, FormRefused
from serving.review.history import Decision
from serving.review.known import Known
from serving.review.post_time import zone_of
from serving.review.states import Step
from serving.review.stepping import Wanted
from serving.work import Quarantined, Refusal, Submission

#: Inspections that people record on the pages come from this source system.
SYSTEM = "vardar-review"

#: Kinds of things that one form takes.
MOST_FINDS = 4

#: What has to be said about what was found.
_WITH_FINDS = frozenset({"arms", "persons_concealed", "other_contraband"})

_DOOR = "/review outcome"


def record_outcome(form: Form, known: Known) -> Wanted:
    """The outcome as a step; where it is no find, its inspection is in the ledger already.

    Raises:
        FormRefused: naming the fields that keep it from being an inspection.
        ProblemError: conflict, where another outcome was recorded in the same moment.
    """
    decision = known.seen.standing.decision
    if decision is None:
        raise ProblemError("wrong-state", TYPES["wrong-state"][2])
    payload = _inspection(form, known, decision)
    form.check()
    work = _checked(known.here, payload)
    waits = payload["result"] in FINDS
    detail: dict[str, Any] = {
        "result": payload["result"],
        "control_level": payload["control_level"],
        "waits_for_second": waits,
        "inspection": payload,
    }
    if not waits:
        detail |= _entered(known.here, work, actor=known.seen.by.id)
    return Wanted(Step.RECORD_OUTCOME, detail=detail)


def confirm_outcome(form: Form, known: Known) -> Wanted:
    """A second person saw the find too: its inspection enters the ledger.

    Raises:
        FormRefused: where they do not say so.
        ProblemError: as `record_outcome`.
    """
    form.ticked("saw_it", form.spoken.words("Tick the box if you saw the find yourself."))
    form.check()
    outcome = known.seen.standing.outcome
    if outcome is None:
        raise ProblemError("wrong-state", TYPES["wrong-state"][2])
    # To the minute, so that a second click is the same record.
    at = datetime.fromtimestamp(known.at // 60_000_000 * 60, UTC)
    payload = {
        **outcome.detail["inspection"],
        "four_eyes_by": known.seen.by.role,
        "result_confirmed_at": at.isoformat(),
    }
    work = _checked(known.here, payload)
    entered = _entered(known.here, work, actor=known.seen.by.id)
    return Wanted(Step.CONFIRM_OUTCOME, detail={"result": payload["result"], **entered})


def _inspection(form: Form, known: Known, decision: Decision) -> dict[str, Any]:
    """The record without its version."""
    case, spoken = known.seen.case, form.spoken
    result = form.choice("result", step_words.results(spoken), spoken.words("Result"))
    made = result != "not_searched"
    level = form.choice(
        "control_level", step_words.control_levels(spoken), spoken.words("Control"), required=made
    )
    zone = zone_of(case.owner_country)
    ended = form.moment("ended", spoken.words("Ended"), zone, required=made)
    started = form.moment("started", spoken.words("Started"), zone)
    _check_times(form, known, started, ended)
    text = form.text("text", spoken.words("In words"), required=result == "not_searched")
    finds = _finds(form, result)
    payload: dict[str, Any] = {
        "source_system": SYSTEM,
        "source_record_id": f"{case.case_id}-{decision.step.number}",
        # Where no control was made, its moment is that of the decision.
        "event_at": (ended or _moment(decision.step.at)).isoformat(),
        "owner_country": case.owner_country,
        "owner_post": case.owner_post,
        "movement_source_system": case.source_system,
        "movement_source_record_id": case.source_record_id,
        **_selection(known, decision),
        "score_id_shown": decision.step.score_id,
        "score_hidden_until_view": True,
        "officer_prior_view": decision.step.detail.get("view"),
        # A record has to name a level; of a control that was not made no level counts.
        "control_level": level or "documentary",
        "started_at": started and made and started.isoformat(),
        "ended_at": ended and made and ended.isoformat(),
        "result": result,
        "reason_text": text,
        "finds": finds,
    }
    return {name: value for name, value in payload.items() if value not in (None, "", False, [])}


def _check_times(
    form: Form, known: Known, started: datetime | None, ended: datetime | None
) -> None:
    spoken = form.spoken
    if started and ended and started > ended:
        form.fault("started", spoken.words("Started: this lies after the end."))
    # A minute of grace: forms hold no seconds.
    if ended and ended > _moment(known.at) + timedelta(minutes=1):
        form.fault("ended", spoken.words("Ended: this lies in the future."))


def _finds(form: Form, result: str) -> list[dict[str, Any]]:
    spoken = form.spoken
    found = []
    for place in range(1, MOST_FINDS + 1):
        prefix = f"find-{place}"
        category = form.choice(
            f"{prefix}-category",
            step_words.find_categories(spoken),
            spoken.words("What was found"),
            required=False,
        )
        if category:
            found.append(_find(form, prefix, category))
    if result in _WITH_FINDS and not found:
        form.fault(
            "find-1-category", spoken.words("What was found: name at least one kind of thing.")
        )
    elif found and result not in FINDS:
        form.fault(
            "result",
            spoken.words("Result: something was found, so choose what kind of find it is."),
        )
    elif result == "arms" and all(find["category"] == "persons" for find in found):
        form.fault("find-1-category", spoken.words("What was found: name the arms."))
    elif result == "persons_concealed" and all(f["category"] != "persons" for f in found):
        form.fault("find-1-category", spoken.words("What was found: give the number of persons."))
    return found


def _find(form: Form, prefix: str, category: str) -> dict[str, Any]:
    spoken = form.spoken
    quantity = form.given.get(f"{prefix}-quantity", "").strip()
    if not (quantity.isascii() and quantity.isdigit() and 1 <= int(quantity[:9]) <= 1_000_000):
        form.fault(f"{prefix}-quantity", spoken.words("Quantity: write a whole number from 1."))
        quantity = "1"
    find = {
        "category": category,
        "quantity": int(quantity[:9]),
        "marking_status": form.choice(
            f"{prefix}-marking",
            step_words.marking_statuses(spoken),
            spoken.words("Marking"),
            required=False,
        ),
        "concealment_class": form.choice(
            f"{prefix}-concealment",
            step_words.concealments(spoken),
            spoken.words("Where it was hidden"),
            required=False,
        ),
    }
    return {name: value for name, value in find.items() if value}


def _selection(known: Known, decision: Decision) -> dict[str, Any]:
    """Why the movement was chosen, by what was recommended, and how probable that was."""
    with reading(known.here.ledger.engine) as connection:
        score = scores.by_id(connection, decision.step.score_id)
    if score is not None:
        recommended = score.answer["recommendation"]
        if recommended["action"] == "inspect":
            return {
                "selection_reason": _because(score),
                "selection_propensity": recommended["propensity"],
            }
        if recommended["action"] == decision.action:
            return {"selection_reason": _because(score)}
    asked = decision.step.detail.get("reason")
    known_reasons = ("tip", "joint_operation")
    return {"selection_reason": asked if asked in known_reasons else "officer_observation"}


def _because(score: Score) -> str:
    because: str = score.answer["recommendation"]["because"]
    mandatory = score.answer["basis"]["policy"]["mandatory"]
    return "mandatory" if because == "rule" and mandatory else because


def _checked(here: Deployment, payload: Mapping[str, Any]) -> Submission:
    """The inspection at the ledger's door, in the version that comes next.

    Raises:
        FormRefused: with what the checks of records say.
    """
    with reading(here.ledger.engine) as connection:
        stand = versions(
            connection, here.ledger.epoch.number, "inspection", SYSTEM, payload["source_record_id"]
        )
    last = stand[-1] if stand else None
    work = _at_door(here, payload, last.record_version if last else 1)
    if last is None or work.arrival.content_code == last.content_code:
        return work
    return _at_door(here, payload, last.record_version + 1)


def _at_door(here: Deployment, payload: Mapping[str, Any], version: int) -> Submission:
    raw = orjson.dumps({**payload, "record_version": version})
    work = here.intake.one("inspection", raw, door=_DOOR)
    if isinstance(work, Refusal):
        # Told to whoever typed it, and not set aside: nothing of it came from elsewhere.
        raise FormRefused(
            [Fault(_field(problem.field), problem.message) for problem in work.problems]
        )
    return work


def _entered(here: Deployment, work: Submission, *, actor: str) -> dict[str, Any]:
    """Put it into the ledger; when this returns it is durable."""
    outcome = here.writer.submit([replace(work, actor=actor)])[0].result()
    if isinstance(outcome, Quarantined):
        raise ProblemError("conflict", outcome.problems[0].message, errors=outcome.problems)
    record = work.arrival.record
    return {"record": record.source_record_id, "record_version": record.record_version}


def _field(pointer: str) -> str:
    """The form's field that a field of the record came from."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "finds" and len(parts) > 1:
        return (
            f"find-{int(parts[1]) + 1}-{parts[-1].removesuffix('_status').removesuffix('_class')}"
        )
    names = {
        "started_at": "started",
        "ended_at": "ended",
        "event_at": "ended",
        "reason_text": "text",
    }
    return names.get(parts[0], parts[0])


def _moment(u: int) -> datetime:
    return datetime.fromtimestamp(u / 1_000_000, UTC)
