"""How a record enters the live ledger: identity, its moment u, its past, its mark on the states.

All within one transaction that holds the right to write; nothing is seen before it commits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from features.derive import Derived, derived
from features.errors import VardarError
from features.ledger import tables
from features.ledger.arrivals import Arrival, microseconds
from features.ledger.convoy_entering import met_now, sighting_of
from features.ledger.identities import Standing, derived_at, latest_movement, versions
from features.ledger.key_states import KeyStates
from features.ledger.likeness import likeness
from features.ledger.packing import pack_integers, pack_measures
from features.ledger.prepared import Prepared
from features.ledger.store import Ledger
from features.registry import SUBJECTS

DAY_MICROSECONDS = 86_400_000_000

_INTO_LEDGER = Prepared(insert(tables.ledger), columns=tables.ledger.c.keys())
_INTO_DERIVED = Prepared(insert(tables.derived), columns=tables.derived.c.keys())
_LAST_U = Prepared(
    select(tables.ledger.c.u)
    .where(tables.ledger.c.epoch == bindparam("of_epoch"))
    .order_by(tables.ledger.c.u.desc())
    .limit(1)
)
_PLATE_COUNTRY = {
    name: Prepared(
        dialect.insert(tables.plate_countries).on_conflict_do_nothing(),
        columns=tables.plate_countries.c.keys(),
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


@dataclass(frozen=True)
class Entered:
    """A record that has its place in the ledger.

    Attributes:
        u: The moment it became known, microseconds since 1970 UTC.
        body: What is stored.
        integers: For a movement every integer its columns are made of, by name, as of u.
        supersedes: u of the version it takes back, if any.
        movement_u: For an inspection the movement inspected; None if that is not known.
    """

    u: int
    body: dict[str, object]
    integers: dict[str, int]
    supersedes: int | None
    movement_u: int | None


@dataclass(frozen=True)
class Repeated:
    """The same record with the same content was entered before, at u."""

    u: int


class IdentityConflict(VardarError):
    """A record with this identity stands already, and says something else."""

    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


class Entering:
    """Enters records one after the other in the caller's transaction."""

    def __init__(self, ledger: Ledger, connection: Connection) -> None:
        self._ledger = ledger
        self._connection = connection
        epoch = ledger.epoch_within(connection)
        self._epoch = epoch.number
        self._features = epoch.features
        self._states = KeyStates(connection, self._features)
        self._last_u = last_u(connection, self._epoch)
        # Rows wait here until somebody has to read them, so that a group costs few statements.
        self._ledger_rows: list[dict[str, object]] = []
        self._derived_rows: list[dict[str, object]] = []
        self._waiting: set[str] = set()

    def enter(self, arrival: Arrival) -> Entered | Repeated:
        """Give the record its place; a repeated one keeps the place it has.

        Raises:
            IdentityConflict: if its identity stands with other content, or a later version does.
        """
        self._let_read(arrival)
        stand = versions(self._connection, self._epoch, *arrival.identity[:3])
        repeated = check_identity(arrival, stand)
        if repeated is not None:
            return repeated
        supersedes = stand[-1] if stand else None
        if supersedes is not None:
            self._take_back(arrival, supersedes)
        return self._give_place(arrival, supersedes)

    def finish(self) -> None:
        """Write what waits, and the states; call once, before the transaction commits."""
        self._write_rows()
        self._states.write()

    def _let_read(self, arrival: Arrival) -> None:
        """Write what waits if the record is about one of those that wait."""
        record = arrival.record
        about = {record.source_record_id}
        if arrival.kind == "inspection":
            about.add(str(arrival.body["movement_source_record_id"]))
        if not about.isdisjoint(self._waiting):
            self._write_rows()

    def _write_rows(self) -> None:
        _INTO_LEDGER.run_many(self._connection, self._ledger_rows)
        _INTO_DERIVED.run_many(self._connection, self._derived_rows)
        self._ledger_rows, self._derived_rows = [], []
        self._waiting.clear()

    def _give_place(self, arrival: Arrival, supersedes: Standing | None) -> Entered:
        u = self._next_u()
        day = u // DAY_MICROSECONDS
        movement_u, movement_keys = None, None
        if arrival.kind == "inspection":
            movement = latest_movement(self._connection, self._epoch, arrival.body)
            if movement is not None:
                movement_u, movement_keys = movement.u, movement.keys
        made = derived(arrival.kind, arrival.body, self._features, movement_keys=movement_keys)
        sighting = None
        if arrival.kind == "crossing" and supersedes is None and not arrival.closed_days_only:
            sighting = sighting_of(made, self._features)
        if sighting is not None:
            self._states.prefetch((sighting.lane_id, sighting.companions_id))
        integers: dict[str, int] = {}
        if arrival.kind in SUBJECTS:
            integers = self._integers(arrival.kind, made, day=day)
        if arrival.kind == "crossing":
            integers |= met_now(self._states, sighting, integers, u=u)
        self._states.apply(
            made.keys,
            made.measures,
            day=day,
            tile_day=day,
            closed_days_only=arrival.closed_days_only,
        )
        self._append(arrival, made, u=u, tile_day=day, takes_back=None, movement_u=movement_u)
        month = arrival.record.event_at.strftime("%Y-%m")
        self._ledger.sealer.seal_identifiers(self._connection, arrival.identifiers, month=month)
        set_plate_countries_aside(self._connection, [arrival])
        return Entered(u, arrival.body, integers, supersedes.u if supersedes else None, movement_u)

    def _integers(self, kind: str, made: Derived, *, day: int) -> dict[str, int]:
        history = self._states.history(made.keys, day=day).tolist()
        integers: dict[str, int] = dict(zip(self._states.names, history, strict=True))
        names = (name for name, _ in self._features.row_functions[kind])
        integers.update(zip(names, made.row, strict=True))
        integers["today"] = day
        return integers

    def _take_back(self, arrival: Arrival, original: Standing) -> None:
        """Subtract the earlier version on the day it stands, visible from now on."""
        made = derived_at(self._connection, self._epoch, original.u).taken_back()
        u = self._next_u()
        self._states.apply(
            made.keys,
            made.measures,
            day=u // DAY_MICROSECONDS,
            tile_day=original.tile_day,
            closed_days_only=original.hidden_until_tomorrow(u // DAY_MICROSECONDS),
        )
        self._append(
            arrival, made, u=u, tile_day=original.tile_day, takes_back=original, movement_u=None
        )

    def _append(
        self,
        arrival: Arrival,
        made: Derived,
        *,
        u: int,
        tile_day: int,
        takes_back: Standing | None,
        movement_u: int | None,
    ) -> None:
        record = arrival.record
        taken = takes_back is not None
        self._waiting.add(record.source_record_id)
        self._ledger_rows.append(
            {
                "epoch": self._epoch,
                "u": u,
                "kind": arrival.kind,
                "source_system": record.source_system,
                "source_record_id": record.source_record_id,
                "record_version": (
                    takes_back.record_version if takes_back else record.record_version
                ),
                "content_code": takes_back.content_code if takes_back else arrival.content_code,
                "event_at": microseconds(record.event_at),
                "known_at": u,
                "tile_day": tile_day,
                "closed_days_only": (
                    takes_back.hidden_until_tomorrow(u // DAY_MICROSECONDS)
                    if takes_back
                    else arrival.closed_days_only
                ),
                "takes_back": takes_back.u if takes_back else None,
                "movement_u": movement_u,
                "body": "{}" if taken else orjson.dumps(arrival.body).decode(),
            }
        )
        self._derived_rows.append(
            {
                "epoch": self._epoch,
                "u": u,
                "keys": orjson.dumps(made.keys).decode(),
                "measures": pack_measures(made.measures),
                "row_integers": pack_integers(made.row),
                "likeness": likeness(arrival.kind, made.keys, takes_back=taken),
            }
        )

    def _next_u(self) -> int:
        self._last_u = max(self._ledger.clock(), self._last_u + 1)
        return self._last_u


def check_identity(arrival: Arrival, stand: list[Standing]) -> Repeated | None:
    """Whether the record stands already among the versions of its identity, ascending.

    Raises:
        IdentityConflict: if it stands with other content, or a later version does.
    """
    version = arrival.record.record_version
    for standing in stand:
        if standing.record_version != version:
            continue
        if standing.content_code == arrival.content_code:
            return Repeated(standing.u)
        msg = (
            f"Version {version} of this record stands with other content; "
            "send the change as the next record_version."
        )
        raise IdentityConflict("conflicting_duplicate", msg)
    if stand and stand[-1].record_version > version:
        msg = (
            f"Version {stand[-1].record_version} of this record stands already; "
            "a correction needs a higher record_version."
        )
        raise IdentityConflict("superseded_version", msg)
    return None


def last_u(connection: Connection, epoch: int) -> int:
    """The latest u of an epoch; 0 if it is empty."""
    found = _LAST_U.rows(connection, {"of_epoch": epoch})
    return found[0].u if found else 0


def set_plate_countries_aside(connection: Connection, arrivals: Iterable[Arrival]) -> None:
    """Keep the plates' countries where only the fairness audit reads."""
    rows = [
        {
            "source_system": one.record.source_system,
            "source_record_id": one.record.source_record_id,
            "record_version": one.record.record_version,
            "plate_country": one.plate_country,
        }
        for one in arrivals
        if one.plate_country is not None
    ]
    # The same record may have been staged before: what was kept first stands.
    _PLATE_COUNTRY[connection.dialect.name].run_many(connection, rows)
