"""Turning all pages of the queue shows what one may see, each once and in order, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from features.ledger import tables_review as tables
from features.ledger.connection import reading, writing
from serving.access.principal import Principal
from serving.access.rows import Row
from serving.deployment import Deployment, open_deployment
from serving.review import queue_paging
from serving.review.places import sight_of
from serving.review.queue_filters import Asked, Filters, Sort
from serving.review.states import State
from tests.deployments import a_home
from tests.queues import a_case, put

HOUR = 3_600_000_000
NOW = 100_000 * HOUR


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("queue"), heads=()))
    deployment.ledger.clock = lambda: NOW
    yield deployment
    deployment.close()


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """From small ranges, so that moments, posts and ends of what one may see meet."""
    since = NOW - draw(st.integers(70, 74)) * HOUR + draw(st.integers(0, 1))
    state = draw(st.sampled_from([State.NEW, State.NEW, State.DECIDED, State.CLOSED]))
    waits = state is not State.CLOSED and draw(st.sampled_from([True, True, False]))
    return {
        "kind": draw(st.sampled_from(["consignment", "crossing"])),
        "owner_country": draw(st.sampled_from(["MK", "AL"])),
        "owner_post": draw(st.sampled_from(["P1", "P2"])),
        "since": since,
        "u": since + draw(st.sampled_from([0, 0, 9 * HOUR])),
        "state": state.value,
        "waits": waits,
        "held_by": draw(st.sampled_from([None, "me", "other"])),
    }


principals = st.builds(
    Principal,
    id=st.just("account:me"),
    kind=st.just("person"),
    name=st.just("me"),
    # 72 hours, 90 days.
    role=st.sampled_from(["field_officer", "field_officer", "shift_supervisor"]),
    countries=st.sampled_from([("MK",), ("MK", "AL"), ("*",)]),
    posts=st.sampled_from([("P1",), ("P2", "P1"), ("*",)]),
    scopes=st.just(frozenset({"arms"})),
)
filters = st.builds(
    Filters,
    post=st.sampled_from([None, None, "P1"]),
    kind=st.sampled_from([None, None, "crossing"]),
    state=st.sampled_from([None, None, State.NEW, State.CLOSED]),
    mine=st.sampled_from([False, False, False, True]),
    closed=st.booleans(),
    sort=st.sampled_from(list(Sort)),
)


@pytest.mark.slow
@given(st.lists(rows(), min_size=8, max_size=25), principals, filters, st.integers(1, 4))
def test_all_pages_together_are_what_one_may_see(
    here: Deployment, drawn: list[dict[str, Any]], by: Principal, chosen: Filters, at_a_time: int
) -> None:
    cases = [a_case(**row) for row in drawn]
    fill(here, cases)
    expected = [
        c["case_id"] for c in sorted(cases, key=order(chosen.sort)) if fits(here, by, chosen, c)
    ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_paging, "ROWS", at_a_time)
        forwards = turned(here, by, chosen, backwards=False)
        backwards = turned(here, by, chosen, backwards=True)

    assert forwards == expected
    assert backwards == expected
    if not chosen.mine:
        with reading(here.ledger.engine) as connection:
            sight = sight_of(connection, here.access, by)
            assert queue_paging.count_of(connection, sight, chosen) == len(expected)


@pytest.mark.parametrize(
    "none",
    [
        pytest.param({"scopes": frozenset()}, id="no risk"),
        pytest.param({"countries": ("HR",)}, id="another country"),
        pytest.param({"posts": ("P9",)}, id="another post"),
        pytest.param({"role": "liaison_officer"}, id="a role that sees none"),
    ],
)
def test_who_may_see_nothing_is_shown_nothing(here: Deployment, none: dict[str, Any]) -> None:
    by = Principal(
        "account:me", "person", "me", "field_officer", ("MK",), ("P1",), frozenset({"arms"})
    )
    fill(here, [a_case(owner_post="P1", since=NOW, u=NOW)])

    assert len(turned(here, by, Filters(), backwards=False)) == 1
    assert turned(here, replace(by, **none), Filters(), backwards=False) == []


def fill(here: Deployment, cases: list[dict[str, Any]]) -> None:
    with writing(here.ledger.engine) as connection:
        connection.execute(delete(tables.cases))
        put(connection, cases)


def fits(here: Deployment, by: Principal, chosen: Filters, case: dict[str, Any]) -> bool:
    """Written out again, from `Access.sees` and the words of the filters."""
    row = Row(case["source_system"], case["owner_country"], case["owner_post"], case["u"])
    closed = case["state"] == "closed"
    return (
        here.access.sees(by, row)
        and (case["waits"] or (closed and (chosen.closed or chosen.state is State.CLOSED)))
        and chosen.post in (None, case["owner_post"])
        and chosen.kind in (None, case["kind"])
        and chosen.state in (None, case["state"])
        and (not chosen.mine or case["held_by"] == "me")
    )


def order(sort: Sort) -> Any:
    match sort:
        case Sort.POST:
            return lambda c: (c["owner_country"], c["owner_post"], c["since"], c["case_id"])
        case Sort.NEWEST:
            return lambda c: (-c["since"], -int(c["case_id"].removeprefix("case-")))
        case _:
            return lambda c: (c["since"], c["case_id"])


def turned(here: Deployment, by: Principal, chosen: Filters, *, backwards: bool) -> list[str]:
    """All ids, by turning pages from the beginning to the end; and back, if that is wanted."""
    with reading(here.ledger.engine) as connection:
        sight = sight_of(connection, here.access, by)

        def page(asked: Asked) -> queue_paging.Page:
            assert len(pages) < 50, "turning pages does not end"
            return queue_paging.page_of(connection, sight, asked, accounts=("me",))

        pages: list[queue_paging.Page] = []
        pages.append(page(Asked(chosen)))
        while pages[-1].after:
            pages.append(page(Asked(chosen, pages[-1].after)))
        if backwards:
            pages = [pages[-1]]
            while pages[0].before:
                pages.insert(0, page(Asked(chosen, pages[0].before, backwards=True)))
    return [case.case_id for one in pages for case in one.cases]
