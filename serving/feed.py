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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection, select
from starlette.responses import Response

from features.ledger import tables
from features.ledger.connection import reading
from features.records.problems import FieldProblem
from serving.deployment import deployment_of
from serving.describing import problems_of
from serving.problems import TYPES, ProblemError
from serving.schemas import ScoreChanges

router = APIRouter()

#: Scores in one page; what is stored with each makes larger ones slow.
LARGEST_PAGE = 1000

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
    answered, so a movement that was amended is listed again, with the score it supersedes.
    """
    here = deployment_of(request)
    begin = _beginning(after)
    with reading(here.ledger.engine) as connection:
        found = list(_since(connection, begin, 0 if begin else since_u, limit))
        # Nothing since: earlier epochs are closed, so whatever comes stands in the latest or after it.
        last = found[-1][0] if found else begin or Place(_epochs(connection)[-1], since_u)
    body = {"changes": [change for _, change in found], "next": str(last)}
    return Response(orjson.dumps(body), media_type="application/json")


def _beginning(after: str | None) -> Place | None:
    if after is None:
        return None
    place = place_of(after)
    if place is None:
        fault = FieldProblem("/query/after", "cursor", "It is no `next` of a page.")
        raise ProblemError("invalid-request", TYPES["invalid-request"][2], errors=[fault])
    return place


def _since(
    connection: Connection, after: Place | None, since_u: int, limit: int
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """At most `limit` scores after a place, or known after since_u, ascending."""
    left = limit
    for epoch in _epochs(connection):
        if left <= 0:
            return
        if after is not None and epoch < after.epoch:
            continue
        past = after.u if after is not None and epoch == after.epoch else since_u
        for place, change in _page(connection, epoch, past, left):
            left -= 1
            yield place, change


def _page(
    connection: Connection, epoch: int, past: int, limit: int
) -> Iterator[tuple[Place, dict[str, Any]]]:
    scores = tables.scores.c
    rows = connection.execute(
        select(scores.u, scores.owner_post, scores.answer)
        .where(scores.epoch == epoch, scores.u > past)
        .order_by(scores.u)
        .limit(limit)
    )
    for row in rows:
        answer = orjson.loads(row.answer)
        yield Place(epoch, row.u), _change(epoch, row.owner_post, answer)


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
