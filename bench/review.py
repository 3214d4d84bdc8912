"""Whether the queue stays as quick however much the store holds.

    python -m bench.review [--cases 2000 200000] [--rounds 100] [--json FILE]

Two stores hold so many cases at twenty posts over sixty days. The same pages are asked of both in
turn, through the whole application in this process: door, session, policy, page, audit event. A
supervisor of three posts asks for most, one of all posts and an officer, who sees three days only, for
one each. Times in milliseconds; the ratios are medians of the large store over those of the small one.
Rows are counted too: a page of the small store that is not full does less than its peer.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import httpx
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from bench.load_client import percentile
from bench.review_stores import POSTS, a_store
from features.ledger import tables_review as review
from features.ledger.connection import reading
from serving.deployment import Deployment
from serving.review.places import Place
from serving.review.queue_filters import Mark
from tests.access import person

_OWN = POSTS[3:6]
_WARM_UP = 3


@dataclass(frozen=True)
class _Store:
    """A store that answers.

    Attributes:
        pages: Who asks for each page, and its address, by the page's name.
    """

    pages: Mapping[str, tuple[httpx.AsyncClient, str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("--cases", type=int, nargs=2, default=(2_000, 200_000))
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", type=Path, help="write the figures there")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        filled = [a_store(Path(folder) / str(n), cases=n) for n in chosen.cases]
        try:
            figures = asyncio.run(_measured(filled, chosen.cases, chosen.rounds))
        finally:
            for here in filled:
                here.close()
    _show(figures, *map(_short, chosen.cases))
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


async def _measured(
    filled: Sequence[Deployment], sizes: Sequence[int], rounds: int
) -> dict[str, float]:
    stores = {_short(n): _store(here) for n, here in zip(sizes, filled, strict=True)}
    small, large = stores
    times: dict[tuple[str, str], list[float]] = {}
    shown: dict[tuple[str, str], int] = {}
    rng = random.Random(2)
    for number in range(_WARM_UP + rounds):
        for page in stores[small].pages:
            for size in rng.sample(list(stores), 2):
                taken, shown[page, size] = await _timed(*stores[size].pages[page])
                if number >= _WARM_UP:
                    times.setdefault((page, size), []).append(taken * 1000)
    figures: dict[str, float] = {}
    for page in stores[small].pages:
        for size in stores:
            figures[f"{page}_{size}_rows"] = shown[page, size]
            figures[f"{page}_{size}_p50_ms"] = percentile(times[page, size], 0.5)
            figures[f"{page}_{size}_p99_ms"] = percentile(times[page, size], 0.99)
        medians = [figures[f"{page}_{size}_p50_ms"] for size in (large, small)]
        figures[f"{page}_ratio_{large}_to_{small}"] = medians[0] / medians[1]
    return figures


async def _timed(client: httpx.AsyncClient, address: str) -> tuple[float, int]:
    """Seconds until the whole answer is there, and its rows."""
    begun = perf_counter()
    answer = await client.get(address)
    taken = perf_counter() - begun
    assert answer.status_code in (200, 204, 303), (address, answer.status_code, answer.text)
    return taken, answer.text.count('<th scope="row"')


def _store(here: Deployment) -> _Store:
    deep, reference = _deep(here)
    few = _browser(here, "shift_supervisor", _OWN)
    pages = {
        "queue": "",
        "queue_newest": "?sort=newest",
        "queue_of_a_kind": "?kind=crossing",
        "queue_in_a_state": "?state=new",
        "queue_in_a_rare_state": "?state=referred",
        "queue_with_closed": "?closed=1",
        "queue_by_post": "?sort=post",
        "queue_deep": f"?after={deep.written()}",
        "news": f"/news?since={deep.since}",
    }
    searches = {"search": reference, "search_beginning": "R-000", "search_nothing": "R-no"}
    return _Store(
        {name: (few, f"/review/queue{query}") for name, query in pages.items()}
        | {name: (few, f"/review/search?reference={ref}") for name, ref in searches.items()}
        | {"queue_all_posts": (_browser(here, "shift_supervisor", ("*",)), "/review/queue")}
        | {"queue_three_days": (_browser(here, "field_officer", _OWN), "/review/queue")}
    )


def _browser(here: Deployment, role: str, posts: tuple[str, ...]) -> httpx.AsyncClient:
    signed_in = person(here, role, posts=posts)
    transport = httpx.ASGITransport(signed_in.application.asgi)
    return httpx.AsyncClient(
        transport=transport, base_url="http://vardar", headers=signed_in.headers
    )


def _deep(here: Deployment) -> tuple[Mark, str]:
    """Half-way through what waits at the three posts, and the reference of the case that stands there."""
    cases = review.cases.c
    mine = (cases.owner_post.in_(_OWN)) & cases.waits
    with reading(here.ledger.engine) as connection:
        n = connection.execute(select(func.count()).where(mine)).scalar_one()
        row = connection.execute(
            select(review.cases).where(mine).order_by(cases.since).offset(n // 2).limit(1)
        ).one()
    place = Place(row.owner_country, row.owner_post)
    return Mark(place, row.since, row.case_id), row.source_record_id


def _short(cases: int) -> str:
    return f"{cases // 1000}k" if cases >= 1000 else str(cases)


def _show(figures: dict[str, float], small: str, large: str) -> None:
    table = Table("page", title="Pages of review: a small store and a large one")
    for size in (small, large):
        for figure in ("rows", "p50 ms", "p99 ms"):
            table.add_column(f"{figure}, {size}", justify="right")
    table.add_column("ratio", justify="right")
    ratio = f"_ratio_{large}_to_{small}"
    for page in [name.removesuffix(ratio) for name in figures if name.endswith(ratio)]:
        told = [
            f"{figures[f'{page}_{size}_{figure}']:,.{digits}f}"
            for size in (small, large)
            for figure, digits in (("rows", 0), ("p50_ms", 1), ("p99_ms", 1))
        ]
        table.add_row(page, *told, f"{figures[page + ratio]:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
