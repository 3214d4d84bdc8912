"""The queue and the search at the price of what they show."""

from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PLACE = ["owner_country", "owner_post"]
_MADE = (
    "cases_queue", "cases_filtered", "cases_amended", "cases_held", "cases_reference_prefix",
    "cases_declaration_prefix",
)  # fmt: skip


def upgrade() -> None:
    """Keep what a declaration is called, and index what queue and search ask for."""
    op.add_column("cases", sa.Column("declaration_ref", sa.Text))
    _fill()
    op.drop_index("cases_queue", "cases")
    _index("cases_queue", "waits", "since", "case_id")
    _index("cases_filtered", "waits", "kind", "state", "since", "case_id")
    _index("cases_amended", "u", "since", where="u > since")
    op.create_index("cases_held", "cases", ["held_by"], **_only("held_by IS NOT NULL"))
    by_bytes = "text_pattern_ops"
    _index(
        "cases_reference_prefix", "source_record_id", "u",
        postgresql_ops={"source_record_id": by_bytes},
    )  # fmt: skip
    _index(
        "cases_declaration_prefix", "declaration_ref", "u", where="declaration_ref IS NOT NULL",
        postgresql_ops={"declaration_ref": by_bytes},
    )  # fmt: skip


def downgrade() -> None:
    """As it was before."""
    for name in _MADE:
        op.drop_index(name, "cases")
    op.create_index("cases_queue", "cases", ["owner_post", "waits", "since", "case_id"])
    op.drop_column("cases", "declaration_ref")


def _index(name: str, *columns: str, where: str | None = None, **more: Any) -> None:
    op.create_index(name, "cases", [*_PLACE, *columns], **(_only(where) if where else {}), **more)


def _only(where: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


def _fill() -> None:
    """What the consignments that are cases already are called, a thousand at a time."""
    case = sa.table("cases", *map(sa.column, ("case_id", "epoch", "u", "kind", "declaration_ref")))
    ledger = sa.table("ledger", *map(sa.column, ("epoch", "u", "body")))
    connection, after = op.get_bind(), ""
    while True:
        rows = connection.execute(
            sa.select(case.c.case_id, ledger.c.body)
            .join_from(case, ledger, (ledger.c.epoch == case.c.epoch) & (ledger.c.u == case.c.u))
            .where(case.c.kind == "consignment", case.c.case_id > after)
            .order_by(case.c.case_id)
            .limit(1000)
        ).all()
        if not rows:
            return
        after = rows[-1].case_id
        named = [(row.case_id, orjson.loads(row.body).get("declaration_ref")) for row in rows]
        if told := [{"id": case_id, "ref": ref} for case_id, ref in named if ref is not None]:
            connection.execute(
                sa.update(case)
                .where(case.c.case_id == sa.bindparam("id"))
                .values(declaration_ref=sa.bindparam("ref")),
                told,
            )
