"""What has come into the queue since a page was made; asked again and again, so it costs little.

A browser asks by itself: that says nothing about whether anybody is there. So the policy calls the
address quiet, and a session ends as if it had not been asked for.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from features.ledger.connection import reading
from serving.access import sessions
from serving.access.cookies import session_of
from serving.access.secret_values import MINUTE, real_now
from serving.deployment import Deployment
from serving.review import queue_paging
from serving.review.pages import asked_by, page
from serving.review.places import sight_of
from serving.review.queue_filters import asked_for
from serving.review.queue_page import address

router = APIRouter()

#: How long before a session ends its holder is told.
_WARN = 5 * MINUTE

_MOMENT = re.compile(r"[0-9]{1,18}")


@router.get("/review/queue/news", include_in_schema=False)
def news(request: Request) -> Response:
    """A bar with the number of new movements; nothing (204) where the reader has been told already.

    `since` is the moment the page knew of last, `told` what the bar says by now.
    """
    here, by, _ = asked_by(request)
    given = request.query_params
    filters = asked_for(given).filters
    since = given.get("since", "")
    with reading(here.ledger.engine) as connection:
        sight = sight_of(connection, here.access, by)
        n = (
            queue_paging.count_of(connection, sight, filters, beyond=int(since))
            if _MOMENT.fullmatch(since) and not filters.mine
            else 0
        )
    ending = _ending(here, request)
    told = f"{n}{' ending' if ending else ''}"
    if told == given.get("told", "0"):
        return Response(status_code=204)
    return page(
        request, "queue_news.html", n=n, counted=queue_paging.MOST_COUNTED, ending=ending, told=told,
        here=address(filters),
    )  # fmt: skip


def _ending(here: Deployment, request: Request) -> bool:
    """Whether the reader's session ends soon unless they open a page."""
    token = session_of(request.cookies)
    if token is None:
        return False
    with reading(here.ledger.engine) as connection:
        ends = sessions.ends(connection, token, here.access.policy.sessions)
    return ends is not None and ends - real_now() < _WARN
