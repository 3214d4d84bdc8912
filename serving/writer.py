"""Group commit without a timer: while one transaction commits, what arrives waits for the next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from time import perf_counter

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from features.errors import VardarError
from features.ledger.connection import StoreBusy
from serving.log import log
from serving.work import Outcome, Work

#: Most pieces of work in one transaction: it keeps the wait of the first one short.
LARGEST_GROUP = 64

#: What the store raises about a record rather than about itself.
RECORD_FAULTS = (IntegrityError, DataError)


#: A transaction that may hold up the thread which serves everybody, and how many such there must have been.
_SHORT_SECONDS, _TRUSTED_AFTER = 0.02, 20


class Overloaded(VardarError):
    """More is waiting for the store than it can take soon."""


class Stopped(VardarError):
    """The service is stopping and takes no more work."""


class WorkBroken(VardarError):
    """Carrying work out ended in what no `except Exception` catches, such as a library's panic."""


Commit = Callable[[Sequence[Work]], list[Outcome]]


class Writer:
    """One thread that carries out what waits, a group at a time.

    A piece of work that comes alone may be carried out by whoever brings it: handing it over and back costs
    as much as a third of the transaction. That holds up everybody else who is served by the same
    thread, so that it is done only while transactions are short.

    Args:
        commit: Does a group in one transaction; what it returns is durable.
        most_waiting: Pieces of work that may wait.
        commit_at_once: The same, but raises `StoreBusy` rather than wait; None where that cannot be.
    """

    def __init__(
        self, commit: Commit, *, most_waiting: int, commit_at_once: Commit | None = None
    ) -> None:
        self._commit = commit
        self._commit_at_once = commit_at_once
        #: Held by whoever is carrying out.
        self._turn = threading.Lock()
        #: Groups to go until work that comes alone may be carried out at once.
        self._not_before = _TRUSTED_AFTER
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

    @property
    def at_once(self) -> bool:
        """Whether work that comes alone may be carried out by whoever brings it."""
        return self._commit_at_once is not None and not self._not_before and not self._turn.locked()

    def carry_out(self, work: Work) -> Outcome | None:
        """Carry out a piece of work here and now; None, and nothing done, where it has to be handed in.

        Raises:
            Exception: what the future of `submit` would have raised.
        """
        if (
            self._commit_at_once is None
            or self._not_before
            or not self._turn.acquire(blocking=False)
        ):
            return None
        try:
            if self._waiting or self._stopping:
                return None
            with self._watched():
                return self._commit_at_once([work])[0]
        except StoreBusy:
            return None
        except BaseException as error:
            raise _told(error) from error
        finally:
            self._turn.release()

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        # Whoever carries out at once finishes too.
        with self._turn:
            pass

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._stopping:
                    self._changed.wait()
                if not self._waiting:
                    return
                size = min(LARGEST_GROUP, len(self._waiting))
                group = [self._waiting.popleft() for _ in range(size)]
            with self._turn:
                self._carry_out(group)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Notice transactions that take too long, or fail."""
        began, done = perf_counter(), False
        try:
            yield
            done = True
        finally:
            if done and perf_counter() - began <= _SHORT_SECONDS:
                self._not_before = max(0, self._not_before - 1)
            else:
                self._not_before = _TRUSTED_AFTER

    def _carry_out(self, group: list[tuple[Work, Future[Outcome]]]) -> None:
        try:
            with self._watched():
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
