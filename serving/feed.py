"""Every score in the order it was made, page by page, for a system that keeps its own copy in step.

The place of a score is its epoch and its u, and no score can appear behind a place that was read:
a transaction that writes takes u as at least the epoch's last u plus one, and it does so while it
holds the one right to write (`features.ledger.connection.writing`: SQLite's BEGIN IMMEDIATE, an
advisory lock on PostgreSQL), which it keeps until its commit can be seen. So the order of u within an
epoch is the order of commits; a new epoch is numbered higher, and from then on nothing is scored in an
earlier one. What a reader sees is a whole beginning of that order, and what comes later comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection, select
from starlette.responses import Response

from features.ledger import tables
from features.ledger.connection import reading
from features.records.problems import FieldProblem
from serving.access.desk import Access
from serving.access.principal import Principal, principal_of
from serving.access.rows import Row
from serving.deployment import deployment_of
from serving.describing import problems_of
from serving.problems import TYPES, ProblemError
from serving.review.withheld import is_withheld
from serving.schemas import ScoreChanges

router = APIRouter()

#: Scores in one page; what is stored with each makes larger ones slow.
LARGEST_PAGE = 1000

#: Members that say something of what was answered.
_OF_THE_SCORE = frozenset({"risks", "action", "because"})

_LARGEST_U = 2**63 - 1
_PLACE = re.compile(r"(\d{1,9})-(\d{1,19})", re.ASCII)


@dataclass(frozen=True, order=True)
class Place:
    """Where a score stands among all; a cursor's text is the same from everyone and for ever."""

    epoch: int
    u: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.u}"


def place_of(text: str) -> Place | None:
    """The place that a cursor names; None if it names none."""
    found = _PLACE.fullmatch(text)
    place = Place(int(found[1]), int(found[2])) if found else None
    return place if place and place.u <= _LARGEST_U else None


@router.get(
    "/v1/score-changes",
    summary="Every score since, in the order they were made",
    response_model=ScoreChanges,
    responses=problems_of("invalid-request", "store-unavailable", "not-ready"),
)
def score_changes(
    request: Request,
    since_u: Annotated[
        int, Query(ge=0, le=_LARGEST_U, description="Begin with scores known after this `as_of`.")
    ] = 0,
    after: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{1,9}-[0-9]{1,19}$", description="`next` of the page before."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
) -> Response:
    """For reconciliation: complete and without gaps, however many write meanwhile.

    Begin with `since_u` (0: from the first score), then give each page's `next` as `after`. An empty
    page is the end of what there is now; its `next` can be asked again at any time. It lists what was
    answered, so a movement that was amended is listed again, with the score it supersedes. What one may
    not see is passed over; whoever has to record a view of their own first is told of the movement alone.
    """
    here, by = deployment_of(request), principal_of(request)
    begin = _beginning(after)
    changes: list[dict[str, Any]] = []
    with reading(here.ledger.engine) as connection:
        # Nothing since: earlier epochs are closed, so whatever comes stands in the latest or after it.
        last = begin or Place(_epochs(connection)[-1], since_u)
        for place, row, change in _since(connection, begin, 0 if begin else since_u, limit):
            last = place
            if here.access.sees(by, row):
                if _is_withheld(connection, here.access, by, change):
                    change = {n: v for n, v in change.items() if n not in _OF_THE_SCORE}
                    change["own_view_first"] = True
                changes.append(here.access.shown(by, "ScoreChange", change))
            if len(changes) == limit:
                break
    here.access.consulted(by, str(last), what="score changes", outcome="shown")
    return Response(
        orjson.dumps({"changes": changes, "next": str(last)}), media_type="application/json"
    )


def _beginning(after: str | None) -> Place | None:
    if after is None:
        return None
    place = place_of(after)
    if place is None:
        fault = FieldProblem("/query/after", "cursor", "It is no `next` of a page.")
        raise ProblemError("invalid-request", TYPES["invalid-request"][2], errors=[fault])
    return place


def _since(
    connection: Connection, after: Place | None, since_u: int, at_once: int
) -> Iterator[tuple[Place, Row, dict[str, Any]]]:
    """Scores after a place, or known after since_u, ascending, each with what decides who sees it."""
    for epoch in _epochs(connection):
        if after is not None and epoch < after.epoch:
            continue
        past = after.u if after is not None and epoch == after.epoch else since_u
        while page := list(_page(connection, epoch, past, at_once)):
            yield from page
            past = page[-1][0].u


def _page(
    connection: Connection, epoch: int, past: int, at_once: int
) -> Iterator[tuple[Place, Row, dict[str, Any]]]:
    scores, ledger = tables.scores.c, tables.ledger.c
    rows = connection.execute(
        select(scores.u, scores.answer, ledger.source_system, ledger.body)
        .join(tables.ledger, (ledger.epoch == scores.epoch) & (ledger.u == scores.u))
        .where(scores.epoch == epoch, scores.u > past)
        .order_by(scores.u)
        .limit(at_once)
    )
    for row in rows:
        stored = orjson.loads(row.body)
        whose = Row(row.source_system, stored["owner_country"], stored["owner_post"], row.u)
        yield Place(epoch, row.u), whose, _change(epoch, whose.owner_post, orjson.loads(row.answer))


def _is_withheld(
    connection: Connection, access: Access, by: Principal, change: Mapping[str, Any]
) -> bool:
    movement = change["movement"]
    return is_withheld(
        connection,
        access,
        by,
        kind=movement["kind"],
        source_system=movement["source_system"],
        source_record_id=movement["source_record_id"],
    )


def _change(epoch: int, owner_post: str, answer: dict[str, Any]) -> dict[str, Any]:
    model, recommended = answer["model"], answer["recommendation"]
    return {
        "score_id": answer["score_id"],
        "epoch": epoch,
        "as_of": answer["as_of"],
        "movement": answer["movement"],
        "owner_post": owner_post,
        "supersedes": answer["supersedes"],
        "risks": {
            risk: {"band": said.get("band"), "movement_band": said["movement_band"]}
            for risk, said in answer["risks"].items()
        },
        "action": recommended["action"],
        "because": recommended["because"],
        "model_sha256": model["sha256"] if model else None,
    }


def _epochs(connection: Connection) -> list[int]:
    number = tables.epochs.c.epoch
    return list(connection.execute(select(number).order_by(number)).scalars())
