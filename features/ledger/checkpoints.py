"""When what was committed is copied from SQLite's log into its file: beside the answers, not within them.

A commit appends the pages it changed to the log, and somebody has to copy them into the file before the
log can begin anew. SQLite lets a commit do so every thousand pages, and whoever waits for that commit
waits for the copy too. Here a thread copies, and seldom: a page that many commits changed is copied once.
Whatever fails or is cut off here loses nothing: what was committed stays in the log until it is copied.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

from sqlalchemy import Engine

_log = logging.getLogger(__name__)

#: Rows changed between two copies; a row changes one or two pages of 4 KB.
_ROWS = 6_000
#: Pages after which the log begins anew: 64 MB.
_PAGES = 16_384
#: Rows changed while the thread copied that a commit may copy itself: a few hundred pages.
_REST = 500
#: Pages after which a commit copies them itself, as the thread seems not to.
_TOO_MANY = 4 * _PAGES


class Checkpoints:
    """Copies for one connection that writes; that connection's thread calls everything here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._beside = ThreadPoolExecutor(1, "checkpoints")
        self._copy: Future[int] | None = None
        #: Rows that the connection had changed when the last copy was asked for.
        self._rows = 0

    def begin(self, driver: Any) -> None:
        """Copy for this connection from now on."""
        driver.execute(f"PRAGMA wal_autocheckpoint = {_TOO_MANY}").close()
        self._rows = driver.total_changes

    def committed(self, driver: Any) -> None:
        """The connection has committed."""
        try:
            self._look_after(driver)
        except Exception as error:  # whatever it is, what was committed stands and the log holds it
            _log.warning("The log of the store was not copied into its file: %s", error)

    def _look_after(self, driver: Any) -> None:
        if self._copy is not None:
            if not self._copy.done():
                return
            copy, self._copy = self._copy, None
            if copy.result() >= _PAGES:
                self._begin_anew(driver)
                return
        if driver.total_changes - self._rows >= _ROWS:
            self._copy_beside(driver)

    def _begin_anew(self, driver: Any) -> None:
        """Once all is copied before anything else is committed, the next transaction begins the log anew."""
        if driver.total_changes - self._rows <= _REST:
            _copied(driver)
            self._rows = driver.total_changes
        else:
            # What was committed while the thread copied is too much to keep a commit waiting for; less is
            # committed while the thread copies that.
            self._copy_beside(driver)

    def _copy_beside(self, driver: Any) -> None:
        self._rows = driver.total_changes
        self._copy = self._beside.submit(_copied_beside, self._engine)

    def close(self) -> None:
        """Let the thread finish and end."""
        self._beside.shutdown()


def _copied_beside(engine: Engine) -> int:
    with closing(engine.raw_connection()) as connection:
        return _copied(connection.dbapi_connection)


def _copied(driver: Any) -> int:
    """Copy what nobody reads in its older form, without waiting for anybody; how many pages the log has."""
    with closing(driver.execute("PRAGMA wal_checkpoint(PASSIVE)")) as told:
        _, pages, _ = told.fetchone()
    return int(pages)
