"""The log of an embedded store is copied beside the answers, begins anew, and loses nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from features.ledger import checkpoints, tables
from features.ledger.connection import Writing, open_engine, reading

_SMALL = 40


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(checkpoints, "_ROWS", _SMALL)
    monkeypatch.setattr(checkpoints, "_PAGES", _SMALL)
    made = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    yield made
    made.dispose()


def write(kept: Writing, number: int) -> None:
    row = {"at": number, "mode": "rules", "actor": "a test", "reason": "x" * 3000}
    with kept.transaction() as connection:
        connection.execute(insert(tables.switches).values(row))


def written(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.execute(select(tables.switches.c.at)).scalars())


def log_of(engine: Engine) -> Path:
    return Path(f"{engine.url.database}-wal")


def test_under_work_without_a_pause_the_log_begins_anew(engine: Engine) -> None:
    kept = Writing(engine)
    for number in range(1_000):
        write(kept, number)

    # Each row takes a page at least: a log that never begins anew holds more than 4 MB.
    assert log_of(engine).stat().st_size < 2_000_000
    assert written(engine) == list(range(1_000))
    kept.close()


@pytest.mark.parametrize(("rest", "by_a_commit"), [(500, True), (0, False)], ids=["little", "much"])
def test_a_commit_copies_little_itself_and_leaves_much_to_the_thread(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, rest: int, by_a_commit: bool
) -> None:
    copying: set[str] = set()
    copied = checkpoints._copied

    def watched(driver: Any) -> int:
        copying.add(threading.current_thread().name)
        return copied(driver)

    monkeypatch.setattr(checkpoints, "_copied", watched)
    monkeypatch.setattr(checkpoints, "_REST", rest)
    kept = Writing(engine)
    for number in range(600):
        write(kept, number)
    kept.close()

    assert any(name.startswith("checkpoints") for name in copying)
    assert (threading.current_thread().name in copying) == by_a_commit


def test_somebody_who_reads_on_holds_up_nobody_and_reads_what_was(engine: Engine) -> None:
    kept = Writing(engine)
    write(kept, 0)

    with reading(engine) as connection:
        before = list(connection.execute(select(tables.switches.c.at)).scalars())
        for number in range(1, 500):
            write(kept, number)
        after = list(connection.execute(select(tables.switches.c.at)).scalars())

    assert before == after == [0]
    assert written(engine) == list(range(500))
    kept.close()


@pytest.mark.parametrize(
    "error", [sqlite3.OperationalError("database or disk is full"), MemoryError()], ids=type
)
def test_a_copy_that_fails_fails_no_commit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    failed: list[object] = []

    def fails(driver: Any) -> int:
        failed.append(driver)
        raise error

    monkeypatch.setattr(checkpoints, "_copied", fails)
    kept = Writing(engine)
    for number in range(300):
        write(kept, number)
    kept.close()

    assert len(failed) > 1
    assert written(engine) == list(range(300))


def test_once_all_have_let_go_the_file_says_everything(engine: Engine) -> None:
    kept = Writing(engine)
    for number in range(150):
        write(kept, number)
    kept.close()
    engine.dispose()

    assert not log_of(engine).exists()
    assert written(engine) == list(range(150))


_WRITES_ON = """
import sys
from itertools import count
from sqlalchemy import insert
from features.ledger import checkpoints, tables
from features.ledger.connection import Writing, open_engine

checkpoints._ROWS = checkpoints._PAGES = 40
kept = Writing(open_engine(sys.argv[1]))
for number in count():
    row = {"at": number, "mode": "rules", "actor": "a test", "reason": "x" * 3000}
    with kept.transaction() as connection:
        connection.execute(insert(tables.switches).values(row))
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("acknowledged", [100, 337, 1013])
def test_a_kill_among_the_copies_loses_nothing_that_was_acknowledged(
    tmp_path: Path, acknowledged: int
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    command = [sys.executable, "-c", _WRITES_ON, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        last = -1
        while last < acknowledged:
            last = int(child.stdout.readline())
        child.kill()
        last = max([last, *map(int, child.stdout.read().split())])

    engine = open_engine(url)
    with engine.connect() as connection:
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    found = written(engine)
    engine.dispose()

    assert sound == "ok"
    # The one after the last may have been stored and not told any more.
    assert found in (list(range(last + 1)), list(range(last + 2)))
