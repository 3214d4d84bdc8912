"""How staged records get their place in the ledger, one after the other."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select

from features.derive import Derived, derived
from features.ledger import tables
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.identities import Movement, Standing, derived_at, latest_movement, versions
from features.ledger.likeness import likeness
from features.ledger.packing import pack_integers, pack_measures
from features.ledger.quarantine import quarantine
from features.ledger.store import Epoch, Ledger
from features.records.problems import FieldProblem
from features.registry import SUBJECTS


class Numbering:
    """Enters staged rows in the order of the seal; rows are written in batches.

    Attributes:
        records: How many were entered.
        left_out: How many changed nothing: their version, or a later one, stands already.
            Those that say something else than what stands wait in quarantine.
        first_u: The first u given; 0 if none was.
        last_u: The last u of the epoch.
    """

    def __init__(
        self, ledger: Ledger, connection: Connection, epoch: Epoch, *, floor: int | None
    ) -> None:
        self.records = 0
        self.left_out = 0
        self.first_u = 0
        self.last_u = last_u(connection, epoch.number)
        self._ledger = ledger
        self._connection = connection
        self._epoch = epoch
        self._floor = floor
        self._ledger_rows: list[dict[str, object]] = []
        self._derived_rows: list[dict[str, object]] = []
        #: Movements of the batch that is not written yet, by kind, system and id.
        self._fresh: dict[tuple[str, str, str], Movement] = {}
        #: Inspections whose movement has not come yet, of one moment.
        self._held: list[Row[Any]] = []
        self._several = _identities_with_versions(connection, epoch.number)

    def enter(self, row: Row[Any]) -> None:
        """Give a row its place.

        An inspection comes before the movements of its own moment, except the one it is about.
        """
        if self._held and row.known_at > self._held[0].known_at:
            self._enter_held()
        movement = self._movement(row)
        if row.kind == "inspection" and movement is None:
            self._held.append(row)
        else:
            self._enter(row, movement)

    def finish(self) -> None:
        """Enter what was held back and write everything."""
        self._enter_held()
        self.write()

    def write(self) -> None:
        """Write the batch."""
        if self._ledger_rows:
            self._connection.execute(insert(tables.ledger), self._ledger_rows)
            self._connection.execute(insert(tables.derived), self._derived_rows)
            self._ledger_rows, self._derived_rows = [], []
            self._fresh.clear()

    def _enter_held(self) -> None:
        held, self._held = self._held, []
        for row in held:
            self._enter(row, self._movement(row))

    def _enter(self, row: Row[Any], movement: Movement | None) -> None:
        identity = (row.kind, row.source_system, row.source_record_id)
        if identity in self._several:
            self.write()  # earlier versions may still lie in the batch
            stand = versions(self._connection, self._epoch.number, *identity)
            if stand and stand[-1].record_version >= row.record_version:
                self._leave_out(row, stand)
                return
            if stand:
                self._take_back(row, stand[-1])
        body = orjson.loads(row.body)
        made = derived(
            row.kind,
            body,
            self._epoch.features,
            movement_keys=movement.keys if movement else None,
        )
        u = self._next_u(row.known_at)
        self._add(row, made, u=u, takes_back=None, movement_u=movement.u if movement else None)
        if row.kind in SUBJECTS:
            self._fresh[identity] = Movement(u, made.keys)
        self.records += 1

    def _movement(self, row: Row[Any]) -> Movement | None:
        """The movement that an inspection is about, if it is known; None for other rows."""
        if row.kind != "inspection":
            return None
        inspection = orjson.loads(row.body)
        system = inspection.get("movement_source_system") or inspection["source_system"]
        number = inspection["movement_source_record_id"]
        # A record of the first kind comes before one of the second, wherever it lies.
        for kind in SUBJECTS:
            found = self._fresh.get((kind, system, number)) or latest_movement(
                self._connection, self._epoch.number, inspection, kinds=(kind,)
            )
            if found is not None:
                return found
        return None

    def _leave_out(self, row: Row[Any], stand: list[Standing]) -> None:
        """The version stands already, or a later one does; what says something else waits."""
        self.left_out += 1
        same = [s for s in stand if s.record_version == row.record_version]
        if same and same[0].content_code == row.content_code:
            return
        rule = "conflicting_duplicate" if same else "superseded_version"
        message = (
            f"Version {stand[-1].record_version} of this record was known before; "
            "give the correction a higher record_version."
        )
        quarantine(
            self._connection,
            self._ledger.sealer,
            row.body.encode(),
            [FieldProblem("/record_version", rule, message)],
            door="seal",
            line=None,
            at=self._ledger.clock(),
        )

    def _take_back(self, row: Row[Any], original: Standing) -> None:
        made = derived_at(self._connection, self._epoch.number, original.u).taken_back()
        self._add(row, made, u=self._next_u(row.known_at), takes_back=original, movement_u=None)

    def _next_u(self, known_at: int) -> int:
        # In a live ledger whatever arrives is known from now on, whatever it says itself.
        earliest = known_at if self._floor is None else self._floor
        self.last_u = max(earliest, self.last_u + 1)
        self.first_u = self.first_u or self.last_u
        return self.last_u

    def _add(
        self,
        row: Row[Any],
        made: Derived,
        *,
        u: int,
        takes_back: Standing | None,
        movement_u: int | None,
    ) -> None:
        stands = takes_back or row
        day = u // DAY_MICROSECONDS
        self._ledger_rows.append(
            {
                "epoch": self._epoch.number,
                "u": u,
                "kind": row.kind,
                "source_system": row.source_system,
                "source_record_id": row.source_record_id,
                "record_version": stands.record_version,
                "content_code": stands.content_code,
                "event_at": row.event_at,
                "known_at": row.known_at,
                "tile_day": takes_back.tile_day if takes_back else day,
                "closed_days_only": (
                    takes_back.hidden_until_tomorrow(day) if takes_back else row.closed_days_only
                ),
                "takes_back": takes_back.u if takes_back else None,
                "movement_u": movement_u,
                "body": "{}" if takes_back else row.body,
            }
        )
        self._derived_rows.append(
            {
                "epoch": self._epoch.number,
                "u": u,
                "keys": orjson.dumps(made.keys).decode(),
                "measures": pack_measures(made.measures),
                "row_integers": pack_integers(made.row),
                "likeness": likeness(row.kind, made.keys, takes_back=takes_back is not None),
            }
        )


def _identities_with_versions(connection: Connection, epoch: int) -> set[tuple[str, str, str]]:
    """Identities that are staged more than once, or staged and entered already."""
    s, ledger = tables.staged.c, tables.ledger.c
    identity = (s.kind, s.source_system, s.source_record_id)
    several = select(*identity).group_by(*identity).having(func.count() > 1)
    entered = select(*identity).where(
        s.kind == ledger.kind,
        s.source_system == ledger.source_system,
        s.source_record_id == ledger.source_record_id,
        ledger.epoch == epoch,
    )
    return {(r[0], r[1], r[2]) for q in (several, entered) for r in connection.execute(q)}
