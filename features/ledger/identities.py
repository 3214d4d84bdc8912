"""What stands in the ledger under an identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from features.derive import Derived
from features.ledger import tables
from features.ledger.packing import unpack_measures
from features.ledger.prepared import Prepared
from features.measures import MEASURES
from features.registry import SUBJECTS

_columns = tables.ledger.c

# Built once: asked for every record, building them would cost more than asking.
_VERSIONS = Prepared(
    select(
        _columns.u,
        _columns.record_version,
        _columns.content_code,
        _columns.tile_day,
        _columns.closed_days_only,
    )
    .where(
        _columns.epoch == bindparam("of_epoch"),
        _columns.kind == bindparam("of_kind"),
        _columns.source_system == bindparam("of_system"),
        _columns.source_record_id == bindparam("of_id"),
        _columns.takes_back.is_(None),
    )
    .order_by(_columns.record_version)
)
_made = tables.derived.c
_DERIVED = Prepared(
    select(_made["keys"], _made.measures).where(
        _made.epoch == bindparam("of_epoch"), _made.u == bindparam("at_u")
    )
)


@dataclass(frozen=True)
class Standing:
    """One version of a record in the ledger."""

    u: int
    record_version: int
    content_code: str
    tile_day: int
    closed_days_only: bool

    def hidden_until_tomorrow(self, today: int) -> bool:
        """Whether taking it back today is seen only tomorrow: if it is itself.

        Once its own day has closed it is seen, and taking it back is seen at once.
        """
        return self.closed_days_only and self.tile_day == today


@dataclass(frozen=True)
class Movement:
    """A movement that an inspection refers to, and the keys its outcome counts for."""

    u: int
    keys: dict[str, str]


def versions(
    connection: Connection, epoch: int, kind: str, source_system: str, source_record_id: str
) -> list[Standing]:
    """All versions of a record, ascending; the last one stands."""
    rows = _VERSIONS.rows(
        connection,
        {
            "of_epoch": epoch,
            "of_kind": kind,
            "of_system": source_system,
            "of_id": source_record_id,
        },
    )
    return [
        Standing(r.u, r.record_version, r.content_code, r.tile_day, bool(r.closed_days_only))
        for r in rows
    ]


def latest_movement(
    connection: Connection,
    epoch: int,
    inspection: Mapping[str, Any],
    *,
    kinds: tuple[str, ...] = SUBJECTS,
) -> Movement | None:
    """The latest version of the movement that an inspection's body names, if it is known."""
    system = inspection.get("movement_source_system") or inspection["source_system"]
    for kind in kinds:
        stand = versions(connection, epoch, kind, system, inspection["movement_source_record_id"])
        if stand:
            return Movement(stand[-1].u, derived_at(connection, epoch, stand[-1].u).keys)
    return None


def derived_at(connection: Connection, epoch: int, u: int) -> Derived:
    """Keys and measures of the event at u, as they were derived."""
    (row,) = _DERIVED.rows(connection, {"of_epoch": epoch, "at_u": u})
    measures = dict(zip(MEASURES, map(int, unpack_measures(row.measures)), strict=True))
    return Derived(orjson.loads(row[0]), measures, [])
