"""A made-up day through the live ledger's door: what was known of each movement as it came in.

Lines are mapped, checked and entered one after the other in the order in which they became known,
as the service enters what is sent to it. A movement's integers are those of that moment, so what
is kept here is what any later training reads: no offline engine is asked.
"""

from __future__ import annotations

import csv
import heapq
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from sqlalchemy import event

from features.ledger.arrivals import Arrival, arrival, microseconds
from features.ledger.connection import open_engine, writing
from features.ledger.entering import Entered, Entering, IdentityConflict
from features.ledger.keyring import Keyring
from features.ledger.store import Ledger, open_epoch
from features.records.check import CheckSettings, check_record
from features.records.mapping import Line, MappingInput, load_mapping, payloads
from features.records.problems import RecordRefused
from features.registry import FeatureSet
from training.scenario.files.day_lines import LAYOUTS
from training.scenario.profile import SEEDS

#: It protects nothing: traders and vehicles are made up, and the ledger is gone afterwards.
SECRET = b"made-up traders need no secrets."

#: History may be of any age, and the period may lie ahead of this machine's clock.
_SETTINGS = CheckSettings(future_minutes=None, retention_days=None)

#: Outcomes and reports that become known at the same moment as a movement come before it.
_RANKS = {"inspection": 0, "incident": 0, "consignment": 1, "crossing": 1}


@dataclass(frozen=True)
class Known:
    """A record that entered the ledger."""

    arrival: Arrival
    entered: Entered


class LiveLedger(AbstractContextManager["LiveLedger"]):
    """A ledger that lives as long as the simulation; a day's lines come in at once.

    Args:
        work: Where the store lies meanwhile; a temporary folder by default.
    """

    def __init__(self, work: Path | None = None) -> None:
        mapping = load_mapping(SEEDS / "mappings" / "scenario.yaml")
        self.features = FeatureSet(mapping.extra_keys, tuple(sorted(mapping.extension.items())))
        self._inputs: dict[str, MappingInput] = {
            name: mapping.input_of(Path(f"{name}.csv")) for name in LAYOUTS
        }
        self._folder = TemporaryDirectory(prefix="closed-loop-", dir=work)
        self._now = 0
        engine = open_engine(f"sqlite:///{self._folder.name}/ledger.db")
        # The ledger is thrown away at the end: nothing needs to survive a power cut.
        event.listen(engine, "connect", _without_waiting)
        engine.dispose()
        self.ledger = Ledger(engine, Keyring(SECRET), clock=lambda: self._now)
        with writing(engine) as connection:
            open_epoch(connection, self.features, number=1, at=0, reason="a simulation")
        #: What was sent and is not yet known: moment, rank, order, arrival.
        self._waiting: list[tuple[int, int, int, Arrival]] = []
        self._order = 0

    def send(self, name: str, text: bytes) -> int:
        """Hand in lines of a file, without its header; how many were refused is told."""
        columns = LAYOUTS[name].columns
        rows = csv.reader(text.decode().splitlines())
        return self._send(name, (dict(zip(columns, row, strict=True)) for row in rows))

    def send_rows(self, name: str, rows: Sequence[Sequence[str]]) -> int:
        """Hand in rows of plain cells."""
        columns = LAYOUTS[name].columns
        return self._send(name, (dict(zip(columns, row, strict=True)) for row in rows))

    def enter_until(self, midnight: int) -> list[Known]:
        """Enter all that is known before a moment, in seconds since 1970, in the order of time."""
        until, known = midnight * 1_000_000, []
        with writing(self.ledger.engine) as connection:
            entering = Entering(self.ledger, connection)
            while self._waiting and self._waiting[0][0] < until:
                self._now, _, _, one = heapq.heappop(self._waiting)
                try:
                    stands = entering.enter(one)
                except IdentityConflict:
                    # A second version that overtook the first: the ledger keeps the later one.
                    continue
                if isinstance(stands, Entered):
                    known.append(Known(one, stands))
            entering.finish()
        return known

    def _send(self, name: str, lines: Iterable[Mapping[str, Any]]) -> int:
        refused = 0
        for number, raw in enumerate(lines, 1):
            try:
                made = self._read(name, Line(number, dict(raw)))
            except RecordRefused:
                refused += 1
                continue
            for one in made:
                moment = one.record.known_at or one.record.event_at
                self._order += 1
                item = (microseconds(moment), _RANKS[one.kind], self._order, one)
                heapq.heappush(self._waiting, item)
        return refused

    def _read(self, name: str, line: Line) -> list[Arrival]:
        now = datetime.fromtimestamp(self._now / 1e6, UTC)
        return [
            arrival(
                kind,
                check_record(kind, payload, now=now, settings=_SETTINGS),
                self.ledger.pseudonymiser,
            )
            for kind, payload in payloads(self._inputs[name], line)
        ]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ledger.close()
        self._folder.cleanup()


def _without_waiting(raw: Any, _record: object) -> None:
    cursor = raw.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.execute("PRAGMA cache_size = -262144")
    cursor.close()
