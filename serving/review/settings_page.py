"""What a reader chooses of all pages: the language, light or dark, the size of the text.

A cookie keeps it, so that it stands on the page to sign in by too, and nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from features.records.problems import FieldProblem
from models.languages import TAGS
from serving.access import cookies
from serving.access.asked_pages import local
from serving.problems import TYPES, ProblemError
from serving.review.pages import SIZE_COOKIE, SIZES, THEME_COOKIE, THEMES
from serving.speaking import LANGUAGE_COOKIE

router = APIRouter()

_YEAR = 365 * 86_400


@router.post("/review/language", include_in_schema=False)
async def choose_language(request: Request) -> Response:
    """Every page speaks this language from now on."""
    given = await _given(request)
    return _kept(request, given, {LANGUAGE_COOKIE: ("language", TAGS)})


@router.post("/review/appearance", include_in_schema=False)
async def choose_appearance(request: Request) -> Response:
    """Every page looks so from now on; what the system says goes where nothing was chosen."""
    given = await _given(request)
    choices: dict[str, tuple[str, tuple[str, ...]]] = {}
    if "theme" in given:
        choices[THEME_COOKIE] = ("theme", ("system", *THEMES))
    if "size" in given:
        choices[SIZE_COOKIE] = ("size", ("normal", *SIZES))
    return _kept(request, given, choices)


def _kept(
    request: Request,
    given: Mapping[str, str],
    choices: Mapping[str, tuple[str, Mapping[str, str] | tuple[str, ...]]],
) -> Response:
    """Back to the page that it was chosen on."""
    answer = RedirectResponse(local(given.get("back")), 303)
    for cookie, (field, allowed) in choices.items():
        if given.get(field) not in allowed:
            fault = FieldProblem(f"/{field}", "enum", f"It is one of {', '.join(allowed)}.")
            raise ProblemError("invalid-request", TYPES["invalid-request"][2], errors=[fault])
        answer.set_cookie(
            cookie,
            given[field],
            max_age=_YEAR,
            path="/",
            secure=cookies.is_secure(request),
            httponly=True,
            samesite="lax",
        )
    return answer


async def _given(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
