"""Indexes of cases that scoring wrote for nothing: those nobody asks, and rows nobody asks them for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_QUEUE = ["owner_country", "owner_post", "waits", "since", "case_id"]
_FILTERED = ["owner_country", "owner_post", "waits", "kind", "state", "since", "case_id"]


def upgrade() -> None:
    """Drop two that nobody asks; leave what neither waits nor is closed out of the queue's."""
    for name in ("cases_reference", "cases_changed", "cases_queue", "cases_filtered"):
        op.drop_index(name, "cases")
    for name, columns, sqlite, postgresql in (
        ("cases_queue", _QUEUE, "waits = 1", "waits"),
        ("cases_filtered", _FILTERED, "waits = 1 OR state = 'closed'", "waits OR state = 'closed'"),
    ):
        op.create_index(
            name,
            "cases",
            columns,
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )


def downgrade() -> None:
    """As it was before."""
    for name in ("cases_filtered", "cases_queue"):
        op.drop_index(name, "cases")
    op.create_index("cases_reference", "cases", ["source_record_id"])
    op.create_index("cases_changed", "cases", ["owner_post", "state", "changed_at"])
    op.create_index("cases_queue", "cases", _QUEUE)
    op.create_index("cases_filtered", "cases", _FILTERED)
