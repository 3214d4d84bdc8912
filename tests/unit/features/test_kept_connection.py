"""The writer's kept connection: it knows whether anybody else has written, and is a new one after a failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert, select

from features.ledger import tables
from features.ledger.connection import Writing, open_engine, writing


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path}/ledger.db")


def switch(connection: Connection, number: int) -> None:
    row = {"at": number, "mode": "rules", "actor": "a test", "reason": "to write something"}
    connection.execute(insert(tables.switches).values(row))


def alone(kept: Writing, number: int) -> bool:
    with kept.transaction() as connection:
        switch(connection, number)
        return kept.alone


def switched(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(select(tables.switches.c.at)).scalars())


def test_it_is_alone_until_another_connection_commits(engine: Engine) -> None:
    kept = Writing(engine)

    assert [alone(kept, number) for number in range(3)] == [False, True, True]
    with writing(engine) as other:
        switch(other, 3)
    assert [alone(kept, number) for number in (4, 5)] == [False, True]

    kept.close()
    assert switched(engine) == [0, 1, 2, 3, 4, 5]


def test_after_a_failure_nothing_is_stored_and_nothing_is_taken_for_known(engine: Engine) -> None:
    kept = Writing(engine)
    alone(kept, 0)

    with pytest.raises(LookupError), kept.transaction() as connection:
        switch(connection, 1)
        raise LookupError

    assert not alone(kept, 2)
    kept.close()
    assert switched(engine) == [0, 2]


def test_what_another_has_not_committed_is_no_change(engine: Engine) -> None:
    kept = Writing(engine)
    alone(kept, 0)

    with pytest.raises(LookupError), writing(engine) as other:
        switch(other, 1)
        raise LookupError

    assert alone(kept, 2)
    kept.close()
