"""Own view first, at every door: whose score is kept back until its reader has been shown it as a case."""

from __future__ import annotations

from sqlalchemy import Connection, select

from features.ledger import tables_review as tables
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.review.states import Step

_cases, _steps = tables.cases.c, tables.case_steps.c


def is_withheld(
    connection: Connection,
    access: Access,
    by: Principal,
    *,
    kind: str,
    source_system: str,
    source_record_id: str,
) -> bool:
    """Whether a movement's scores are not to be told yet: its latest was not shown to the reader.

    That holds for every version of it: an earlier score says as much as the latest.

    Args:
        connection: A transaction.
        access: The policy says for which roles a view comes first.
        by: The reader.
        kind: Of the movement.
        source_system: Its system.
        source_record_id: Its id there.
    """
    if not access.policy.roles[by.role].own_view_first:
        return False
    shown = connection.execute(
        select(_steps.number)
        .join(
            tables.cases,
            (_cases.case_id == _steps.case_id) & (_cases.score_id == _steps.score_id),
        )
        .where(
            _cases.kind == kind,
            _cases.source_system == source_system,
            _cases.source_record_id == source_record_id,
            _steps.step == Step.REVEAL.value,
            _steps.actor == by.id,
        )
        .limit(1)
    ).first()
    return shown is None
