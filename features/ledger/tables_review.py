"""The tables of review: the cases people decide, what each of them did, and the views they keep.

Times are int64 microseconds since 1970 UTC by the service's clock.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from features.ledger.tables import metadata

# SQLite numbers rows by itself only in a column of this very type.
_counter = BigInteger().with_variant(Integer, "sqlite")

#: One row a movement that was scored, whatever its versions: where it stands now.
cases = Table(
    "cases",
    metadata,
    # The id of the movement's first score.
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source_system", Text, nullable=False),
    Column("source_record_id", Text, nullable=False),
    Column("owner_country", Text, nullable=False),
    Column("owner_post", Text, nullable=False),
    # When the first version became known: since then it waits.
    Column("since", BigInteger, nullable=False),
    # Place in the ledger and score of the latest version.
    Column("epoch", Integer, nullable=False),
    Column("u", BigInteger, nullable=False),
    Column("score_id", Text, nullable=False),
    # What a consignment's papers bear, such as an MRN; crossings have none.
    Column("declaration_ref", Text),
    # A name of `serving.review.states.State`.
    Column("state", Text, nullable=False),
    # Whether it stands in the queue: more than release was recommended, or somebody has decided or
    # proposed something all the same; and nobody has closed it.
    Column("waits", Boolean, nullable=False),
    # Who has it open, and since when.
    Column("held_by", Text),
    Column("held_at", BigInteger),
    Column("changed_at", BigInteger, nullable=False),
    # Counts changes: who changes what somebody else has changed meanwhile is told.
    Column("version", Integer, nullable=False),
)

Index(
    "cases_movement",
    cases.c.kind,
    cases.c.source_system,
    cases.c.source_record_id,
    unique=True,
)
_place = (cases.c.owner_country, cases.c.owner_post)
# The queue is read a post at a time, whatever is filtered: a page costs what it shows. Most movements
# are released and never stand in it: to score them writes neither of these.
Index(
    "cases_queue",
    *_place,
    cases.c.waits,
    cases.c.since,
    cases.c.case_id,
    sqlite_where=text("waits = 1"),
    postgresql_where=text("waits"),
)
Index(
    "cases_filtered",
    *_place,
    cases.c.waits,
    cases.c.kind,
    cases.c.state,
    cases.c.since,
    cases.c.case_id,
    sqlite_where=text("waits = 1 OR state = 'closed'"),
    postgresql_where=text("waits OR state = 'closed'"),
)
# Amended movements: those who see a few days only see them by their latest version.
Index(
    "cases_amended",
    *_place,
    cases.c.u,
    cases.c.since,
    sqlite_where=text("u > since"),
    postgresql_where=text("u > since"),
)
Index(
    "cases_held",
    cases.c.held_by,
    sqlite_where=text("held_by IS NOT NULL"),
    postgresql_where=text("held_by IS NOT NULL"),
)
# What begins with some letters is found by comparing bytes, whatever the language of the store.
_BYTES = "text_pattern_ops"
Index(
    "cases_reference_prefix",
    *_place,
    cases.c.source_record_id,
    cases.c.u,
    postgresql_ops={"source_record_id": _BYTES},
)
Index(
    "cases_declaration_prefix",
    *_place,
    cases.c.declaration_ref,
    cases.c.u,
    sqlite_where=text("declaration_ref IS NOT NULL"),
    postgresql_where=text("declaration_ref IS NOT NULL"),
    postgresql_ops={"declaration_ref": _BYTES},
)

#: What somebody did with a case; nothing here is changed or deleted.
case_steps = Table(
    "case_steps",
    metadata,
    Column("number", _counter, primary_key=True, autoincrement=True),
    Column("case_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    # A name of `serving.review.states.Step`.
    Column("step", Text, nullable=False),
    Column("state_before", Text, nullable=False),
    Column("state_after", Text, nullable=False),
    # The score that was the case's latest then.
    Column("score_id", Text, nullable=False),
    # JSON: codes, texts, what was shown.
    Column("detail", Text, nullable=False),
)

Index("case_steps_case", case_steps.c.case_id, case_steps.c.number)
Index("case_steps_at", case_steps.c.step, case_steps.c.at)

saved_views = Table(
    "saved_views",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    # The query of the queue's address.
    Column("query", Text, nullable=False),
)

#: Tables whose rows nobody may change or delete.
APPEND_ONLY = ("case_steps",)
