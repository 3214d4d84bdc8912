"""A corrected record: the next version of the same movement, with the pseudonyms it had.

What the ledger keeps has pseudonyms in place of identifiers, and nothing here can turn them back.
So the record is checked without them, and they are laid beside it again as they stood.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select

from features.ledger import tables
from features.ledger.arrivals import Arrival
from features.ledger.connection import reading
from features.records import KINDS
from features.records.check import CheckSettings, check_record
from features.records.problems import FieldProblem, RecordRefused
from features.records.quality import CONTAINER_GROSS_LIMIT_KG
from models.languages import Language
from serving.deployment import Deployment
from serving.problems import TYPES, ProblemError
from serving.review import correctable, step_words
from serving.review.cases import Case
from serving.review.correctable import Field
from serving.review.faults import Fault
from serving.review.forms import Form, FormRefused
from serving.review.history import told_abroad
from serving.review.known import Known
from serving.review.post_time import zone_of
from serving.review.states import Step
from serving.review.stepping import Seen, Wanted
from serving.work import Quarantined, Scored, Submission

_DOOR = "/review correction"

#: Doubts about identifiers: they stay, for what they are about cannot be looked at again.
_ABOUT_IDENTIFIERS = (
    "container_check_digit_failed", "plate_looks_like_vin", "plate_unreadable",
    "consignor_id_check_failed", "consignee_id_check_failed", "declarant_id_check_failed",
    "carrier_id_check_failed",
)  # fmt: skip

_ledger = tables.ledger.c


@dataclass(frozen=True)
class Change:
    """One field, as it was and as it is to be."""

    field: Field
    before: Any
    after: Any


def stored_body(here: Deployment, case: Case) -> dict[str, Any]:
    """The latest version of a case's record, as the ledger keeps it."""
    with reading(here.ledger.engine) as connection:
        body = connection.execute(
            select(_ledger.body).where(_ledger.epoch == case.epoch, _ledger.u == case.u)
        ).scalar_one()
    found: dict[str, Any] = orjson.loads(body)
    return found


def form_of(here: Deployment, seen: Seen, spoken: Language) -> dict[str, Any]:
    """What the page of a correction shows: each field as it stands."""
    case = seen.case
    body, zone = stored_body(here, case), zone_of(case.owner_country)
    fields = correctable.fields(case.kind, body, spoken)
    return {
        "fields_of_record": fields,
        "stands": {field.name: correctable.typed(field, field.of(body), zone) for field in fields},
        "reasons": step_words.correction_reasons(spoken),
        "dict_of": _some_of,
        "choices": step_words.choices(spoken),
        "record_version": body.get("record_version", 1),
        "items_left": max(0, len(body.get("items", ())) - correctable.MOST_ITEMS),
    }


def correct(form: Form, known: Known) -> Wanted:
    """Enter the next version and have it scored; when this returns both are durable.

    Raises:
        FormRefused: where nothing is changed, or the record would break rules.
        ProblemError: conflict, where another version came in meanwhile; too-many.
    """
    here, spoken = known.here, form.spoken
    case = known.seen.case
    body = stored_body(here, case)
    reason = form.choice(
        "reason", step_words.correction_reasons(spoken), spoken.words("Why it is corrected")
    )
    text = form.text("text", spoken.words("In words"), required=True)
    changes = _changes(form, case, body)
    if not changes and not form.faults:
        form.fault("reason", spoken.words("Nothing is changed: change a field, or go back."))
    form.check()
    arrival = _next_version(here, case, body, changes)
    if not here.access.budgets.may_score_again(*arrival.identity):
        limit = here.access.policy.re_scores
        raise ProblemError(
            "too-many", TYPES["too-many"][2], told={"Retry-After": str(limit.seconds)}
        )
    raw = orjson.dumps(arrival.body)
    work = Submission(arrival, raw, _DOOR, actor=known.seen.by.id)
    outcome = here.writer.submit([work])[0].result()
    if isinstance(outcome, Quarantined):
        raise ProblemError("conflict", outcome.problems[0].message, errors=outcome.problems)
    detail = {
        "reason": reason,
        "text": text,
        "record_version": arrival.record.record_version,
        # Whoever was told of the movement has to be told of this too.
        "to_be_told": told_abroad(known.seen.steps),
        "score_id": outcome.score.score_id if isinstance(outcome, Scored) else None,
        "changed": [
            {"field": c.field.name, "label": c.field.label, "from": c.before, "to": c.after}
            for c in changes
        ],
    }
    return Wanted(Step.CORRECT, detail=detail)


def _some_of(codes: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    return {code: words[code] for code in codes}


def _changes(form: Form, case: Case, body: Mapping[str, Any]) -> list[Change]:
    zone = zone_of(case.owner_country)
    found = []
    for field in correctable.fields(case.kind, body, form.spoken):
        # A field that the form did not hold is not emptied by that.
        if field.name not in form.given:
            continue
        before, after = field.of(body), correctable.read(field, form, zone)
        if not correctable.same(field, before, after, zone):
            found.append(Change(field, before, after))
    return found


def _next_version(
    here: Deployment, case: Case, body: Mapping[str, Any], changes: list[Change]
) -> Arrival:
    """The record at the ledger's door.

    Raises:
        FormRefused: with what the checks of records say.
    """
    changed = copy.deepcopy(dict(body))
    for change in changes:
        correctable.put(changed, change.field, change.after)
    model = KINDS[case.kind]
    # Pseudonyms are no identifiers: to check them as such would make pseudonyms of pseudonyms.
    aside = {
        name: value
        for name, value in changed.items()
        if name not in model.model_fields or name == "extra_keys"
    }
    payload = {name: value for name, value in changed.items() if name not in aside}
    flags = payload.pop("quality_flags", [])
    payload.pop("known_at", None)
    payload["record_version"] = int(body.get("record_version", 1)) + 1
    try:
        checked = check_record(
            case.kind, payload, now=here.intake.now(), settings=CheckSettings(retention_days=None)
        )
    except RecordRefused as error:
        raise FormRefused([_fault(problem) for problem in error.problems]) from None
    kept = {flag for flag in flags if flag in _ABOUT_IDENTIFIERS}
    boxes = len(changed.get("container_keys", ()))
    if boxes and payload.get("gross_mass_kg", 0) > boxes * CONTAINER_GROSS_LIMIT_KG:
        kept.add("gross_mass_above_container_limit")
    every = sorted({*checked.record.quality_flags, *kept})
    record = checked.record.model_copy(update={"quality_flags": every})
    pseudonymiser = here.ledger.pseudonymiser
    made = pseudonymiser.stored_body(record)
    return Arrival(
        kind=case.kind,
        record=record,
        body={**made.body, **aside},
        identifiers=(),
        content_code=pseudonymiser.content_code(case.kind, record),
        plate_country=None,
    )


def _fault(problem: FieldProblem) -> Fault:
    return Fault(problem.field.strip("/").replace("/", "-") or "reason", problem.message)
