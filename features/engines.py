"""The engines that compute features of whole ledgers: DuckDB, or Spark where one machine is too small.

Both answer the same Ibis trees with the same bits. Neither asks the network for anything.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import VardarError

Table = Any  # an ibis.Table: ibis ships no types

# A cluster's partitions suit a cluster; on one machine they cost more than they bring.
_ON_ONE_MACHINE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}


# Integers as their differences: a third of the time and three quarters of the size that DuckDB's
# dictionaries take, which integers of many values gain nothing by.
_PARQUET = {"parquet_version": "v2", "dictionary_size_limit": 0, "compression": "snappy"}


class EngineMissing(VardarError):
    """The engine asked for is not installed."""


@dataclass(frozen=True)
class Engine:
    """An engine and what it may use of the machine.

    Attributes:
        kind: duckdb or spark.
        memory: What DuckDB, or Spark's driver, holds in memory before it writes to disk: "2GiB".
        threads: DuckDB's threads; 0 for one a core.
        master: Where Spark runs: "local[2]", "local-cluster[2,1,1024]" or a cluster's address.
    """

    kind: Literal["duckdb", "spark"] = "duckdb"
    memory: str = "2GiB"
    threads: int = 0
    master: str = "local[2]"


@dataclass(frozen=True)
class Session:
    """An engine at work.

    Attributes:
        connection: The Ibis connection.
        kind: Which engine it is, by the name of its SQL dialect.
        work: A folder for what it keeps for a while.
    """

    connection: Any
    kind: Literal["duckdb", "pyspark"]
    work: Path

    def read(self, files: Sequence[Path]) -> Table:
        """Parquet files of one schema as a table."""
        paths = [str(path) for path in files]
        if self.kind == "duckdb":
            return self.connection.read_parquet(paths)
        frame = self.connection._session.read.parquet(*paths)
        name = _new_name()
        frame.createOrReplaceTempView(name)
        return self.connection.table(name)

    def view(self, name: str, table: Table) -> Table:
        """`table` under a name, for SQL that was compiled before."""
        return self.connection.create_view(name, table, overwrite=True)

    def keep(self, table: Table) -> Table:
        """`table` computed once, for a tree that reads it more than once."""
        name = _new_name()
        if self.kind == "duckdb":
            # DuckDB writes it to its spill folder where memory is short.
            return self.connection.create_table(name, table, temp=True)
        self.write(table, self.work / name)
        return self.read([self.work / name])

    def write(self, asked: Table | str, folder: Path) -> None:
        """Write a table, or what an SELECT answers, as Parquet files whose names keep its order."""
        if self.kind == "duckdb":
            folder.mkdir(parents=True)
            file = str(folder / "part-00000.parquet")
            if isinstance(asked, str):
                options = ", ".join(f"{name} {value!r}" for name, value in _PARQUET.items())
                self.connection.raw_sql(f"COPY ({asked}) TO {file!r} (FORMAT parquet, {options})")
            else:
                self.connection.to_parquet(asked, file, **_PARQUET)
        elif isinstance(asked, str):
            self.connection.raw_sql(asked).write.parquet(str(folder))
        else:
            self.connection.to_parquet(asked, str(folder))

    def arrow(self, asked: Table | str) -> pa.Table:
        """A table, or what an SELECT answers, in memory."""
        if self.kind == "duckdb":
            if isinstance(asked, str):
                return self.connection.con.sql(asked).to_arrow_table()
            return asked.to_pyarrow()
        # Collected by way of pandas, integers would be at its mercy.
        folder = self.work / _new_name()
        self.write(asked, folder)
        return pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("*.parquet")))


@contextmanager
def session(engine: Engine, work: Path) -> Iterator[Session]:
    """The engine at work, with all it spills in the folder `work`.

    Raises:
        EngineMissing: if it is not installed.
    """
    work.mkdir(parents=True, exist_ok=True)
    if engine.kind == "spark":
        with _spark(engine, work) as opened:
            yield opened
        return
    import duckdb
    import ibis

    connection = ibis.duckdb.connect(
        memory_limit=engine.memory,
        temp_directory=str(work / "spill"),
        threads=engine.threads or os.cpu_count() or 1,
        # Order is asked for where it matters; keeping it everywhere takes memory.
        preserve_insertion_order=False,
    )
    # Its bar would go to standard output, where answers go.
    # In a notebook without widgets there is none, and nothing to switch off.
    with suppress(duckdb.InvalidInputException):
        connection.raw_sql("SET enable_progress_bar = false")
    try:
        yield Session(connection, "duckdb", work)
    finally:
        connection.disconnect()


def session_of(table: Table, work: Path) -> Session:
    """The DuckDB or Spark that already holds a table."""
    connection = table.get_backend()
    return Session(connection, connection.dialect.__name__.lower(), work)


@contextmanager
def _spark(engine: Engine, work: Path) -> Iterator[Session]:
    _check_spark()
    if engine.master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    import ibis
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(engine.master).appName("vardar")
    for name, value in _spark_settings(engine, work).items():
        builder = builder.config(name, value)
    # There is one Spark in a process: who finds it running leaves it running.
    running = SparkSession.getActiveSession()
    spark = running or builder.getOrCreate()
    try:
        yield Session(ibis.pyspark.connect(spark), "pyspark", work)
    finally:
        if running is None:
            spark.stop()


def _check_spark() -> None:
    java = Path(os.environ["JAVA_HOME"]) / "bin" / "java" if "JAVA_HOME" in os.environ else "java"
    for what, found in (("PySpark", find_spec("pyspark")), ("Java 17", shutil.which(java))):
        if not found:
            msg = f"The Spark engine needs {what}, which is not installed: make spark."
            raise EngineMissing(msg)


def _spark_settings(engine: Engine, work: Path) -> dict[str, str]:
    folder = work.resolve()
    return {
        # Overflow is an error, as on DuckDB, and never wraps.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": _binary(engine.memory),
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder}",
        "spark.executor.extraJavaOptions": f"-Djava.io.tmpdir={folder}",
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        **(_ON_ONE_MACHINE if engine.master.startswith("local") else {}),
    }


def _new_name() -> str:
    return f"vardar_{uuid4().hex}"


def _binary(memory: str) -> str:
    """Spark writes 2g where DuckDB writes 2GiB."""
    return memory.removesuffix("iB").removesuffix("B").lower()
