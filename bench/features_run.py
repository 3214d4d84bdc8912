"""One engine's run of the feature benchmark in a process of its own, and what it cost.

    python -m bench.features_run ENGINE EVENTS OUT

Each engine reads the Parquet files in EVENTS and writes its table as Parquet to OUT, `u` and the
features as int64, ordered by u. What it cost is printed as one line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.spec import Integers

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What one run cost, from opening the events' files to closing the table's.

    Attributes:
        engine: One of `bench.features.ENGINES`.
        movements: Rows of the table.
        cpu_seconds: User and system time of the process and its children (Spark's JVM), from
            after the libraries were imported.
        wall_seconds: Elapsed time of the same.
        peak_gib: Peak resident memory of the process and its children, libraries included.
    """

    engine: str
    movements: int
    cpu_seconds: float
    wall_seconds: float
    peak_gib: float


class EngineFailed(Exception):
    """An engine ended without an answer; the message is its last line."""


def run(engine: str, events: Path, out: Path) -> Run:
    """Run one engine on the files in `events`, its table going to the new folder `out`.

    Raises:
        EngineFailed: if it ends without an answer, for example for want of its library.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.features_run", engine, str(events), str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        raise EngineFailed(lines[-1])
    cost = json.loads(done.stdout.splitlines()[-1])
    return Run(engine=engine, movements=len(_table(out).read(["u"])), **cost)


def differing_cells(one: Path, other: Path) -> int:
    """Cells that differ between two engines' tables of the same movements, `u` included."""
    tables = [_table(folder) for folder in (one, other)]
    names = sorted({name for table in tables for name in table.schema.names})
    differing = 0
    for name in names:
        ours, theirs = (_column(table, name) for table in tables)
        differing += int(np.count_nonzero(ours != theirs))
    return differing


def _table(folder: Path) -> pq.ParquetDataset:
    return pq.ParquetDataset(sorted(folder.glob("*.parquet")))


def _column(table: pq.ParquetDataset, name: str) -> Integers:
    column = table.read([name]).column(name)
    assert column.type == pa.int64(), f"{name} is {column.type}"
    assert not column.null_count, f"{name} has nulls"
    numbers: Integers = column.to_numpy()
    return numbers


def _main(engine: str, events: Path, out: Path) -> None:
    write = import_module(f"bench.features_{engine.replace(' ', '_')}").write
    cpu, begun = _cpu_seconds(), perf_counter()
    write(events, out)
    cost = {
        "cpu_seconds": _cpu_seconds() - cpu,
        "wall_seconds": perf_counter() - begun,
        "peak_gib": _peak_gib(),
    }
    print(json.dumps(cost))


def _cpu_seconds() -> float:
    """User and system time so far of this process and all below it, the ended ones included."""
    ticks = 0
    for process in _family():
        # The name before the last bracket may hold spaces; utime, stime, cutime, cstime follow.
        fields = (process / "stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS_A_SECOND


def _peak_gib() -> float:
    kib = 0
    for process in _family():
        for line in (process / "status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                kib += int(line.split()[1])
    return kib / 2**20


def _family(process: str = "self") -> list[Path]:
    """The folders under /proc of this process and all below it."""
    folder = Path("/proc") / process
    children: list[str] = []
    for task in (folder / "task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
            children += (task / "children").read_text("utf-8").split()
    return [folder, *(p for child in children for p in _family(child))]


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
