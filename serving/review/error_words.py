"""Problems in the words of people: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.languages import Language
from serving.problems import TYPES


@dataclass(frozen=True)
class Words:
    """What a person is told of a type of problem."""

    title: str
    way_out: str


def words_of(kind: str, spoken: Language) -> Words:
    """What is told to machines in their own terms, in people's; else what stands in the table."""
    match kind:
        case "unauthenticated":
            return Words(
                spoken.words("You are not signed in"),
                spoken.words("What you sent was not stored. Sign in, then do it again."),
            )
        case "forgery":
            return Words(
                spoken.words("The form is not from your session"),
                spoken.words(
                    "Nothing was stored. Perhaps you have signed in anew since the page was "
                    "opened. Open the page again and send it from there."
                ),
            )
        case "not-found":
            return Words(
                spoken.words("There is no such page"),
                spoken.words("Check the address, or go back."),
            )
        case "forbidden":
            return Words(
                spoken.words("Your role does not include this"),
                spoken.words("If you need it for your work, ask whoever made your account."),
            )
        case "method-not-allowed":
            return Words(
                spoken.words("This address takes no such request"),
                spoken.words("Go back and use the form on the page."),
            )
        case "unsupported-media-type" | "malformed-json":
            return Words(
                spoken.words("What was sent could not be read"),
                spoken.words("Nothing was stored. Go back and use the form on the page."),
            )
        case "too-large":
            return Words(
                spoken.words("Too much was sent at once"),
                spoken.words("Nothing was stored. Go back and send less."),
            )
        case "invalid-request":
            return Words(
                spoken.words("Something in the form has to be mended"),
                spoken.words("Nothing was stored. Go back, mend what is named, and send it again."),
            )
        case "too-many" | "overloaded":
            return Words(
                spoken.words("Too many requests at once"),
                spoken.words("Nothing was stored. Wait a moment, then try again."),
            )
        case "internal":
            return Words(
                spoken.words("The service failed"),
                spoken.words(
                    "Go back and look whether what you sent was stored. If it happens again, "
                    "tell whoever runs the service, with the number below."
                ),
            )
        case "store-unavailable" | "not-ready":
            return Words(
                spoken.words("The service cannot answer just now"),
                spoken.words("Nothing was stored. Wait a moment, then try again."),
            )
        case _:
            return Words(spoken.words(TYPES[kind][1]), spoken.words(TYPES[kind][2]))


#: What is said in the details of these speaks to whoever wrote a client.
_OF_MACHINES = frozenset(
    {"unauthenticated", "forgery", "not-found", "too-many", "overloaded", "too-large", "internal"}
)


def detail_of(kind: str, problem: Mapping[str, Any], spoken: Language) -> str | None:
    """What a problem says beyond its type, where it says it to people."""
    detail: str = problem["detail"]
    if kind in _OF_MACHINES or detail in (TYPES[kind][2], problem["way_out"]):
        return None
    return spoken.words(detail)


def message_of(problem: Mapping[str, Any]) -> str:
    """A fault of a field, by the field's name."""
    name = problem["field"].lstrip("/").replace("/", ", ")
    return f"{name}: {problem['message']}" if name else problem["message"]


def try_again(retry_after: str | None, spoken: Language) -> str | None:
    """When to try again."""
    if retry_after is None or not retry_after.isdigit():
        return None
    seconds = int(retry_after)
    if seconds <= 90:
        return spoken.say_counted(
            "Try again in {n} second.", "Try again in {n} seconds.", n=seconds
        )
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return spoken.say_counted(
            "Try again in {n} minute.", "Try again in {n} minutes.", n=minutes
        )
    hours = -(-minutes // 60)
    return spoken.say_counted("Try again in {n} hour.", "Try again in {n} hours.", n=hours)
