"""How a page is made: a template, the reader's language, and nothing from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_time
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from models.languages import Language
from models.verdicts import band_in_words
from serving.access.asked_pages import page_above
from serving.access.principal import Principal, principal_of
from serving.deployment import Deployment, deployment_of
from serving.review import static_files
from serving.review.navigation import links
from serving.review.reading_person import posts_in_words, role_in_words
from serving.speaking import headers_of, spoken_on_pages

TEMPLATES = Path(__file__).parent / "templates"

#: Each language by its own name, for whoever cannot read the one a page is in.
LANGUAGES = {
    "en": "English",
    "mk": "Македонски",
    "sq": "Shqip",
    "sr-Latn": "Srpski",
    "sr-Cyrl": "Српски",
}

#: Nothing is loaded from anywhere else, and nothing stands inline. Pico's signs are data: images.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

#: Cookies by which a browser remembers what a reader chose.
THEME_COOKIE, SIZE_COOKIE = "vardar_theme", "vardar_size"
#: What can be chosen; else a page looks as the system says, in text of the usual size.
THEMES, SIZES = ("light", "dark"), ("large",)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the reader's language.

    Args:
        request: Who asks for it; its principal, if there is one, decides what the page offers.
        template: Its file under `templates/`.
        status: Of the answer.
        values: What the template shows, besides what every page has.
    """
    spoken = spoken_on_pages(request)
    made = environment().get_template(template).render(**_every_page(request, spoken), **values)
    told = {**headers_of(spoken), "Content-Security-Policy": POLICY}
    return HTMLResponse(made, status, told)


def address_of(request: Request) -> str:
    """Where the page that is asked for stands, with its query."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


@cache
def environment() -> Environment:
    """How templates are read: everything is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_files.address
    return made


def moment(u: int, spoken: Language) -> str:
    """A day and time in words, UTC, of microseconds since 1970."""
    at = datetime.fromtimestamp(u / 1_000_000, UTC)
    return str(format_datetime(at, "d MMM y, HH:mm", locale=spoken.locale))


def day(u: int, spoken: Language) -> str:
    """A day in words, of microseconds since 1970."""
    return str(
        format_date(datetime.fromtimestamp(u / 1_000_000, UTC), "d MMM y", locale=spoken.locale)
    )


def clock_time(u: int, spoken: Language) -> str:
    """Hours and minutes, UTC, of microseconds since 1970."""
    at = datetime.fromtimestamp(u / 1_000_000, UTC)
    return str(format_time(at, "HH:mm", locale=spoken.locale))


def exact(u: int) -> str:
    """A moment as machines read it, of microseconds since 1970 UTC."""
    return datetime.fromtimestamp(u // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked_by(request: Request) -> tuple[Deployment, Principal, Language]:
    """What nearly every page begins with: where it is answered from, for whom, in which language."""
    return deployment_of(request), principal_of(request), spoken_on_pages(request)


def _every_page(request: Request, spoken: Language) -> dict[str, Any]:
    by: Principal | None = request.scope.get("principal")
    # A page says so too when the service is only starting.
    here: Deployment | None = request.app.state.deployment
    return {
        "by": by,
        "role_words": role_in_words(by.role, spoken) if by else None,
        "posts_words": posts_in_words(by, spoken) if by else None,
        "acts": by.scopes if by else frozenset(),
        "navigation": links(here.access.policy, by, spoken) if by and here else [],
        "csrf_token": by.csrf_token if by else None,
        "spoken": spoken,
        "say": spoken.say,
        "say_counted": spoken.say_counted,
        "band_word": partial(band_in_words, language=spoken),
        "exact": exact,
        "moment": partial(moment, spoken=spoken),
        "day": partial(day, spoken=spoken),
        "clock_time": partial(clock_time, spoken=spoken),
        "path": request.url.path,
        "back_here": address_of(request)
        if request.method == "GET" or here is None
        else page_above(here.access.policy, request.url.path),
        "languages": LANGUAGES,
        "theme": _chosen(request, THEME_COOKIE, THEMES),
        "size": _chosen(request, SIZE_COOKIE, SIZES),
        "rehearsal": here is not None and here.scoring.rehearsal,
        "now": here.ledger.clock() if here else None,
    }


def _chosen(request: Request, cookie: str, allowed: tuple[str, ...]) -> str | None:
    value = request.cookies.get(cookie)
    return value if value in allowed else None
