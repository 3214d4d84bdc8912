"""What is left of each post's shift, and whether the models may speak."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables; what was switched stays on record."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "shift_states",
        sa.Column("post", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("u", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "switches",
        sa.Column("number", counter, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER switches_refuses_{action.lower()} BEFORE {action} ON switches "
                "BEGIN SELECT RAISE(ABORT, 'switches is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER switches_refuses_change BEFORE UPDATE OR DELETE ON switches "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Take both tables away; the audit events of the switches stay."""
    op.drop_table("switches")
    op.drop_table("shift_states")
