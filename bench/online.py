"""How long a movement's features take online: read the states, apply the event, commit.

    python -m bench.online [--json FILE] [--movements 2000] [--hot-events 200000]

Each store holds the same made-up movements of a few hundred parties over three weeks. "read" is
all history features of one movement from the states of all its keys; "first of the day" is the same when the
day has changed since, so that every key is rolled on; "hot" reads a movement whose every key has
had `--hot-events` events within a year; "enter" is one movement in a transaction of its own, the
commit included. Figures in milliseconds; `hot_to_median` is the worse store's median of hot reads
over its median of ordinary ones.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import numpy as np
import orjson
import psycopg
from rich.console import Console
from rich.table import Table

from features import online
from features.derive import derived
from features.ledger.arrivals import Arrival, arrival
from features.ledger.connection import reading, writing
from features.ledger.entering import DAY_MICROSECONDS, Entering
from features.ledger.key_states import KeyStates, state_id, upsert
from features.ledger.keyring import Keyring
from features.ledger.packing import measure_vector, places
from features.ledger.store import Ledger, open_ledger
from features.records.check import CheckSettings, check_record
from features.records.examples import example

_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_DAYS = 21
_LENIENT = CheckSettings(future_minutes=None, retention_days=None)

Keys = Mapping[str, str]
Times = dict[str, list[float]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(
        description="Online features, read and apply.",
        epilog="Example: python -m bench.online --movements 2000 --json online.json",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--movements", type=int, default=2000, help="entered, and as many reads")
    parser.add_argument(
        "--hot-events", type=int, default=200_000, help="events of each key of the busy movement"
    )
    parser.add_argument(
        "--postgresql", default="postgresql://postgres@127.0.0.1:55432",
        help="a server where a database may be made and dropped (make postgres)",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    figures: dict[str, float] = {}
    table = Table("store", "what", "p50 ms", "p99 ms")
    for name, store in (("sqlite", _sqlite()), ("postgresql", _postgresql(chosen.postgresql))):
        try:
            with store as url:
                times = _measure(url, chosen.movements, chosen.hot_events, figures)
        except psycopg.OperationalError as error:
            Console().print(f"{name}: left out ({str(error).splitlines()[0]})")
            continue
        for what, taken in times.items():
            row = [float(np.percentile(np.array(taken) * 1000, q)) for q in (50, 99)]
            table.add_row(name, what, *(f"{value:.3f}" for value in row))
            before = "" if what == "read" else f"{what.replace(' ', '_')}_"
            for percent, value in zip((50, 99), row, strict=True):
                figures[f"{before}p{percent}_ms_{name}"] = value
        figures[f"hot_to_median_{name}"] = figures[f"hot_p50_ms_{name}"] / figures[f"p50_ms_{name}"]
    figures["hot_to_median"] = max(v for k, v in figures.items() if k.startswith("hot_to_median"))
    Console().print(table)
    for figure in ("keys", "integers", "hot_to_median"):
        Console().print(f"{figure}: {figures[figure]:g}")
    if chosen.json is not None:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/ledger.db"


@contextmanager
def _postgresql(server: str) -> Iterator[str]:
    name = f"vardar_bench_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=2) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _measure(url: str, movements: int, hot_events: int, figures: dict[str, float]) -> Times:
    rng = random.Random(1)
    clock = [int(_START.timestamp() * 1e6)]
    ledger = open_ledger(url, Keyring(b"a benchmark's secret of 32 bytes"), clock=lambda: clock[0])
    times: Times = {"read": [], "hot": [], "first of the day": [], "enter": []}
    ordinary: list[Keys] = []
    step = _DAYS * DAY_MICROSECONDS // movements
    for number in range(movements):
        clock[0] += step
        one = _an_arrival(ledger, rng, f"B-{number}")
        times["enter"].append(_enter(ledger, one))
    for number in range(200):
        clock[0] += 1_000_000
        one = _an_arrival(ledger, rng, f"C-{number}")
        _enter(ledger, one)
        ordinary.append(derived(one.kind, one.body, ledger.features).keys)
    day = clock[0] // DAY_MICROSECONDS
    busy = {kind: f"hot-{key}" for kind, key in ordinary[0].items()}
    _write_busy_states(ledger, busy, one, events=hot_events, day=day)
    for _ in range(movements):
        keys = rng.choice(ordinary)
        times["read"].append(_read(ledger, keys, day=day))
        times["hot"].append(_read(ledger, busy, day=day))
        times["first of the day"].append(_read(ledger, keys, day=day + 1))
    figures["keys"] = len([kind for kind in busy if kind in ledger.features.layouts])
    figures["integers"] = sum(len(one.features) for one in ledger.features.layouts.values())
    ledger.close()
    warm = movements // 4
    return {what: taken[warm:] for what, taken in times.items()}


def _read(ledger: Ledger, keys: Keys, *, day: int) -> float:
    with reading(ledger.engine) as connection:
        begun = perf_counter()
        KeyStates(connection, ledger.features).history(keys, day=day)
        return perf_counter() - begun


def _enter(ledger: Ledger, one: Arrival) -> float:
    begun = perf_counter()
    with writing(ledger.engine) as connection:
        entering = Entering(ledger, connection)
        entering.enter(one)
        entering.finish()
    return perf_counter() - begun


def _write_busy_states(ledger: Ledger, keys: Keys, one: Arrival, *, events: int, day: int) -> None:
    """What a year of events, the same number every day, leaves behind."""
    features = ledger.features
    vector = measure_vector(derived(one.kind, one.body, features).measures)
    hot, tiles = [], []
    for kind, key in keys.items():
        layout = features.layouts.get(kind)
        if layout is None:
            continue
        amounts = vector[places(layout.measures)] * -(-events // 365)
        state = online.empty_state(layout, day=day - 365)
        for today in range(day - 365, day + 1):
            online.roll(state, layout, day=today)
            online.apply(state, layout, amounts, tile_day=today, closed_days_only=False)
        hot.append((state_id(kind, key), online.pack(state)))
        if state.tiles is not None:
            tiles.append((state_id(kind, key), online.pack_tiles(state.tiles)))
    with writing(ledger.engine) as connection:
        upsert(connection, "states", hot)
        upsert(connection, "tiles", tiles)


def _an_arrival(ledger: Ledger, rng: random.Random, number: str) -> Arrival:
    payload = example("consignment", _START) | {
        "source_record_id": number,
        "consignee_id": f"MK{rng.randint(1, 300):013d}",
        "consignor_id": f"DE{rng.randint(1, 300):09d}",
        "declarant_id": f"MK{rng.randint(400, 420):013d}",
        "carrier_id": f"MK{rng.randint(500, 560):013d}",
    }
    checked = check_record("consignment", payload, now=_START, settings=_LENIENT)
    return arrival("consignment", checked, ledger.pseudonymiser)


if __name__ == "__main__":
    main()
