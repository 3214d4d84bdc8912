"""A small office whose inspections were counted by hand, for tests of figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import httpx
import orjson

from serving.deployment import Deployment
from serving.work import Recorded, Scored
from tests.deployments import a_submission

#: Reason, result, how many: of crossings at MK-GR-01. Arms: 12 of 26 by chance, 3 of 13 by the model.
CONTROLS = (
    ("random", "arms", 12),
    ("random", "nothing_found", 14),
    ("random", "not_searched", 4),
    ("random", "inconclusive", 2),
    ("model", "arms", 3),
    ("model", "persons_concealed", 10),
    ("tip", "nothing_found", 1),
)
#: Crossings besides, that nobody inspected: at MK-GR-01, and at a post of another country.
PASSED, ELSEWHERE = 20, 7
INSPECTED = sum(n for _, _, n in CONTROLS)


def filled(here: Deployment) -> None:
    """Let the office of these counts come to be."""
    numbers = iter(range(10_000))
    made: list[tuple[str, str, str]] = []
    crossings = []
    for reason, result, n in CONTROLS:
        for _ in range(n):
            made.append((f"X-{next(numbers)}", reason, result))
            crossings.append(a_crossing(here, made[-1][0], plate_country="DE"))
    crossings += [a_crossing(here, f"X-{next(numbers)}") for _ in range(PASSED)]
    crossings += [
        a_crossing(here, f"X-{next(numbers)}", owner_country="RS", owner_post="RS-HU-01",
                   plate_country="XK" if place < 3 else "AL")
        for place in range(ELSEWHERE)
    ]  # fmt: skip
    put(here, "crossing", crossings)
    put(here, "inspection", (an_inspection(here, *one) for one in made))


def a_crossing(here: Deployment, name: str, **changes: Any) -> dict[str, Any]:
    """A crossing of a vehicle of its own; at MK-GR-01 unless more is said."""
    told = {"owner_post": "MK-GR-01", "vehicle_id": f"SK {name}", "plate_country": "MK"} | changes
    return a_submission(here, "crossing", source_record_id=name, **told)


def an_inspection(
    here: Deployment, movement: str, reason: str, result: str, **changes: Any
) -> dict[str, Any]:
    """An inspection of a crossing, by whose name it goes."""
    told: dict[str, Any] = {
        "source_record_id": f"I-{movement}", "movement_source_system": "mk-border",
        "movement_source_record_id": movement, "selection_reason": reason,
        "result": result, "finds": [], "score_id_shown": None,
    }  # fmt: skip
    return a_submission(here, "inspection", **(told | changes))


def put(here: Deployment, kind: str, payloads: Iterable[Mapping[str, Any]]) -> None:
    """Submit records; all of them are accepted."""
    work = [here.intake.one(kind, orjson.dumps(one), door="test") for one in payloads]
    for outcome in here.writer.submit(work):
        told = outcome.result(60)
        assert isinstance(told, Scored | Recorded), told


class Tables(HTMLParser):
    """The tables of a page, by the id of the heading before each: what programs read of the cells."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.of: dict[str, list[list[str]]] = {}
        self._name, self._told = "", False
        self._row: list[str] = []
        self._cell: list[str] | None = None
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        match tag:
            case "h3":
                self._name = given.get("id") or ""
            case "table":
                self.of[self._name] = []
            case "tr":
                self._row = []
            case "td" | "th":
                self._cell = []
            case "data" if self._cell is not None:
                self._cell.append(given.get("value") or "")
                self._told = True
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "td" | "th" if self._cell is not None:
                self._row.append("".join(self._cell))
                self._cell = None
            case "tr":
                self.of[self._name].append(self._row)
            case "data":
                self._told = False
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._told:
            self._cell.append(data)


def tables_of(page: httpx.Response) -> dict[str, list[list[str]]]:
    """Rows of every table, its titles first."""
    return Tables(page).of


def lines_of(page: httpx.Response, table: str) -> dict[str, list[str]]:
    """A table's rows by their first cell, without it."""
    _, *rows = tables_of(page)[table]
    return {row[0]: row[1:] for row in rows}


def rows_of_csv(answer: httpx.Response) -> Iterator[list[str]]:
    """The rows of a CSV file, its titles first."""
    assert answer.status_code == 200, answer.text
    return csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
