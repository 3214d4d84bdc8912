"""In which language a request is answered: the parameter `language`, else `Accept-Language`.

A page's reader chooses by a cookie, or has it said of the account, before the browser is asked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from starlette.requests import Request

from models.languages import ENGLISH, TAGS, Language, language
from serving.access.principal import Principal

#: What an operation's description says of languages.
PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "language",
        "in": "query",
        "required": False,
        "description": "The language of sentences; goes before Accept-Language.",
        "schema": {"type": "string", "enum": list(TAGS)},
    },
    {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "description": "The languages one reads, such as `mk, en;q=0.5`; else English is spoken.",
        "schema": {"type": "string"},
    },
]

#: By this cookie a browser remembers the language that a reader of pages chose.
LANGUAGE_COOKIE = "vardar_language"

#: Language ranges beyond these are not looked at.
_MOST_RANGES = 20
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
#: Serbian without a script: Cyrillic, but Latin where CLDR says so; its neighbours read the Latin.
_SCRIPTS = {"sr": "sr-Cyrl", "sr-me": "sr-Latn", "sh": "sr-Latn", "cnr": "sr-Latn", "bs": "sr-Latn"}
_TAGS = {tag.lower(): tag for tag in TAGS}


def language_of(request: Request) -> Language | None:
    """The language to answer in; None where the parameter names one there is not."""
    # Nearly no request bears the parameter, and to parse the query costs more than to look.
    if b"language=" in request.scope["query_string"]:
        wanted = request.query_params.get("language")
        if wanted is not None:
            return language(wanted) if wanted in TAGS else None
    return language(accepted(request.headers.get("accept-language", "")))


def spoken_to(request: Request) -> Language:
    """The same, and English where the parameter is wrong: for telling so."""
    return language_of(request) or ENGLISH


def spoken_on_pages(request: Request) -> Language:
    """The language of a page: chosen there, else the account's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    by: Principal | None = request.scope.get("principal")
    for tag in (chosen, by.language if by else None):
        if tag in TAGS:
            return language(tag)
    return language(accepted(request.headers.get("accept-language", "")))


def headers_of(spoken: Language) -> dict[str, str]:
    """What an answer in a language says of it."""
    return {"Content-Language": spoken.tag, "Vary": "Accept-Language"}


@lru_cache(maxsize=256)
def accepted(header: str) -> str:
    """The tag of the language that an `Accept-Language` header prefers of those there are.

    Ranges are looked up as RFC 4647 does, from the longest to the shortest: `mk-MK` finds `mk`.
    The first of equals wins; what has a weight of 0 is not spoken, and what cannot be read is
    passed over. English is spoken where nothing else is asked for.
    """
    refused, ranked = set(), []
    for place, part in enumerate(header.split(",")[:_MOST_RANGES]):
        asked, _, parameters = part.partition(";")
        weight = _WEIGHT.fullmatch(parameters.strip().lower()) if parameters else None
        if parameters and weight is None:
            continue
        q = float(weight[1]) if weight else 1.0
        tag = _looked_up(asked.strip().lower())
        if tag is None:
            continue
        if q == 0:
            refused.add(tag)
        else:
            ranked.append((-q, place, tag))
    return next((tag for _, _, tag in sorted(ranked) if tag not in refused), "en")


def _looked_up(asked: str) -> str | None:
    if asked == "*":
        return "en"
    subtags = asked.split("-")
    while subtags:
        shorter = "-".join(subtags)
        if found := _TAGS.get(shorter) or _SCRIPTS.get(shorter):
            return found
        subtags.pop()
    return None
