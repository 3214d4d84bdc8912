"""Cases, what people did with them, and the views they keep."""

from itertools import groupby

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what was scored already becomes a case too."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_system", sa.Text, nullable=False),
        sa.Column("source_record_id", sa.Text, nullable=False),
        sa.Column("owner_country", sa.Text, nullable=False),
        sa.Column("owner_post", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("u", sa.BigInteger, nullable=False),
        sa.Column("score_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("waits", sa.Boolean, nullable=False),
        sa.Column("held_by", sa.Text),
        sa.Column("held_at", sa.BigInteger),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "case_steps",
        sa.Column("number", counter, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("state_before", sa.Text, nullable=False),
        sa.Column("state_after", sa.Text, nullable=False),
        sa.Column("score_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "saved_views",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
    )
    _fill()
    movement = ["kind", "source_system", "source_record_id"]
    op.create_index("cases_movement", "cases", movement, unique=True)
    op.create_index("cases_reference", "cases", ["source_record_id"])
    op.create_index("cases_queue", "cases", ["owner_post", "waits", "since", "case_id"])
    op.create_index("cases_changed", "cases", ["owner_post", "state", "changed_at"])
    op.create_index("case_steps_case", "case_steps", ["case_id", "number"])
    op.create_index("case_steps_at", "case_steps", ["step", "at"])
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER case_steps_refuses_{action.lower()} BEFORE {action} ON case_steps "
                "BEGIN SELECT RAISE(ABORT, 'case_steps is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER case_steps_refuses_change BEFORE UPDATE OR DELETE ON case_steps "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Take the tables away; the audit events of the steps stay."""
    op.drop_table("saved_views")
    op.drop_table("case_steps")
    op.drop_table("cases")


def _fill() -> None:
    """A case for each movement that was scored, as it stands; nobody has looked at any yet."""
    cases = sa.table(
        "cases",
        *(
            sa.column(name)
            for name in (
                "case_id", "kind", "source_system", "source_record_id", "owner_country",
                "owner_post", "since", "epoch", "u", "score_id", "state", "waits", "changed_at",
                "version",
            )
        ),
    )  # fmt: skip
    scores = op.get_bind().execute(
        sa.text(
            "SELECT l.kind, l.source_system, l.source_record_id, l.body, s.epoch, s.u, s.score_id, "
            "s.owner_post, s.answer FROM scores s JOIN ledger l ON l.epoch = s.epoch AND l.u = s.u "
            "ORDER BY l.kind, l.source_system, l.source_record_id, l.record_version, s.u"
        )
    )
    # Once each is a plain row, so that a long table is not held in memory twice.
    for movement, versions in groupby(scores, lambda row: tuple(row[:3])):
        every = list(versions)
        first, last = every[0], every[-1]
        actions = {orjson.loads(row.answer)["recommendation"]["action"] for row in every}
        op.get_bind().execute(
            cases.insert().values(
                case_id=first.score_id,
                kind=movement[0],
                source_system=movement[1],
                source_record_id=movement[2],
                owner_country=orjson.loads(last.body)["owner_country"],
                owner_post=last.owner_post,
                since=first.u,
                epoch=last.epoch,
                u=last.u,
                score_id=last.score_id,
                state="new",
                waits=actions != {"release"},
                changed_at=last.u,
                version=1,
            )
        )
