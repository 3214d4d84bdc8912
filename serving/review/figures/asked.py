"""What the address of a page of figures asks for: days and post, refused with the way out."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from models.languages import Language
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.problems import TYPES, ProblemError
from serving.review.faults import Fault
from serving.review.figures.view import PERIODS, View, view_of

DEFAULT_DAYS = 90


@dataclass(frozen=True)
class AskedFor:
    """A view, and what was wrong with what was asked for."""

    view: View
    faults: tuple[Fault, ...]

    @property
    def status(self) -> int:
        """Of the page."""
        return 422 if self.faults else 200


def asked_for(request: Request, here: Deployment, by: Principal, spoken: Language) -> AskedFor:
    """The view that `days` and `post` of the address ask for; usual ones in place of wrong ones."""
    faults: list[Fault] = []
    typed = request.query_params.get("days", "")
    days = DEFAULT_DAYS
    if typed and typed not in map(str, PERIODS):
        says = spoken.say(
            "There are figures of {choices} days: choose one of these.",
            choices=", ".join(map(str, PERIODS)),
        )
        faults.append(Fault("days", says))
    elif typed:
        days = int(typed)
    post = request.query_params.get("post", "") or None
    view = view_of(here, by, days=days, post=post)
    if post is not None and post not in view.posts:
        # A post one may not see does not exist.
        says = spoken.words("There is no such post among those you see: choose one of the list.")
        faults.append(Fault("post", says))
        view = view_of(here, by, days=days)
    return AskedFor(view, tuple(faults))


def whole_view(request: Request, here: Deployment, by: Principal, spoken: Language) -> View:
    """The same for a file, which has no place to say what was wrong.

    Raises:
        ProblemError: invalid-request.
    """
    asked = asked_for(request, here, by, spoken)
    if asked.faults:
        raise ProblemError("invalid-request", asked.faults[0].message)
    return asked.view


def no_such_table() -> ProblemError:
    """What a wrong name of a table is answered with."""
    return ProblemError("not-found", TYPES["not-found"][2])
