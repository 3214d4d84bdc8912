"""The pictures of README: made by these tests, looked at by people, and small enough to be kept."""

from __future__ import annotations

import pytest

from serving.review.states import State
from tests.browsing import PICTURES, Demonstration, Front
from tests.walking import sees_the_score

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LARGEST = 300_000


def test_the_queue_and_a_case_fit_into_readme(front: Front, demonstration: Demonstration) -> None:
    login = demonstration.login("shift_supervisor")
    case = next(c for c in demonstration.cases(State.NEW) if c.kind == "consignment")
    with front.visitor(login, size=(1280, 860)) as visitor:
        sees_the_score(visitor, case)
        says = visitor.page.get_by_role("heading", name="What the model says")
        says.evaluate("heading => window.scrollTo(0, heading.offsetTop - 16)")
        visitor.picture("readme-case", whole=False)
        visitor.open("/review/queue")
        visitor.picture("readme-queue", whole=False)

    for name in ("readme-case", "readme-queue"):
        assert 10_000 < (PICTURES / f"{name}.png").stat().st_size <= LARGEST
