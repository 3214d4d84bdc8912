"""The tables of a store. Migrations under `migrations/` make them; a test holds the two equal.

Times are int64 microseconds since 1970 UTC. Only `derived`, `states`, `tiles` and `shift_states` may
be rebuilt; `ledger` and `audit` refuse changes and deletions by trigger.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

# SQLite numbers rows by itself only in a column of this very type.
_Counter = BigInteger().with_variant(Integer, "sqlite")

epochs = Table(
    "epochs",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("feature_set", Text, nullable=False),
    Column("spec_sha256", Text, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("u", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("source_system", Text, nullable=False),
    Column("source_record_id", Text, nullable=False),
    Column("record_version", Integer, nullable=False),
    Column("content_code", Text, nullable=False),
    Column("event_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("tile_day", Integer, nullable=False),
    Column("closed_days_only", Boolean, nullable=False),
    Column("takes_back", BigInteger),
    Column("movement_u", BigInteger),
    Column("body", Text, nullable=False),
)

Index(
    "ledger_identity",
    ledger.c.epoch,
    ledger.c.kind,
    ledger.c.source_system,
    ledger.c.source_record_id,
    ledger.c.record_version,
    unique=True,
    sqlite_where=text("takes_back IS NULL"),
    postgresql_where=text("takes_back IS NULL"),
)

#: What was known of a movement's outcome, found by the movement.
Index(
    "ledger_outcomes",
    ledger.c.epoch,
    ledger.c.movement_u,
    sqlite_where=text("movement_u IS NOT NULL"),
    postgresql_where=text("movement_u IS NOT NULL"),
)

derived = Table(
    "derived",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("u", BigInteger, primary_key=True, autoincrement=False),
    Column("keys", Text, nullable=False),
    Column("measures", LargeBinary, nullable=False),
    Column("row_integers", LargeBinary, nullable=False),
    # Of an inspection: what sort of movement it was of (`features.ledger.likeness`).
    Column("likeness", Text),
)

#: Inspections of one sort of movement, in the order they became known.
Index(
    "derived_likeness",
    derived.c.epoch,
    derived.c.likeness,
    derived.c.u,
    sqlite_where=text("likeness IS NOT NULL"),
    postgresql_where=text("likeness IS NOT NULL"),
)

states = Table(
    "states",
    metadata,
    Column("state_id", Text, primary_key=True),
    Column("hot", LargeBinary, nullable=False),
)

tiles = Table(
    "tiles",
    metadata,
    Column("state_id", Text, primary_key=True),
    Column("tiles", LargeBinary, nullable=False),
)

staged = Table(
    "staged",
    metadata,
    Column("staged_id", _Counter, primary_key=True, autoincrement=True),
    Column("rank", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source_system", Text, nullable=False),
    Column("source_record_id", Text, nullable=False),
    Column("record_version", Integer, nullable=False),
    Column("content_code", Text, nullable=False),
    Column("event_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("closed_days_only", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

Index(
    "staged_identity",
    staged.c.kind,
    staged.c.source_system,
    staged.c.source_record_id,
    staged.c.record_version,
    unique=True,
)

imports = Table(
    "imports",
    metadata,
    Column("import_id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("lines_read", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("flagged", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", _Counter, primary_key=True, autoincrement=True),
    Column("door", Text, nullable=False),
    Column("line", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    Column("problems", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("resubmitted_at", BigInteger),
)

sealed_identifiers = Table(
    "sealed_identifiers",
    metadata,
    Column("pseudonym", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

month_keys = Table(
    "month_keys",
    metadata,
    Column("month", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

plate_countries = Table(
    "plate_countries",
    metadata,
    Column("source_system", Text, primary_key=True),
    Column("source_record_id", Text, primary_key=True),
    Column("record_version", Integer, primary_key=True, autoincrement=False),
    Column("plate_country", Text, nullable=False),
)

scores = Table(
    "scores",
    metadata,
    Column("score_id", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("u", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("owner_post", Text, nullable=False),
    Column("model_sha256", Text, nullable=False),
    Column("integers", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False),
)

Index("scores_u", scores.c.epoch, scores.c.u, unique=True)

audit = Table(
    "audit",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Text, nullable=False),
)

#: What is left and expected at each post as of u, so that a restart need not live it again.
shift_states = Table(
    "shift_states",
    metadata,
    Column("post", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("u", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)

#: Whether the models may speak; the last row holds.
switches = Table(
    "switches",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("mode", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

#: Tables whose rows nobody may change or delete.
APPEND_ONLY = ("ledger", "audit", "scores", "switches")
