"""Group commit without a timer: while one transaction commits, what arrives waits for the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from features.errors import VardarError
from serving.log import log
from serving.work import Outcome, Work

#: Most pieces of work in one transaction: it keeps the wait of the first one short.
LARGEST_GROUP = 64

#: What the store raises about a record rather than about itself.
RECORD_FAULTS = (IntegrityError, DataError)


class Overloaded(VardarError):
    """More is waiting for the store than it can take soon."""


class Stopped(VardarError):
    """The service is stopping and takes no more work."""


class WorkBroken(VardarError):
    """Carrying work out ended in what no `except Exception` catches, such as a library's panic."""


class Writer:
    """One thread that carries out what waits, a group at a time.

    Args:
        commit: Does a group in one transaction; what it returns is durable.
        most_waiting: Pieces of work that may wait.
    """

    def __init__(
        self, commit: Callable[[Sequence[Work]], list[Outcome]], *, most_waiting: int
    ) -> None:
        self._commit = commit
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[Work, Future[Outcome]]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Pieces of work that wait."""
        return len(self._waiting)

    @property
    def alive(self) -> bool:
        """Whether the thread works."""
        return self._thread.is_alive()

    def submit(self, work: Sequence[Work]) -> list[Future[Outcome]]:
        """Hand in work; each future is done once its transaction has committed or failed.

        Raises:
            Overloaded: if too much is waiting; none of it was taken.
            Stopped: if the service is stopping, or its thread has ended.
        """
        futures: list[Future[Outcome]] = [Future() for _ in work]
        with self._changed:
            if self._stopping or not self.alive:
                raise Stopped("The service is stopping; send the record again in a moment.")
            if len(self._waiting) + len(work) > self._most_waiting:
                raise Overloaded("Too many records are waiting; send this one again in a moment.")
            self._waiting.extend(zip(work, futures, strict=True))
            self._changed.notify()
        return futures

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._stopping:
                    self._changed.wait()
                if not self._waiting:
                    return
                size = min(LARGEST_GROUP, len(self._waiting))
                group = [self._waiting.popleft() for _ in range(size)]
            self._carry_out(group)

    def _carry_out(self, group: list[tuple[Work, Future[Outcome]]]) -> None:
        try:
            outcomes = self._commit([work for work, _ in group])
        except BaseException as error:  # were the thread to end, all that wait would wait for ever
            # A record that breaks the program must not fail its neighbours; a store that fails, fails all.
            if len(group) > 1 and not _is_of_the_store(error):
                for one in group:
                    self._carry_out([one])
                return
            for _, future in group:
                _resolve(future, _told(error))
            return
        for (_, future), outcome in zip(group, outcomes, strict=True):
            _resolve(future, outcome)


def _is_of_the_store(error: BaseException) -> bool:
    return isinstance(error, SQLAlchemyError) and not isinstance(error, RECORD_FAULTS)


def _told(error: BaseException) -> Exception:
    if isinstance(error, Exception):
        return error
    # Raised in a request it would pass every handler, or end the server as an interrupt does.
    log().error("work broken", error=type(error).__name__)
    broken = WorkBroken("Carrying out the work broke; send the record again.")
    broken.__cause__ = error
    return broken


def _resolve(future: Future[Outcome], result: Outcome | Exception) -> None:
    # The client may have gone away meanwhile; what was stored stays stored.
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
