"""What the service sustains, and what it does when it is asked for more than it can.

    python -m bench.load [--rate 200] [--seconds 60] [--overload-seconds 15] [--json FILE]

A real service on a copy of the demo answers new movements, each scored with its reasons and stored:

1. `--rate` a second for `--seconds`, open loop: times count from the moment a request was due. Every
   score that was answered is then looked for in the store.
2. Capacity: what `--clients` closed-loop clients get a second.
3. Five times that, open loop: the share of capacity that is still answered, what is refused (429 with
   Retry-After, and nothing else), and whether the service is well again afterwards.

The long form is `--seconds 1800`. Figures judge nothing; they depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.load_client import Caller, Request, Sent, percentile
from serving.describing import fresh_example
from serving.settings import Settings, read_settings
from tests.service_processes import ROOT, serving

#: The made-up period of the demo ends here.
_NOW = datetime.fromisoformat("2026-07-01T06:00:00Z")

_TIMES_CAPACITY = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--overload-seconds", type=float, default=15)
    parser.add_argument("--home", type=Path, default=ROOT / "var/demo")
    parser.add_argument("--models", type=Path, default=ROOT / "models/trained")
    parser.add_argument(
        "--key", default=os.environ.get("VARDAR_API_KEY"), help="API key; by default one is made"
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        settings = _a_copy(chosen.home, chosen.models, Path(folder))
        with serving(settings, "--as-if", _NOW.isoformat()) as server:
            chosen.key = chosen.key or server.key
            figures = _measured(server.port, settings, chosen)
    _show(figures)
    if chosen.json:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


def _a_copy(home: Path, models: Path, folder: Path) -> Settings:
    """The demo's home in another folder; with the write-ahead log, if one is left."""
    folder = folder / "home"
    folder.mkdir()
    for path in home.iterdir():
        if path.is_file() and not path.name.startswith("mlflow"):
            shutil.copy2(path, folder)
    return read_settings({"VARDAR_HOME": str(folder), "VARDAR_MODELS": str(models)})


def _measured(port: int, settings: Settings, chosen: argparse.Namespace) -> dict[str, float]:
    movements = _movements()
    few = Caller(port, chosen.key, chosen.connections)
    # What a first request compiles and reads is not what it sustains.
    asyncio.run(few.closed_loop(movements, clients=4, seconds=3))

    steady = asyncio.run(few.open_loop(movements, rate=chosen.rate, seconds=chosen.seconds))
    full = asyncio.run(few.closed_loop(movements, clients=chosen.clients, seconds=10))
    capacity = _answered_each_second(full)
    many = Caller(port, chosen.key, most_connections=2000)
    flood = asyncio.run(
        many.open_loop(movements, rate=_TIMES_CAPACITY * capacity, seconds=chosen.overload_seconds)
    )
    sleep(2)
    after = asyncio.run(few.open_loop(movements, rate=capacity / 4, seconds=5))

    stored = _stored(settings)
    refused = [one for one in flood if one.status == 429]
    other = Counter(one.status for one in flood) - Counter({201: len(flood), 429: len(flood)})
    return {
        "rate": _answered_each_second(steady, seconds=chosen.seconds),
        "p50_ms": percentile([one.seconds for one in steady], 0.5) * 1000,
        "p99_ms": percentile([one.seconds for one in steady], 0.99) * 1000,
        "errors": sum(one.status != 201 for one in steady),
        "answered": sum(one.status == 201 for one in (*steady, *full, *flood, *after)),
        "lost": sum(one.status == 201 and one.score_id not in stored
                    for one in (*steady, *full, *flood, *after)),
        "capacity": capacity,
        "overload_offered": len(flood) / chosen.overload_seconds,
        "overload_goodput_share": _answered_while_offered(flood, chosen.overload_seconds) / capacity,
        "overload_p99_ms": percentile([o.seconds for o in flood if o.status == 201] or [0.0], 0.99)
        * 1000,
        "overload_refused": len(refused),
        "overload_refused_p99_ms": percentile([o.seconds for o in refused] or [0.0], 0.99) * 1000,
        "overload_without_retry_after": sum(not one.retry_after for one in refused),
        "overload_other": other.total(),
        "after_errors": sum(one.status != 201 for one in after),
        "after_p99_ms": percentile([one.seconds for one in after], 0.99) * 1000,
    }  # fmt: skip


def _movements() -> Iterator[Request]:
    """New movements without end, of a few hundred parties, declarations and crossings in turn."""
    rng = random.Random(1)
    number = 0
    while True:
        for kind in ("consignment", "crossing"):
            number += 1
            body: dict[str, Any] = fresh_example(kind, _NOW)
            body["source_record_id"] = f"L-{number}"
            if kind == "consignment":
                body["consignee_id"] = f"MK{rng.randint(1, 300):013d}"
                body["consignor_id"] = f"DE{rng.randint(1, 300):09d}"
            else:
                body["vehicle_id"] = f"SK {rng.randint(1000, 9999)} AB"
            yield Request(f"/v1/{kind}s", orjson.dumps(body))


def _answered_each_second(sent: Sequence[Sent], *, seconds: float | None = None) -> float:
    """Scores answered a second, between the first moment due and the last answer."""
    good = [one for one in sent if one.status == 201]
    if not good:
        return 0.0
    spent = max(one.done for one in sent) - min(one.due for one in sent)
    return len(good) / max(spent, seconds or 0.0)


def _answered_while_offered(sent: Sequence[Sent], seconds: float) -> float:
    """Scores answered a second while more were offered; what came after the last was due counts for nothing."""
    begin = sent[0].due
    return sum(one.status == 201 and one.done <= begin + seconds for one in sent) / seconds


def _stored(settings: Settings) -> set[str]:
    """The ids of all scores, read from the file itself."""
    file = settings.store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {score_id for (score_id,) in connection.execute("SELECT score_id FROM scores")}


def _show(figures: dict[str, float]) -> None:
    table = Table("figure", "value", title="Load: one service, its client on the same machine")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
