"""How fast the whole service answers, beside other services of the same trees.

    python -m bench.serve [--json FILE] [--rounds 3] [--seconds 1.5] [--key KEY]

Vardar's real service runs on a copy of the demo's home, with two heads of trees of realistic size
(see `bench/serve_home.py`). Each of its requests is a new movement: checked, its features read
from the store, scored on both risks, with exact reasons or without, and durably stored before it is
answered. The peers run for real from the same environment, each on ready-made feature rows, and store
nothing:

- mlflow, score: `mlflow models serve` of the native LightGBM flavour, which serves one of the two heads;
- mlflow, explained: `mlflow models serve` of a pyfunc with scores and shap.TreeExplainer values of both;
- BentoML, explained: a service with no setting changed, the same answer;
- FastAPI, score and explained: LightGBM by hand, with `pred_contrib`.

All are loaded in turns, in interleaved rounds, by 1 and by 16 clients that keep their connections, each
sending its next request when it has the answer. CPU is that of all processes of a service, not of the
clients; figures are medians over the rounds. A ratio of requests a second is the smaller of those at 1
and at 16 clients. Before anything is timed every peer's scores and values are compared with LightGBM's.
The parts are measured on like movements inside one process, before the service starts.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
import orjson
from rich.console import Console
from rich.table import Column, Table

from bench.serve_home import Home, make_home, movements
from bench.serve_load import Connection, Load, load, request_of
from bench.serve_parts import Measured, measured_parts
from bench.serve_processes import Service, peers, vardar
from tests.service_processes import a_key

_CLIENTS = (1, 16)
_AS_IF = "2026-07-01T06:00:00Z"
_RECORDS = Path("data/scenario/consignments.csv")
_MAPPING = Path("seeds/mappings/scenario.yaml")
_TABLES = Path("data/features")

#: Figure, of whom, beside whom.
_RATIOS = (
    ("explained_ratio_to_mlflow", "Vardar, explained", "mlflow, explained"),
    ("explained_ratio_to_default_bentoml", "Vardar, explained", "BentoML, explained"),
    ("explained_ratio_to_fastapi", "Vardar, explained", "FastAPI, explained"),
    ("score_ratio_to_mlflow", "Vardar, score", "mlflow, score"),
    ("score_ratio_to_fastapi", "Vardar, score", "FastAPI, score"),
)


@dataclass(frozen=True)
class Contender:
    """One way of being asked.

    Attributes:
        following: The next request to send.
    """

    name: str
    service: Service
    following: Callable[[], bytes]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and write the figures."""
    parser = argparse.ArgumentParser(
        description="Vardar's service beside others.",
        epilog="Example: python -m bench.serve --rounds 3 --json serve.json",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rounds", type=int, default=3, help="of which the medians are taken")
    parser.add_argument("--seconds", type=float, default=1.5, help="each is loaded in each round")
    parser.add_argument("--trees", type=int, default=400, help="of each head")
    parser.add_argument("--leaves", type=int, default=63, help="of each tree, at most")
    parser.add_argument("--parts", type=int, default=300, help="movements measured in process")
    parser.add_argument("--demo", type=Path, default=Path("var/demo"), help="the demo's home")
    parser.add_argument("--models", type=Path, default=Path("models/trained"), help="its heads")
    parser.add_argument(
        "--key", default=os.environ.get("VARDAR_API_KEY"), help="an API key; by default one is made"
    )
    chosen = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vardar-bench-")))
        home = make_home(
            folder, demo=chosen.demo, trained=chosen.models, tables=_TABLES, as_if=_AS_IF,
            trees=chosen.trees, leaves=chosen.leaves,
        )  # fmt: skip
        measured = measured_parts(home, _bodies(home, "PARTS"), chosen.parts)
        contenders = _contenders(stack, home, measured, chosen.key or a_key(home.settings))
        loads = _loaded(contenders, rounds=chosen.rounds, seconds=chosen.seconds)
    figures = _figures(loads, measured)
    _show(loads, measured, figures)
    if chosen.json is not None:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


def _bodies(home: Home, name: str) -> Iterator[bytes]:
    assert home.settings.as_if is not None, "the benchmark's home rehearses"
    return movements(_RECORDS, _MAPPING, now=home.settings.as_if, name=name)


def _contenders(stack: ExitStack, home: Home, measured: Measured, key: str) -> list[Contender]:
    asked = peers(home, measured.rows)
    # One service may be asked in two ways.
    running = {
        command: stack.enter_context(peer.running())
        for command, peer in {peer.command: peer for peer in asked}.items()
    }
    service = stack.enter_context(vardar(home))
    for each in (*running.values(), service):
        each.wait_until_ready()
    bodies = _bodies(home, "LOAD")

    def movement(reasons: str) -> Callable[[], bytes]:
        path = f"/v1/consignments?reasons={reasons}"
        return lambda: request_of(path, next(bodies), key)

    contenders = [
        Contender("Vardar, explained", service, movement("true")),
        Contender("Vardar, score", service, movement("false")),
    ]
    for peer in asked:
        found = running[peer.command]
        connection = Connection(found.port)
        try:
            for row, request in zip(measured.rows, peer.requests, strict=True):
                status, body = connection.post(request)
                if status != 200:
                    raise RuntimeError(f"{peer.name} answered {status}: {body[:500]!r}")
                peer.check(row, orjson.loads(body))
        finally:
            connection.close()
        contenders.append(Contender(peer.name, found, cycle(peer.requests).__next__))
    return contenders


def _loaded(
    contenders: Sequence[Contender], *, rounds: int, seconds: float
) -> dict[tuple[str, int], list[Load]]:
    loads: dict[tuple[str, int], list[Load]] = {}
    for turn in range(rounds + 1):
        for clients in _CLIENTS:
            for one in contenders:
                # The first turn warms up and is not counted.
                lasts = seconds if turn else seconds / 2
                service = one.service
                found = load(
                    service.port, service.pid, one.following, clients=clients, seconds=lasts
                )
                if turn:
                    loads.setdefault((one.name, clients), []).append(found)
    return loads


def _figures(loads: dict[tuple[str, int], list[Load]], measured: Measured) -> dict[str, float]:
    figures: dict[str, float] = {}
    for (name, clients), found in loads.items():
        stem = f"{name.lower().replace(', ', '_').replace(' ', '_')}_{clients}"
        for what, value in _summary(found).items():
            figures[f"{stem}_{what}"] = value
    for figure, ours, theirs in _RATIOS:
        figures[figure] = min(
            _summary(loads[ours, clients])["requests_per_second"]
            / _summary(loads[theirs, clients])["requests_per_second"]
            for clients in _CLIENTS
        )
    for part, milliseconds in measured.parts.items():
        figures[f"part_{part.replace(' ', '_')}_ms"] = milliseconds
    figures["sum_of_parts_ms"] = sum(measured.parts.values())
    alone = _summary(loads["Vardar, explained", 1])
    figures["p50_to_sum_of_parts"] = alone["p50_ms"] / figures["sum_of_parts_ms"]
    figures["cpu_ms_per_request"] = max(
        _summary(loads["Vardar, explained", clients])["cpu_ms"] for clients in _CLIENTS
    )
    return figures


def _summary(loads: Sequence[Load]) -> dict[str, float]:
    def middle(of: Callable[[Load], float]) -> float:
        return float(median(of(one) for one in loads))

    return {
        "requests_per_second": middle(lambda one: len(one.seconds) / one.lasted),
        "p50_ms": middle(lambda one: float(np.percentile(one.seconds, 50)) * 1000),
        "p99_ms": middle(lambda one: float(np.percentile(one.seconds, 99)) * 1000),
        "cpu_ms": middle(lambda one: one.cpu / len(one.seconds) * 1000),
    }


def _show(
    loads: dict[tuple[str, int], list[Load]], measured: Measured, figures: dict[str, float]
) -> None:
    table = Table(
        Column("service", no_wrap=True),
        "clients",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "CPU ms a request",
    )
    for (name, clients), found in loads.items():
        told = _summary(found)
        table.add_row(
            name,
            str(clients),
            f"{told['requests_per_second']:.0f}",
            *(f"{told[what]:.2f}" for what in ("p50_ms", "p99_ms", "cpu_ms")),
        )
    parts = Table("part of one request, in process", "p50 ms")
    for part, milliseconds in measured.parts.items():
        parts.add_row(part, f"{milliseconds:.3f}")
    parts.add_row("sum", f"{figures['sum_of_parts_ms']:.3f}")
    console = Console()
    console.print(table)
    console.print(parts)
    for figure in (
        *(ratio for ratio, _, _ in _RATIOS),
        "p50_to_sum_of_parts",
        "cpu_ms_per_request",
    ):
        console.print(f"{figure}: {figures[figure]:.3g}")


if __name__ == "__main__":
    main()
