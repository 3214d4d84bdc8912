"""The form to sign in by, in the reader's language before it is known who that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from models.languages import Language
from serving.access.asked_pages import local
from serving.access.policy import Sessions
from serving.deployment import deployment_of
from serving.review.faults import Fault
from serving.review.pages import page
from serving.speaking import spoken_on_pages

router = APIRouter()


@router.get("/sign-in", include_in_schema=False)
async def form(request: Request) -> HTMLResponse:
    """The form."""
    ended = request.query_params.get("ended") or request.scope.get("ended")
    return _shown(request, next_page=local(request.query_params.get("next")), ended=ended)


def again(
    request: Request, given: Mapping[str, Any], *, missing: Sequence[str] = ()
) -> HTMLResponse:
    """The form once more.

    Args:
        request: The try to sign in.
        given: What was typed; the name is kept, the password is not.
        missing: Fields without a text; where there are none, the try was refused.
    """
    spoken = spoken_on_pages(request)
    words = {
        "name": spoken.words("Type your name."),
        "password": spoken.words("Type your password."),
    }
    refused = Fault(
        "name",
        spoken.words(
            "Name or password is wrong, or the account waits after too many tries. Try again later."
        ),
    )
    name = given.get("name")
    return _shown(
        request,
        next_page=local(given.get("next")),
        name=name if isinstance(name, str) and len(name) < 200 else "",
        faults=[Fault(field, words[field]) for field in missing] or [refused],
        status=422 if missing else 401,
    )


def why_ended(ended: object, settings: Sessions, spoken: Language) -> str | None:
    """Why somebody is not signed in any more, in a sentence; None where nothing is known of it."""
    match ended:
        case "idle":
            return spoken.say_counted(
                "You were signed out after {n} minute without use.",
                "You were signed out after {n} minutes without use.",
                n=settings.idle_minutes,
            )
        case "age":
            return spoken.say_counted(
                "You were signed out: a session lasts {n} hour at most.",
                "You were signed out: a session lasts {n} hours at most.",
                n=settings.absolute_hours,
            )
        case "ended":
            return spoken.words("Your session has ended.")
        case _:
            return None


def _shown(
    request: Request,
    *,
    next_page: str,
    ended: object = None,
    name: str = "",
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HTMLResponse:
    here = deployment_of(request)
    return page(
        request,
        "sign_in.html",
        status=status,
        next_page=next_page,
        name=name,
        faults=faults,
        ended=why_ended(ended, here.access.policy.sessions, spoken_on_pages(request)),
        provider=here.settings.provider and f"/oidc/sign-in?{urlencode({'next': next_page})}",
    )
