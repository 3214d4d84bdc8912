"""Where plates come from: set aside when records came in, and read by the fairness audit alone."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from features.ledger.store import Ledger


def plate_countries(ledger: Ledger, *, since_u: int, until_u: int) -> Mapping[int, str]:
    """The country of the plate, by u of the crossing; those without one are not there.

    Args:
        ledger: The store.
        since_u: Crossings known from this moment on.
        until_u: And before this.
    """
    row, aside = tables.ledger.c, tables.plate_countries.c
    query = (
        select(row.u, aside.plate_country)
        .join(
            tables.plate_countries,
            (aside.source_system == row.source_system)
            & (aside.source_record_id == row.source_record_id)
            & (aside.record_version == row.record_version),
        )
        .where(
            row.epoch == ledger.epoch.number,
            row.kind == "crossing",
            row.takes_back.is_(None),
            row.u >= since_u,
            row.u < until_u,
        )
    )
    with reading(ledger.engine) as connection:
        return {found.u: found.plate_country for found in connection.execute(query)}
