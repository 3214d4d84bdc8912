"""What a table of 30 history features costs offline, beside pandas, Polars and Spark.

    python -m bench.features [--json FILE] [--sizes 1000000,5000000] [--spark-size 200000]
                             [--parties korean|dense]

The same features of the same made-up year (`bench.features_data`), from Parquet to Parquet, each
engine in a process of its own and its cells compared with Vardar's:

    vardar        the offline engine on DuckDB, as it writes a feature table
    pandas        what a data scientist writes first: groupby(key).rolling("30D", closed="left") over
                  the movements themselves, one call a feature, and cumsum for today
    pandas tuned  the same rolling over daily sums, joined back to the movements
    polars        what its documentation shows: rolling_sum_by(...).over(key), and cum_sum for today
    polars tuned  differences of running sums, found by search_sorted: no window is ever rolled
    spark         Vardar's own Ibis trees on Spark

The tuned forms need to know a trick of this definition: its windows are of whole days (daily tiles
may stand for the rows) and of sums (a window is the difference of two prefix sums).

What pandas costs depends on how many parties there are: `--parties` chooses between the Korean
declarations', the only public ones, and the made-up year's, where they are fewer (`bench.features_data`).

Figures, from the median CPU time of the repeats; the first size is the smallest, the last the
largest:

    cpu_seconds_per_million   Vardar at the first size, for each million movements
    ratio_to_pandas           CPU time of pandas / of Vardar at the first size: above 1, we are faster
    ratio_to_pandas_tuned     the same of pandas tuned
    ratio_to_polars           CPU time of Vardar / of Polars at the first size: above 1, it is faster
    ratio_to_polars_tuned     the same of Polars tuned
    growth_<first>_to_<last>  CPU time of Vardar at the last size / at the first
    peak_gib                  Vardar's peak resident memory at the last size
    differing_cells           cells of all other engines that differ from Vardar's
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from bench.features_data import FEATURES, SHAPES, write_movements
from bench.features_run import EngineFailed, Run, differing_cells, run

# Ordinary pandas is the slowest and both forms of pandas run at the first size only.
_AT_FIRST = ("vardar", "pandas", "pandas tuned", "polars", "polars tuned")
_AT_LARGER = ("vardar", "polars", "polars tuned")
ENGINES = (*_AT_FIRST, "spark")

_EXAMPLE = "example: python -m bench.features --sizes 100000 --spark-size 0 --repeats 5"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write the figures."""
    chosen = _chosen(arguments)
    sizes = sorted(chosen.sizes)
    engines_of = {size: _AT_FIRST if size == sizes[0] else _AT_LARGER for size in sizes}
    if chosen.spark_size:
        engines_of[chosen.spark_size] = (*engines_of.get(chosen.spark_size, ("vardar",)), "spark")
    runs: list[Run] = []
    differing = 0
    for size, engines in engines_of.items():
        repeats = chosen.repeats if size in sizes else 1
        of_size, cells = _measured(
            size, engines, repeats=repeats, at=chosen.folder, shape=chosen.parties
        )
        runs += of_size
        differing += cells
    Console().print(_table(runs))
    figures = figures_of(runs, sizes) | {"differing_cells": float(differing)}
    for name, value in figures.items():
        Console().print(f"{name}: {value:.2f}")
    if chosen.json is not None:
        stored = {"figures": figures, "runs": [asdict(one) for one in runs]}
        chosen.json.write_bytes(orjson.dumps(stored, option=orjson.OPT_INDENT_2))


def figures_of(runs: Sequence[Run], sizes: Sequence[int]) -> dict[str, float]:
    """The figures the module's docstring names, those whose runs are there.

    Args:
        runs: At least one run of Vardar for each size.
        sizes: Numbers of movements, ascending.
    """
    first, last = sizes[0], sizes[-1]
    cpu = {
        (engine, size): median(one.cpu_seconds for one in _of(runs, engine, size))
        for engine, size in {(one.engine, one.movements) for one in runs}
    }
    ours = cpu["vardar", first]
    figures = {
        "cpu_seconds_per_million": ours / first * 1e6,
        "peak_gib": max(one.peak_gib for one in _of(runs, "vardar", last)),
    }
    for peer in ("pandas", "pandas tuned"):
        if (peer, first) in cpu:
            figures[_ratio(peer)] = cpu[peer, first] / ours
    for peer in ("polars", "polars tuned"):
        if (peer, first) in cpu:
            figures[_ratio(peer)] = ours / cpu[peer, first]
    if last > first:
        figures[f"growth_{_short(first)}_to_{_short(last)}"] = cpu["vardar", last] / ours
    return figures


def _ratio(peer: str) -> str:
    return f"ratio_to_{peer.replace(' ', '_')}"


def _measured(
    size: int, engines: Sequence[str], *, repeats: int, at: Path | None, shape: str
) -> tuple[list[Run], int]:
    """The runs of one size, and how many cells differ from Vardar's."""
    runs, differing = [], 0
    with tempfile.TemporaryDirectory(dir=at) as name:
        folder = Path(name)
        write_movements(folder / "movements", size, shape=shape)
        # The engines take turns, so that a busy moment of the machine does not meet one alone.
        for _ in range(repeats):
            for engine in engines:
                try:
                    runs.append(run(engine, folder / "movements", folder / engine))
                except EngineFailed as failure:
                    if engine == "vardar":
                        raise
                    Console().print(f"{engine} at {_short(size)}: left out ({failure})")
        for engine in {one.engine for one in runs} - {"vardar"}:
            differing += differing_cells(folder / "vardar", folder / engine)
    return runs, differing


def _table(runs: Sequence[Run]) -> Table:
    table = Table(
        "engine", "movements", "runs", "CPU s", "p99", "wall s", "p99", "peak GiB",
        title=f"{len(FEATURES)} history features offline",
    )  # fmt: skip
    for engine, size in dict.fromkeys((one.engine, one.movements) for one in runs):
        of_engine = _of(runs, engine, size)
        times = [
            f"{np.percentile([getattr(one, what) for one in of_engine], q):.2f}"
            for what in ("cpu_seconds", "wall_seconds")
            for q in (50, 99)
        ]
        peak = f"{max(one.peak_gib for one in of_engine):.2f}"
        table.add_row(engine, _short(size), str(len(of_engine)), *times, peak)
    return table


def _of(runs: Sequence[Run], engine: str, movements: int) -> list[Run]:
    return [one for one in runs if (one.engine, one.movements) == (engine, movements)]


def _short(size: int) -> str:
    """1m, 200k or 1234."""
    for unit, name in ((1_000_000, "m"), (1_000, "k")):
        if size % unit == 0:
            return f"{size // unit}{name}"
    return str(size)


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.features",
        description="History features offline: Vardar beside pandas, Polars and Spark.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "--parties",
        choices=sorted(SHAPES),
        default="korean",
        help="how many parties there are: as in the only public records (korean), or in the made-up year",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go")
    parser.add_argument(
        "--sizes", type=_sizes, default=[1_000_000, 5_000_000], metavar="N,N",
        help="numbers of movements; pandas runs at the smallest only (1000000,5000000)",
    )  # fmt: skip
    parser.add_argument(
        "--spark-size", type=int, default=200_000, metavar="N",
        help="movements for Spark, 0 to leave it out (200000); make spark installs it",
    )  # fmt: skip
    parser.add_argument(
        "--repeats",
        type=int,
        default=1,
        metavar="N",
        help="runs of each engine, but one at Spark's size (1)",
    )
    parser.add_argument(
        "--folder", type=Path, help="where the made-up files go for a while (the system's)"
    )
    return parser.parse_args(arguments)


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


if __name__ == "__main__":
    main()
