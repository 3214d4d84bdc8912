"""Whether the plate's country can move a score by a single bit: it is exchanged, and all compared.

The same crossings go twice through the door that real records take, into two empty ledgers that
differ in nothing: checked, made pseudonymous, entered, made into integers and scored. Only the
countries of the plates are others the second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson

from features.finish import finished
from features.ledger.arrivals import Arrival, arrival
from features.ledger.connection import writing
from features.ledger.entering import Entered, Entering
from features.ledger.keyring import Keyring
from features.ledger.store import Ledger, open_epoch, open_ledger
from features.records.check import CheckSettings, check_record
from features.records.examples import example
from features.records.reference import countries, crossing_points
from features.registry import FeatureSet
from models.risk_model import RiskModel

_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_CLASSES = ("M1", "N1", "N2", "N3", "M2", "M3", "L")
_AT_ONCE = 200
_VEHICLES = 40


@dataclass(frozen=True)
class Swapped:
    """What came of it.

    Attributes:
        swapped: Crossings whose plate country was exchanged.
        countries: How many countries took part.
        margins: How many different margins were among them: if all were alike, nothing was tested.
        differing: Crossings of which anything differs: the stored record, its keys and integers, or
            the bytes of a margin.
    """

    swapped: int
    countries: int
    margins: int
    differing: int


def swap_countries(
    heads: Mapping[str, RiskModel], features: FeatureSet, *, crossings: int
) -> Swapped:
    """Enter and score the same crossings twice, with other plate countries the second time.

    Args:
        heads: Of crossings, by risk; trained on these features.
        features: The deployment's.
        crossings: How many to exchange.
    """
    names = sorted(countries())
    own, other = (
        [names[(number + step) % len(names)] for number in range(crossings)] for step in (0, 101)
    )
    differing, margins = 0, set()
    with TemporaryDirectory() as folder:
        twins = [
            _scored(Path(folder) / name, heads, features, of)
            for name, of in (("one.db", own), ("other.db", other))
        ]
        for one, twin in zip(*twins, strict=True):
            differing += one != twin
            margins.add(one[1])
    return Swapped(crossings, len({*own, *other}), len(margins), differing)


def _scored(
    store: Path, heads: Mapping[str, RiskModel], features: FeatureSet, countries: list[str]
) -> Iterator[tuple[bytes, bytes]]:
    """Of each crossing a hash of all that is stored and derived of it, and the bytes of its margins."""
    clock = _Clock()
    # A secret of its own: both ledgers need the same pseudonyms, and are thrown away.
    ledger = open_ledger(
        f"sqlite:///{store}", Keyring(b"of two ledgers that are thrown away."), clock=clock
    )
    try:
        with writing(ledger.engine) as connection:
            open_epoch(connection, features, number=1, at=clock(), reason="swapped plate countries")
        for start in range(0, len(countries), _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, len(countries)))
            with writing(ledger.engine) as connection:
                entering = Entering(ledger, connection)
                for number in numbers:
                    clock.forward(minutes=7)
                    made = _arrival(
                        ledger, "crossing", _crossing(number, countries[number], clock.now)
                    )
                    entered = entering.enter(made)
                    if not isinstance(entered, Entered):
                        raise TypeError("A crossing that was made anew had been entered before.")
                    if number % 5 == 0:
                        entering.enter(
                            _arrival(ledger, "inspection", _inspection(number, clock.now))
                        )
                    yield _told(made, entered, heads, features)
                entering.finish()
    finally:
        ledger.close()


def _told(
    made: Arrival, entered: Entered, heads: Mapping[str, RiskModel], features: FeatureSet
) -> tuple[bytes, bytes]:
    known = (entered.body, entered.integers, entered.u, made.content_code)
    stored = orjson.dumps(known, option=orjson.OPT_SORT_KEYS)
    integers = {name: np.array([value], np.int64) for name, value in entered.integers.items()}
    margins = b""
    for _, head in sorted(heads.items()):
        columns = features.columns("crossing", head.card.target_results)
        margins += head.margins(finished(columns, integers)).tobytes()
    return sha256(stored).digest(), margins


def _arrival(ledger: Ledger, kind: str, payload: Mapping[str, object]) -> Arrival:
    now = datetime.fromtimestamp(ledger.clock() / 1e6, UTC)
    checked = check_record(kind, payload, now=now, settings=CheckSettings())
    return arrival(kind, checked, ledger.pseudonymiser)


def _crossing(number: int, country: str, now: datetime) -> dict[str, Any]:
    """A crossing whose kind, post and vehicle follow from its number; half of the vehicles return."""
    kinds = list(product(_CLASSES, ("entry", "exit")))
    vehicle_class, direction = kinds[number % len(kinds)]
    posts = sorted(crossing_points())
    vehicle = number % _VEHICLES if number % 2 else 10_000 + number
    made: dict[str, Any] = {
        "source_system": "swapped",
        "source_record_id": f"C-{number}",
        "event_at": (now - timedelta(minutes=3)).isoformat(),
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "bcp_id": posts[(number // 3) % len(posts)],
        "direction": direction,
        "vehicle_class": vehicle_class,
        "vehicle_id": f"SK {vehicle:05d} AB",
        "plate_country": country,
        "is_commercial": vehicle_class.startswith("N"),
        "queue_minutes": float(number % 90),
        "document_check_s": 40.0 + number % 50,
    }
    if vehicle_class in ("M2", "M3"):
        made |= {"declared_passengers": 40, "counted_passengers": 40 + number % 5}
    if vehicle_class in ("N2", "N3"):
        made |= {
            "weighbridge_kg": 20_000.0 + 7 * number % 3000,
            "tare_kg": 14_000.0,
            "declared_load_kg": 5_500.0,
        }
    return made


def _inspection(number: int, now: datetime) -> dict[str, Any]:
    results = ("nothing_found", "arms", "persons_concealed")
    return example("inspection", now) | {
        "source_record_id": f"I-{number}",
        "movement_source_system": "swapped",
        "movement_source_record_id": f"C-{number}",
        "result": results[number // 5 % len(results)],
    }


class _Clock:
    """The same moments for both ledgers."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> int:
        return round(self.now.timestamp()) * 1_000_000

    def forward(self, *, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
