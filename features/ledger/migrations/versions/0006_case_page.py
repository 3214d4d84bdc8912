"""What was known of a movement's outcome, and of movements of its sort, found by index."""

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BATCH = 5000


def upgrade() -> None:
    """Add the column, fill it for the inspections there are, and make both indexes."""
    op.add_column("derived", sa.Column("likeness", sa.Text))
    _fill()
    for name, table, columns, there in (
        ("derived_likeness", "derived", ["epoch", "likeness", "u"], "likeness IS NOT NULL"),
        ("ledger_outcomes", "ledger", ["epoch", "movement_u"], "movement_u IS NOT NULL"),
    ):
        where = sa.text(there)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take both indexes and the column away."""
    op.drop_index("ledger_outcomes", "ledger")
    op.drop_index("derived_likeness", "derived")
    with op.batch_alter_table("derived") as derived:
        derived.drop_column("likeness")


def _fill() -> None:
    connection = op.get_bind()
    change = sa.text("UPDATE derived SET likeness = :sort WHERE epoch = :epoch AND u = :u")
    rows = connection.execute(
        sa.text(
            "SELECT l.epoch, l.u, d.keys FROM ledger l JOIN derived d ON d.epoch = l.epoch AND d.u = l.u "
            "WHERE l.kind = 'inspection' AND l.takes_back IS NULL"
        )
    ).fetchall()
    for start in range(0, len(rows), _BATCH):
        found = [
            {"epoch": row.epoch, "u": row.u, "sort": sort}
            for row in rows[start : start + _BATCH]
            if (sort := _sort_of(orjson.loads(row[2]))) is not None
        ]
        if found:
            connection.execute(change, found)


def _sort_of(keys: dict[str, str]) -> str | None:
    # As `features.ledger.likeness` was when this was written: a migration does not change with it.
    if "hs4" in keys:
        return f"hs4:{keys['hs4']}"
    return f"post:{keys['post']}" if "post" in keys else None
