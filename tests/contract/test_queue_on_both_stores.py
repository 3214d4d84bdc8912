"""Queue and search say the same on SQLite and on PostgreSQL, and read no more of a fuller store."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from features.ledger.connection import reading, writing
from serving.access.principal import Principal
from serving.deployment import Deployment, open_deployment
from serving.review import queue_paging, searching
from serving.review.places import every_place, sight_of
from serving.review.queue_filters import Asked, Filters, Sort
from serving.review.states import State
from tests.access import person
from tests.deployments import a_home, deployed, submitted
from tests.queues import a_case, put

#: Posts that languages order otherwise than bytes do, and references that begin alike.
POSTS = ("MK-GR-01", "MK001041", "MK-gr-02", "Mk")


def test_paging_searching_and_counting_on_each_store(store_url: str, tmp_path: Path) -> None:
    here = deployed(replace(a_home(tmp_path, heads=()), store=store_url))
    rng, now = random.Random(1), here.ledger.clock()
    drawn = [
        a_case(owner_post=rng.choice(POSTS), since=now - rng.randrange(10**6), u=now,
               source_record_id=("a-b", "A b", "Ab-", "ab", "a%b", "a_b")[n % 6] + str(n))
        for n in range(150)
    ]  # fmt: skip
    with writing(here.ledger.engine) as connection:
        put(connection, drawn)
    by = somebody("shift_supervisor")

    with reading(here.ledger.engine) as connection:
        sight = sight_of(connection, here.access, by)
        turned = {sort: all_pages(connection, here, by, Filters(sort=sort)) for sort in Sort}
        found = searching.search(connection, here.access, by, "a-b")
        hits = searching.search(connection, here.access, by, "a%b")
        counted = queue_paging.count_of(connection, sight, Filters())
        places = {place.post for place in every_place(connection)}

    oldest = [c["case_id"] for c in sorted(drawn, key=lambda c: (c["since"], c["case_id"]))]
    by_post = sorted(drawn, key=lambda c: (c["owner_post"], c["since"], c["case_id"]))
    assert turned[Sort.LONGEST] == oldest
    assert turned[Sort.NEWEST] == oldest[::-1]
    assert turned[Sort.POST] == [c["case_id"] for c in by_post]
    assert {c.source_record_id for c in found.cases} == begins(drawn, "a-b")
    assert {c.source_record_id for c in hits.cases} == begins(drawn, "a%b")
    assert (counted, places) == (150, set(POSTS))


def test_the_pages_answer_on_each_store(store_url: str, tmp_path: Path) -> None:
    here = deployed(replace(a_home(tmp_path, heads=()), store=store_url))
    scored: Any = submitted(here, "consignment", owner_post="MK-GR-01", declaration_ref="26MKA1")
    other = person(here, "shift_supervisor")

    listed = other.get("/review/queue?closed=1&kind=consignment")
    found = other.get("/review/search?reference=26mka1")
    kept = other.post("/review/queue/views", data={"name": "mine", "query": "mine=1"})
    news = other.get("/review/queue/news?since=1")

    assert listed.status_code == 200
    assert found.headers["location"].endswith(scored.score.score_id)
    assert kept.status_code == 303
    assert news.status_code in (200, 204)


READS: dict[str, Callable[[Connection, Deployment, Principal], Any]] = {
    "the first page": lambda c, h, by: a_page(c, h, by, Filters()),
    "the newest": lambda c, h, by: a_page(c, h, by, Filters(sort=Sort.NEWEST)),
    "a kind": lambda c, h, by: a_page(c, h, by, Filters(kind="crossing")),
    "a state that there is not": lambda c, h, by: a_page(c, h, by, Filters(state=State.DECLINED)),
    "with what is closed": lambda c, h, by: a_page(c, h, by, Filters(closed=True)),
    "by post": lambda c, h, by: a_page(c, h, by, Filters(sort=Sort.POST)),
    "mine": lambda c, h, by: a_page(c, h, by, Filters(mine=True)),
    "how many": lambda c, h, by: queue_paging.count_of(c, sight_of(c, h.access, by), Filters()),
    "search": lambda c, h, by: searching.search(c, h.access, by, "R-0000"),
    "search in vain": lambda c, h, by: searching.search(c, h.access, by, "none"),
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Deployment]]:
    """One with 3,000 cases that wait, one with 30,000, at four posts each."""
    made = []
    for n in (3_000, 30_000):
        here = open_deployment(a_home(tmp_path_factory.mktemp(f"cases-{n}"), heads=()))
        now = here.ledger.clock()
        rows = (a_case(owner_post=POSTS[k % 4], since=now - n + k, source_record_id=f"R-{k:06}",
                       kind=("crossing", "consignment")[k % 2]) for k in range(n))  # fmt: skip
        with writing(here.ledger.engine) as connection:
            put(connection, rows)
        made.append(here)
    yield made
    for here in made:
        here.close()


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("role", ["shift_supervisor", "field_officer"])
def test_a_page_reads_no_more_of_a_store_ten_times_as_full(
    stores: list[Deployment], what: str, role: str
) -> None:
    few, many = (work(here, READS[what], somebody(role)) for here in stores)

    assert many <= 1.5 * few


def work(here: Deployment, read: Callable[..., Any], by: Principal) -> int:
    """Instructions of SQLite's machine, in tens: what it does, however busy this machine is."""
    counted = [0]

    def note() -> int:
        counted[0] += 1
        return 0

    with reading(here.ledger.engine) as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(note, 10)
        try:
            read(connection, here, by)
        finally:
            driver.set_progress_handler(None, 0)
    return counted[0]


def somebody(role: str) -> Principal:
    """Of all posts of a country: more to read than of one."""
    return Principal("account:x", "person", "x", role, ("MK",), ("*",), frozenset({"arms"}))


def a_page(
    connection: Connection, here: Deployment, by: Principal, filters: Filters
) -> queue_paging.Page:
    sight = sight_of(connection, here.access, by)
    return queue_paging.page_of(connection, sight, Asked(filters), accounts=("x",))


def all_pages(
    connection: Connection, here: Deployment, by: Principal, filters: Filters
) -> list[str]:
    sight, asked, ids = sight_of(connection, here.access, by), Asked(filters), []
    while True:
        page = queue_paging.page_of(connection, sight, asked, accounts=())
        ids += [case.case_id for case in page.cases]
        if page.after is None:
            return ids
        asked = Asked(filters, page.after)


def begins(drawn: list[dict[str, Any]], text: str) -> set[str]:
    """References that begin so, as typed or in capitals; there are no more than are shown."""
    ways = (text, text.upper())
    return {c["source_record_id"] for c in drawn if c["source_record_id"].startswith(ways)}
