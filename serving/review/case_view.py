"""Everything a case page shows to one reader, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from features.ledger.connection import reading
from features.ledger.store import epoch_mark
from models.languages import Language
from serving.access.principal import Principal
from serving.access.rows import Row
from serving.deployment import Deployment
from serving.review import cases, drills
from serving.review.declared import Entry, Item, entries, in_a_line, items
from serving.review.linked import Linked, linked
from serving.review.model_says import ModelSays, hidden_results, model_says
from serving.review.movement import Movement, Outcome, movement_of
from serving.review.next_steps import next_step
from serving.review.party_past import PartyPast, party_pasts
from serving.review.people import names_of
from serving.review.post_time import both_times, moment_of
from serving.review.rescue import rescue_first
from serving.review.similar import PastCase, Similar, similar
from serving.review.stepping import Seen
from serving.review.versions import Earlier, earlier_versions
from serving.review.wording import CONTROL_LEVELS, KINDS, PARTIES, RESULTS, STATES, said


@dataclass(frozen=True)
class OtherMovement:
    """A linked movement, in words.

    Attributes:
        address: Of its case; None where it was never scored.
    """

    reference: str
    line: str
    when: str
    post: str
    by: str
    address: str | None


@dataclass(frozen=True)
class PastLine:
    """A past case, in words.

    Attributes:
        reference: None where the reader may not see that movement.
        address: Of its case, where there is one to see.
    """

    when: str
    line: str
    result: str
    found: bool
    control: str
    reference: str | None
    address: str | None


@dataclass(frozen=True)
class Behind:
    """What is shown only to whom the score was shown.

    Attributes:
        pasts: None where the ledger was numbered anew since, so that the past of then is not at hand.
        like: Past cases like it.
        counted: How many were looked at.
        found: How many of those found something.
        outcomes: Of the movement itself, in words.
    """

    says: ModelSays
    pasts: Sequence[PartyPast] | None
    like: Sequence[PastLine]
    counted: int
    found: int
    outcomes: Sequence[str]


@dataclass(frozen=True)
class CaseView:
    """The page, for one reader.

    Attributes:
        when: By the post's clock and by UTC.
        next_step: What the reader can do next, or whom the case waits for.
        held_by: Who has the case open; None for nobody or for the reader.
        behind: None until the score was shown to the reader.
        rescue: Whether the safety of people comes first.
    """

    kind: str
    line: str
    when: str
    state: str
    next_step: str
    held_by: str | None
    held_since: str | None
    entries: Sequence[Entry]
    items: Sequence[Item]
    others: Sequence[OtherMovement]
    earlier: Sequence[Earlier]
    behind: Behind | None
    rescue: bool


def case_view(here: Deployment, by: Principal, seen: Seen, spoken: Language) -> CaseView:
    """What the reader may see of a case now."""
    case = seen.case
    with reading(here.ledger.engine) as connection:
        movement = movement_of(connection, case)
        names = names_of(connection, [case.held_by] if case.held_by else [])
        links = linked(
            connection, here.access, by, movement.keys, movement.body,
            epoch=movement.epoch, u=movement.u,
        )  # fmt: skip
        behind = None
        if is_shown(here, by, seen):
            behind = _behind(connection, here, by, seen, movement, spoken)
        earlier = earlier_versions(connection, here.access, by, movement, spoken)
    country = case.owner_country
    flags = here.access.shown(by, "Answer", movement.score.told()).get("quality_flags", ())
    return CaseView(
        kind=said(spoken, KINDS, case.kind),
        line=in_a_line(case.kind, movement.body, spoken),
        when=both_times(moment_of(case.since), country=country, spoken=spoken),
        state=said(spoken, STATES, case.state),
        next_step=next_step(seen, spoken),
        held_by=names.get(case.held_by, case.held_by)
        if case.held_by and case.held_by != by.id
        else None,
        held_since=both_times(moment_of(case.held_at), country=country, spoken=spoken)
        if case.held_at
        else None,
        entries=entries(case.kind, movement.body, flags, spoken),
        items=items(movement.body, spoken),
        others=[_other(link, spoken) for link in links],
        earlier=earlier,
        behind=behind,
        rescue=rescue_first(
            case.kind,
            movement.body,
            risks=behind.says.risks if behind else (),
            outcomes=movement.outcomes,
            steps=seen.steps,
        ),
    )


def is_shown(here: Deployment, by: Principal, seen: Seen) -> bool:
    """Whether the score may stand in a page for the reader."""
    return seen.revealed or not here.access.policy.roles[by.role].own_view_first


def _behind(
    connection: Connection,
    here: Deployment,
    by: Principal,
    seen: Seen,
    movement: Movement,
    spoken: Language,
) -> Behind:
    hidden = hidden_results(here, by, movement.kind)
    like = similar(
        connection, movement.keys, movement.body,
        epoch=movement.epoch, u=movement.u, hidden=hidden,
    )  # fmt: skip
    return Behind(
        says=model_says(here, by, movement.score, like.all, spoken, drill=drills.current(seen)),
        pasts=_pasts(connection, here, movement, hidden, spoken),
        like=_like(connection, here, by, like, spoken),
        counted=len(like.all),
        found=like.found,
        outcomes=[
            _outcome(one, seen.case.owner_country, spoken)
            for one in movement.outcomes
            if one.result not in hidden
        ],
    )


def _pasts(
    connection: Connection,
    here: Deployment,
    movement: Movement,
    hidden: frozenset[str],
    spoken: Language,
) -> list[PartyPast] | None:
    mark, epoch = epoch_mark(connection), here.ledger.epoch
    # States follow from the latest epoch, and to read its features each time takes 10 ms.
    if mark is None or (mark[0], mark[2]) != (epoch.number, epoch.spec_sha256):
        return None
    if epoch.number != movement.epoch:
        return None
    return party_pasts(
        connection, epoch.features, movement.keys, u=movement.u, hidden=hidden, spoken=spoken
    )


def _like(
    connection: Connection,
    here: Deployment,
    by: Principal,
    like: Similar,
    spoken: Language,
) -> list[PastLine]:
    # What happened in another country is that country's to tell.
    return [
        _past_line(connection, here, by, case, spoken)
        for case in like.told
        if by.covers(case.body["owner_country"])
    ]


def _past_line(
    connection: Connection,
    here: Deployment,
    by: Principal,
    past: PastCase,
    spoken: Language,
) -> PastLine:
    body = past.body
    whose = Row(past.source_system, body["owner_country"], body["owner_post"], past.movement_u)
    visible = here.access.sees(by, whose)
    case = (
        cases.of_movement(
            connection, kind=past.kind, source_system=past.source_system,
            source_record_id=past.source_record_id,
        )
        if visible
        else None
    )  # fmt: skip
    return PastLine(
        when=spoken.date(moment_of(past.movement_u).date()),
        line=in_a_line(past.kind, body, spoken),
        result=said(spoken, RESULTS, past.result),
        found=past.found,
        control=said(spoken, CONTROL_LEVELS, past.control_level),
        reference=past.source_record_id if visible else None,
        address=f"/review/cases/{case.case_id}" if case else None,
    )


def _outcome(one: Outcome, country: str, spoken: Language) -> str:
    return spoken.say(
        "{result} ({control}), known {when}",
        result=said(spoken, RESULTS, one.result),
        control=said(spoken, CONTROL_LEVELS, one.control_level),
        when=both_times(moment_of(one.u), country=country, spoken=spoken),
    )


def _other(link: Linked, spoken: Language) -> OtherMovement:
    return OtherMovement(
        reference=link.source_record_id,
        line=in_a_line(link.kind, link.body, spoken),
        when=both_times(moment_of(link.u), country=link.owner_country, spoken=spoken),
        post=link.owner_post,
        by=said(spoken, PARTIES, link.by),
        address=f"/review/cases/{link.case_id}" if link.case_id else None,
    )
