"""The rows of the queue: what each says to one reader, read for the cases of one page alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from features.ledger import tables, tables_access
from features.ledger import tables_review as review
from models.languages import Language
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.review.cases import Case, Done, done_of
from serving.review.drills import current, shown_answer
from serving.review.next_steps import next_step
from serving.review.queue_words import (
    risk_in_words,
    route_in_words,
    what_in_words,
)
from serving.review.states import State
from serving.review.stepping import Seen
from serving.review.waiting import lasted
from serving.review.wording import STATES, said

_ledger, _scores, _accounts = tables.ledger.c, tables.scores.c, tables_access.accounts.c
_ACCOUNT = "account:"


@dataclass(frozen=True)
class Row:
    """One movement, as the queue tells it.

    Attributes:
        waited: In words; `case.since` says since when. Nothing for what is closed.
        holder: Who has it open; None for nobody.
        bands: Of each risk the reader holds and has been shown: its name, and its band or None
            where there is no score. None before the score was shown to the reader.
    """

    case: Case
    waited: str
    what: str
    route: str
    state: str
    next_step: str
    holder: str | None
    bands: tuple[tuple[str, str | None], ...] | None


def accounts_of(by: Principal) -> tuple[str, ...]:
    """The names by which cases may be held by somebody."""
    return (by.id, by.id.removeprefix(_ACCOUNT))


def rows_of(
    connection: Connection,
    access: Access,
    by: Principal,
    cases: Sequence[Case],
    *,
    spoken: Language,
) -> list[Row]:
    """The rows of these cases, in their order; those that the reader may not see are left out."""
    cases = [case for case in cases if access.sees(by, case.row)]
    steps = _steps(connection, cases)
    seen = {case.case_id: Seen(case, steps[case.case_id], by) for case in cases}
    first = access.policy.roles[by.role].own_view_first
    shown = [seen[c.case_id] for c in cases if seen[c.case_id].revealed or not first]
    bands = _bands(connection, access, by, shown, spoken)
    bodies, names = _bodies(connection, cases), _names(connection, cases)
    now = access.ledger.clock()
    return [
        Row(
            case=case,
            waited="" if case.state is State.CLOSED else lasted(now - case.since, spoken),
            what=what_in_words(case.kind, bodies[case.epoch, case.u], spoken),
            route=route_in_words(case.kind, bodies[case.epoch, case.u], spoken),
            state=said(spoken, STATES, case.state),
            next_step=next_step(seen[case.case_id], spoken),
            holder=case.held_by and names.get(_account(case.held_by), case.held_by),
            bands=bands.get(case.score_id),
        )
        for case in cases
    ]


def _steps(connection: Connection, cases: Iterable[Case]) -> dict[str, list[Done]]:
    taken = review.case_steps.c
    rows = connection.execute(
        select(review.case_steps)
        .where(taken.case_id.in_([case.case_id for case in cases]))
        .order_by(taken.number)
    ).mappings()
    found: dict[str, list[Done]] = defaultdict(list)
    for row in rows:
        found[row["case_id"]].append(done_of(row))
    return found


def _bodies(connection: Connection, cases: Iterable[Case]) -> dict[tuple[int, int], Any]:
    """What the latest version of each movement says."""
    of_epoch: dict[int, list[int]] = defaultdict(list)
    for case in cases:
        of_epoch[case.epoch].append(case.u)
    return {
        (epoch, row.u): orjson.loads(row.body)
        for epoch, moments in of_epoch.items()
        for row in connection.execute(
            select(_ledger.u, _ledger.body).where(_ledger.epoch == epoch, _ledger.u.in_(moments))
        )
    }


def _bands(
    connection: Connection,
    access: Access,
    by: Principal,
    shown: Iterable[Seen],
    spoken: Language,
) -> dict[str, tuple[tuple[str, str | None], ...]]:
    """What may be shown of the latest score of each case, by the score's id."""
    drills = {one.case.score_id: current(one) for one in shown}
    rows = connection.execute(
        select(_scores.score_id, _scores.answer).where(_scores.score_id.in_(list(drills)))
    )
    told = {
        row.score_id: access.shown(
            by, "Answer", shown_answer(orjson.loads(row.answer), drills[row.score_id], spoken)
        ).get("risks", {})
        for row in rows
    }
    return {
        score_id: tuple(
            (risk_in_words(risk, spoken), said["movement_band"])
            for risk, said in risks.items()
            if "movement_band" in said
        )
        for score_id, risks in told.items()
    }


def _names(connection: Connection, cases: Iterable[Case]) -> dict[str, str]:
    """The names of the accounts that have cases open."""
    held = {_account(case.held_by) for case in cases if case.held_by}
    rows = connection.execute(
        select(_accounts.account_id, _accounts.name).where(_accounts.account_id.in_(held))
    )
    return {row.account_id: row.name for row in rows}


def _account(held_by: str) -> str:
    return held_by.removeprefix(_ACCOUNT)
