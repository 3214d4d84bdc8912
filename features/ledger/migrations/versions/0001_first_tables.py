"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("ledger", "audit", "scores")


def upgrade() -> None:
    """Make the tables, and the triggers that refuse changes to what has been said."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "epochs",
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("feature_set", sa.Text, nullable=False),
        sa.Column("spec_sha256", sa.Text, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("u", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_system", sa.Text, nullable=False),
        sa.Column("source_record_id", sa.Text, nullable=False),
        sa.Column("record_version", sa.Integer, nullable=False),
        sa.Column("content_code", sa.Text, nullable=False),
        sa.Column("event_at", sa.BigInteger, nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("tile_day", sa.Integer, nullable=False),
        sa.Column("closed_days_only", sa.Boolean, nullable=False),
        sa.Column("takes_back", sa.BigInteger),
        sa.Column("movement_u", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "derived",
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("u", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("keys", sa.Text, nullable=False),
        sa.Column("measures", sa.LargeBinary, nullable=False),
        sa.Column("row_integers", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "states",
        sa.Column("state_id", sa.Text, primary_key=True),
        sa.Column("hot", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tiles",
        sa.Column("state_id", sa.Text, primary_key=True),
        sa.Column("tiles", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "staged",
        sa.Column("staged_id", counter, primary_key=True, autoincrement=True),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_system", sa.Text, nullable=False),
        sa.Column("source_record_id", sa.Text, nullable=False),
        sa.Column("record_version", sa.Integer, nullable=False),
        sa.Column("content_code", sa.Text, nullable=False),
        sa.Column("event_at", sa.BigInteger, nullable=False),
        sa.Column("known_at", sa.BigInteger, nullable=False),
        sa.Column("closed_days_only", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Text, primary_key=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("lines_read", sa.BigInteger, nullable=False),
        sa.Column("accepted", sa.BigInteger, nullable=False),
        sa.Column("flagged", sa.BigInteger, nullable=False),
        sa.Column("quarantined", sa.BigInteger, nullable=False),
        sa.Column("duplicate", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", counter, primary_key=True, autoincrement=True),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("line", sa.BigInteger),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("resubmitted_at", sa.BigInteger),
    )
    op.create_table(
        "sealed_identifiers",
        sa.Column("pseudonym", sa.Text, primary_key=True),
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "month_keys",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "plate_countries",
        sa.Column("source_system", sa.Text, primary_key=True),
        sa.Column("source_record_id", sa.Text, primary_key=True),
        sa.Column("record_version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("plate_country", sa.Text, nullable=False),
    )
    op.create_table(
        "scores",
        sa.Column("score_id", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("u", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("owner_post", sa.Text, nullable=False),
        sa.Column("model_sha256", sa.Text, nullable=False),
        sa.Column("integers", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", counter, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index(
        "ledger_identity",
        "ledger",
        ["epoch", "kind", "source_system", "source_record_id", "record_version"],
        unique=True,
        sqlite_where=sa.text("takes_back IS NULL"),
        postgresql_where=sa.text("takes_back IS NULL"),
    )
    op.create_index(
        "staged_identity",
        "staged",
        ["kind", "source_system", "source_record_id", "record_version"],
        unique=True,
    )
    op.create_index("scores_u", "scores", ["epoch", "u"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def downgrade() -> None:
    """Nothing lies before the first tables."""
    msg = "The first tables cannot be taken away; restore a backup instead."
    raise RuntimeError(msg)


def _refuse_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
