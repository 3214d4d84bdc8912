"""Cases put straight into a store: many at once, which scoring would take long for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert

from features.ledger import tables_review as tables

_numbers = count(1)


def a_case(**told: Any) -> dict[str, Any]:
    """A row of a crossing that waits, new; a test says what it is about."""
    number = next(_numbers)
    since = told.get("since", 1_000_000 + number)
    return {
        "case_id": f"case-{number:06}",
        "kind": "crossing",
        "source_system": "a-system",
        "source_record_id": f"R-{number:06}",
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "since": since,
        "epoch": 1,
        "u": since,
        "score_id": f"score-{number:06}",
        "declaration_ref": None,
        "state": "new",
        "waits": True,
        "held_by": None,
        "held_at": None,
        "changed_at": since,
        "version": 1,
    } | told


def put(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Store them."""
    if rows := list(rows):
        connection.execute(insert(tables.cases), rows)
