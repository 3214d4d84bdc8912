"""What tests of pages ask for and read: as a browser does, and what stands on the page."""

from __future__ import annotations

from copy import copy
from html import unescape
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.deployment import Deployment
from tests.deployments import Client

AS_BROWSERS = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def browser(client: Client, **headers: str) -> Client:
    """The same person or nobody, in a browser."""
    made = copy(client)
    made.headers = {**client.headers, **AS_BROWSERS, **headers}
    return made


def words_on(page: str) -> str:
    """What stands on a page, its words apart by one blank."""
    reader = _Words()
    reader.feed(page)
    return " ".join(unescape(" ".join(reader.found)).split())


def audited(here: Deployment, **columns: Any) -> list[dict[str, Any]]:
    """Audit events with these columns, oldest first."""
    query = select(tables.audit).order_by(tables.audit.c.number)
    for name, value in columns.items():
        query = query.where(tables.audit.c[name] == value)
    with reading(here.ledger.engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
