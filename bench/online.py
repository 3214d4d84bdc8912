"""How long a movement's features take online: read the states, apply the event, commit.

    python -m bench.online [--json FILE] [--movements 2000]

Each store holds the same made-up movements of a few hundred parties. A round enters one
movement in a transaction of its own; "read" is the history of its keys alone.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from features.derive import derived
from features.errors import VardarError
from features.ledger.arrivals import Arrival, arrival
from features.ledger.connection import reading, writing
from features.ledger.entering import DAY_MICROSECONDS, Entering
from features.ledger.key_states import KeyStates
from features.ledger.keyring import Keyring
from features.ledger.store import Ledger, open_ledger
from features.records.check import CheckSettings, check_record
from features.records.examples import example

_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_LENIENT = CheckSettings(future_minutes=None, retention_days=None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(description="Online features, read and apply.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--movements", type=int, default=2000)
    parser.add_argument(
        "--postgresql", default="postgresql://postgres@127.0.0.1:55432/postgres",
        help="a store that may be filled (make postgres)",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    table = Table("store", "read p50 ms", "read p99 ms", "enter + commit p50 ms", "p99 ms")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (
            ("sqlite", f"sqlite:///{folder}/ledger.db"),
            ("postgresql", chosen.postgresql),
        ):
            try:
                measured = _measure(url, movements=chosen.movements)
            except (VardarError, SQLAlchemyError) as error:
                Console().print(f"{name}: left out ({str(error).splitlines()[0]})")
                continue
            read, entered = (np.array(m) * 1000 for m in measured)
            row = [float(np.percentile(m, q)) for m in (read, entered) for q in (50, 99)]
            table.add_row(name, *(f"{value:.2f}" for value in row))
            for what, value in zip(("p50", "p99", "enter_p50", "enter_p99"), row, strict=True):
                figures[f"{what}_ms_{name}"] = value
    Console().print(table)
    if chosen.json is not None:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


def _measure(url: str, *, movements: int) -> tuple[list[float], list[float]]:
    rng = random.Random(1)
    now = int(_START.timestamp() * 1e6)
    clock = [now]
    ledger = open_ledger(url, Keyring(b"a benchmark's secret of 32 bytes"), clock=lambda: clock[0])
    run = rng.randrange(10**9) + int(perf_counter() * 1e6)
    read, entered = [], []
    for number in range(movements):
        clock[0] += 7_000_000
        one = _an_arrival(ledger, rng, f"{run}-{number}")
        keys = derived(one.kind, one.body, ledger.features).keys
        with reading(ledger.engine) as connection:
            begun = perf_counter()
            KeyStates(connection, ledger.features.layouts).history(
                keys, day=clock[0] // DAY_MICROSECONDS
            )
            read.append(perf_counter() - begun)
        begun = perf_counter()
        with writing(ledger.engine) as connection:
            entering = Entering(ledger, connection)
            entering.enter(one)
            entering.finish()
        entered.append(perf_counter() - begun)
    ledger.close()
    warm = movements // 4
    return read[warm:], entered[warm:]


def _an_arrival(ledger: Ledger, rng: random.Random, number: str) -> Arrival:
    payload = example("consignment", _START) | {
        "source_record_id": number,
        "consignee_id": f"MK{rng.randint(1, 300):013d}",
        "consignor_id": f"DE{rng.randint(1, 300):09d}",
        "declarant_id": f"MK{rng.randint(400, 420):013d}",
    }
    checked = check_record("consignment", payload, now=_START, settings=_LENIENT)
    return arrival("consignment", checked, ledger.pseudonymiser)


if __name__ == "__main__":
    main()
