"""What the address of a page of figures asks for: days and post, refused with the way out."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from models.languages import Language
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.problems import TYPES, ProblemError
from serving.review.figures.view import PERIODS, View, view_of

DEFAULT_DAYS = 90


@dataclass(frozen=True)
class Wrong:
    """A field that cannot be taken as it was typed.

    Attributes:
        field: Its name in the form, where the summary links to.
        typed: What was typed.
        says: The rule and the way out.
    """

    field: str
    typed: str
    says: str


@dataclass(frozen=True)
class AskedFor:
    """A view, and what was wrong with what was asked for."""

    view: View
    wrong: tuple[Wrong, ...]

    @property
    def status(self) -> int:
        """Of the page."""
        return 422 if self.wrong else 200


def asked_for(request: Request, here: Deployment, by: Principal, spoken: Language) -> AskedFor:
    """The view that `days` and `post` of the address ask for; usual ones in place of wrong ones."""
    wrong: list[Wrong] = []
    typed = request.query_params.get("days", "")
    days = DEFAULT_DAYS
    if typed and typed not in map(str, PERIODS):
        says = spoken.say(
            "There are figures of {choices} days: choose one of these.",
            choices=", ".join(map(str, PERIODS)),
        )
        wrong.append(Wrong("days", typed, says))
    elif typed:
        days = int(typed)
    post = request.query_params.get("post", "") or None
    view = view_of(here, by, days=days, post=post)
    if post is not None and post not in view.posts:
        # A post one may not see does not exist.
        says = spoken.words("There is no such post among those you see: choose one of the list.")
        wrong.append(Wrong("post", post, says))
        view = view_of(here, by, days=days)
    return AskedFor(view, tuple(wrong))


def whole_view(request: Request, here: Deployment, by: Principal, spoken: Language) -> View:
    """The same for a file, which has no place to say what was wrong.

    Raises:
        ProblemError: invalid-request.
    """
    asked = asked_for(request, here, by, spoken)
    if asked.wrong:
        raise ProblemError("invalid-request", asked.wrong[0].says)
    return asked.view


def no_such_table() -> ProblemError:
    """What a wrong name of a table is answered with."""
    return ProblemError("not-found", TYPES["not-found"][2])
