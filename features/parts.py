"""The parts a table of integers is made of: one Ibis tree for each kind of key, and further ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from features.convoy import CONVOY_INTEGERS
from features.convoy_offline import convoy_table, crossings_at_post
from features.layout import Layout
from features.offline import key_history
from features.registry import FeatureSet
from features.spec import Feature

if TYPE_CHECKING:
    from features.engines import Session

Table = Any  # an ibis.Table: ibis ships no types

#: Columns that say which movement it is; the rest of a table are integers.
OWN = ("u", "source_system", "source_record_id", "record_version", "event_at", "owner_post")

#: The view that compiled SQL reads.
EVENTS_VIEW = "events_of_subject"


@dataclass(frozen=True)
class Source:
    """What a part is made from.

    Attributes:
        events: One row an event (`features.ledger.export`), `is_movement` where it is a movement of
            the subject.
        corrected: Whether any event with one of the part's keys takes an earlier day's back.
        few: Whether only few of the events are movements asked for.
        keep: Computes a table that is read more than once and answers it as stored.
    """

    events: Table
    corrected: bool
    few: bool
    keep: Callable[[Table], Table]


class Part(Protocol):
    """Integers of movements that one tree makes; a movement it lacks has `MISSING` in all of them.

    A frozen dataclass: its `repr` says whether an interrupted run may go on with what it wrote.
    """

    @property
    def name(self) -> str:
        """A name of its own among the parts of a table."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The integers it makes."""

    @property
    def key(self) -> str | None:
        """The kind of key whose corrections matter to it; None for those of all events."""

    def table(self, source: Source) -> Table:
        """`u` and one int64 column for each of `columns`, one row a movement at most."""


@dataclass(frozen=True)
class KeyPart:
    """The history of one kind of key."""

    layout: Layout

    @property
    def name(self) -> str:
        """The kind of key."""
        return self.layout.key

    @property
    def key(self) -> str:
        """The kind of key."""
        return self.layout.key

    @property
    def columns(self) -> tuple[str, ...]:
        """The layout's features."""
        return tuple(f.name for f in self.layout.features)

    def table(self, source: Source) -> Table:
        """The history of the movements that have the key."""
        return key_history(source.events, self.layout, corrected=source.corrected, few=source.few)


@dataclass(frozen=True)
class ConvoyPart:
    """What the vehicles a crossing meets at the border say of it."""

    name: str = "convoy"
    key: str = "vehicle_post"
    columns: tuple[str, ...] = CONVOY_INTEGERS

    def table(self, source: Source) -> Table:
        """The convoy integers of the crossings."""
        at_post = crossings_at_post(source.events, corrected=source.corrected)
        return convoy_table(source.events, source.keep(at_post), keep=source.keep)


@dataclass(frozen=True)
class Plan:
    """What a table of integers holds.

    Attributes:
        subject: The kind of event its movements are.
        own: Columns of the events that are taken over.
        row: Integers of the record, by name, with the column of the events that holds each.
        parts: What is computed, in an order that suits what the parts need of each other.
        names: The integers, in the order of the table's columns.
        version: Pins what decides the values, beside the parts.
    """

    subject: str
    own: tuple[str, ...]
    row: Mapping[str, str]
    parts: tuple[Part, ...]
    names: tuple[str, ...]
    version: str


def plan_of(features: FeatureSet, subject: str) -> Plan:
    """The plan of a deployment's table: the integers of a subject's columns, and `today`."""
    names = features.integer_names[subject]
    row = {name: f"row_{subject}_{name}" for name, _ in features.row_functions[subject]}
    layouts = (_restricted(layout, names) for layout in features.layouts.values())
    further = (ConvoyPart(),) if set(CONVOY_INTEGERS).intersection(names) else ()
    return Plan(
        subject=subject,
        own=OWN,
        row=row | {"today": "day"},
        parts=(*(KeyPart(layout) for layout in layouts if layout.features), *further),
        names=names if "today" in names else (*names, "today"),
        version=features.sha256,
    )


def part_table(session: Session, part: Part, source: Source) -> Table | str:
    """The part's table on an engine: as SQL that ends ordered by u, or as a tree that does.

    The SQL reads `EVENTS_VIEW`, which the caller has made of the source's events.
    """
    if not isinstance(part, KeyPart):
        return _ordered(part, source)
    # Compiling takes longer than computing where the ledger is small, and is the same each time.
    return _compiled(part, source.events.schema(), source.corrected, source.few, session.kind)


def fix_counts(session: Session, events: Table, keys: Collection[str]) -> dict[str | None, int]:
    """How many events take an earlier day's back, of all (None) and of those with each key."""
    fixes = events.filter(events.tile_day < events.day)
    counts = fixes.agg(
        all_events=fixes.count(), **{f"of_{key}": fixes[f"key_{key}"].count() for key in keys}
    )
    (row,) = session.arrow(counts).to_pylist()
    return {None: row["all_events"], **{key: row[f"of_{key}"] for key in keys}}


@lru_cache(maxsize=512)
def _compiled(part: KeyPart, schema: Any, corrected: bool, few: bool, dialect: str) -> str:
    import ibis

    events = ibis.table(schema, name=EVENTS_VIEW)
    source = Source(events, corrected=corrected, few=few, keep=lambda table: table)
    return str(ibis.to_sql(_ordered(part, source), dialect=dialect, pretty=False))


def _ordered(part: Part, source: Source) -> Table:
    import ibis.expr.datatypes as dt

    table = part.table(source)
    # Whatever type an engine computed with: what is written is int64.
    int64 = dt.Int64(nullable=False)
    return table.select("u", **{c: table[c].cast(int64) for c in part.columns}).order_by("u")


def _restricted(layout: Layout, wanted: Collection[str]) -> Layout:
    """The layout of the wanted features alone."""
    features: tuple[Feature, ...] = tuple(f for f in layout.features if f.name in wanted)
    return replace(
        layout,
        measures=tuple(sorted({f.measure for f in features})),
        windows=tuple(sorted({f.days for f in features if f.aggregate != "ever"})),
        features=features,
    )
