"""Audit events that belong to no change: refusals, and who looked at what.

Whoever is answered about a movement is answered only once the event is durable. A thread of its own
stores what came together while the last transaction committed, so that submitting never waits for it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future

from features.ledger import audit
from features.ledger.audit import AuditEvent
from features.ledger.connection import writing
from features.ledger.store import Ledger

#: Most events in one transaction.
_LARGEST_GROUP = 256


class Recorder:
    """Stores events a group at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[AuditEvent, Future[None]]] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="access recorder", daemon=True)
        self._thread.start()

    def record(self, event: AuditEvent) -> Future[None]:
        """Hand in an event; the future is done once it is durable, or failed to be."""
        future: Future[None] = Future()
        with self._changed:
            self._waiting.append((event, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Store what waits, then end the thread."""
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
                group = self._waiting[:_LARGEST_GROUP]
                del self._waiting[:_LARGEST_GROUP]
            self._store(group)

    def _store(self, group: list[tuple[AuditEvent, Future[None]]]) -> None:
        try:
            with writing(self._ledger.engine) as connection:
                for event, _ in group:
                    audit.record(connection, event, at=self._ledger.clock())
        except Exception as error:  # whoever waits is told; the thread goes on
            for _, future in group:
                if future.set_running_or_notify_cancel():
                    future.set_exception(error)
            return
        for _, future in group:
            # Who asked may have gone away meanwhile; that they asked is kept.
            if future.set_running_or_notify_cancel():
                future.set_result(None)
