"""What of the queue is asked for: it all stands in the address, so that it can be kept and sent on."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from features.registry import SUBJECTS
from serving.review.places import Place
from serving.review.states import State

_LONGEST = 100


class Sort(StrEnum):
    """What comes first. Never the band or the score: their order would tell them."""

    LONGEST = "longest"
    NEWEST = "newest"
    POST = "post"


@dataclass(frozen=True)
class Filters:
    """What is shown, and in which order.

    Attributes:
        post: At this post only.
        kind: Consignments or crossings only.
        state: In this state only.
        mine: Only what the reader has open.
        closed: Also what was closed.
    """

    post: str | None = None
    kind: str | None = None
    state: State | None = None
    mine: bool = False
    closed: bool = False
    sort: Sort = Sort.LONGEST

    @property
    def query(self) -> str:
        """As it stands in an address; empty where nothing is chosen."""
        return urlencode(
            [
                (name, "1" if value is True else str(value))
                for name, value in vars(self).items()
                if value not in (None, False, Sort.LONGEST)
            ]
        )

    @property
    def narrowed(self) -> bool:
        """Whether it leaves out anything that waits."""
        return replace(self, sort=Sort.LONGEST, closed=False) != Filters()


class Mark(NamedTuple):
    """A place between two rows of the queue."""

    place: Place
    since: int
    case_id: str

    def written(self) -> str:
        """As it stands in an address; not meant to be read."""
        return urlsafe_b64encode(orjson.dumps([*self.place, *self[1:]])).decode().rstrip("=")


@dataclass(frozen=True)
class Asked:
    """What an address asks for.

    Attributes:
        mark: From where on; None for the beginning.
        backwards: Whether what lies before the mark is wanted.
        not_understood: Names of what the address asks for and the queue does not know.
    """

    filters: Filters
    mark: Mark | None = None
    backwards: bool = False
    not_understood: tuple[str, ...] = ()


def asked_for(given: Mapping[str, str]) -> Asked:
    """What an address asks for; what it does not understand is left out and named."""
    read = {name: _READ[name](text) for name, text in given.items() if name in _READ and text}
    filters = Filters(**{n: v for n, v in read.items() if v is not None and n not in _WAYS})
    way = next((name for name in _WAYS if read.get(name)), None)
    wrong = {name for name, value in read.items() if value is None}
    return Asked(filters, read[way] if way else None, way == "before", tuple(sorted(wrong)))


def _mark(text: str) -> Mark | None:
    try:
        country, post, since, case_id = orjson.loads(
            urlsafe_b64decode(text + "=" * (-len(text) % 4))
        )
    except (ValueError, TypeError):
        return None
    texts = all(isinstance(value, str) for value in (country, post, case_id))
    if not texts or type(since) is not int or not 0 <= since < 2**63:
        return None
    return Mark(Place(country, post), since, case_id)


def _short(text: str) -> str | None:
    return text if len(text) <= _LONGEST else None


_WAYS = ("after", "before")
_READ: dict[str, Callable[[str], Any]] = {
    "post": _short,
    "kind": lambda text: text if text in SUBJECTS else None,
    "state": lambda text: State(text) if text in set(State) else None,
    "mine": lambda text: text == "1" or None,
    "closed": lambda text: text == "1" or None,
    "sort": lambda text: Sort(text) if text in set(Sort) else None,
    "after": _mark,
    "before": _mark,
}
