"""Which process writes which day: days come in one by one, and their lines out in the same order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from training.scenario.days.movements import Day
from training.scenario.files.day_lines import DayLines
from training.scenario.files.sheets import Sent
from training.scenario.world.world import World

Lines = dict[str, Sent]

#: Days under way for each process: enough to keep it busy, few enough for memory.
_UNDER_WAY = 3

#: In a writing process, what it writes days with: made once, not sent along with every day.
_writer: DayLines | None = None


def written(
    days: Iterable[Day], world: World, processes: int | None
) -> Iterator[tuple[Day, Lines]]:
    """Each day with its lines by file, in order.

    Args:
        days: Drawn as they are needed, a few ahead of what is written.
        world: Whose days they are.
        processes: How many write, beside the one that draws; by default one a processor. With 1
            the one that draws writes too, and no other is started.
    """
    if processes is None:
        processes = len(os.sched_getaffinity(0))
    if processes <= 1:
        lines = DayLines(world)
        yield from ((day, lines.of(day)) for day in days)
        return
    # Spawned, not forked: a progress bar's thread must not be copied half-way through its work.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _start, (world,))
    try:
        under_way: deque[tuple[Day, Future[Lines]]] = deque()
        for day in days:
            under_way.append((day, pool.submit(_written, day)))
            while len(under_way) >= _UNDER_WAY * processes or _is_written(under_way):
                yield _first(under_way)
        while under_way:
            yield _first(under_way)
    finally:
        pool.shutdown(cancel_futures=True)


def _is_written(under_way: deque[tuple[Day, Future[Lines]]]) -> bool:
    return bool(under_way) and under_way[0][1].done()


def _first(under_way: deque[tuple[Day, Future[Lines]]]) -> tuple[Day, Lines]:
    day, lines = under_way.popleft()
    return day, lines.result()


def _start(world: World) -> None:
    global _writer
    # Whoever interrupts the drawing interrupts the process that draws, which then stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _writer = DayLines(world)


def _written(day: Day) -> Lines:
    if _writer is None:
        raise RuntimeError("A day came to a process that was not made ready by _start.")
    return _writer.of(day)
