"""The services under load, each a process of its own on loopback: Vardar, and the peers."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import mlflow.lightgbm
import mlflow.pyfunc
import numpy as np
import orjson
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from bench.peers import heads
from bench.serve_home import RISKS, Home
from bench.serve_load import request_of, tree_of
from features.spec import Floats

_ROOT = Path(__file__).parents[1]
_STARTS_WITHIN = 180


@dataclass(frozen=True)
class Service:
    """One that listens on loopback.

    Attributes:
        ready: A path it answers with 200 once it can be asked.
    """

    name: str
    process: subprocess.Popen[bytes]
    port: int
    ready: str
    log: Path

    @property
    def pid(self) -> int:
        """Its first process."""
        return self.process.pid

    def wait_until_ready(self) -> None:
        """Fails with the service's log if it ends, or takes minutes."""
        until = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError), closing(self._connection()) as connection:
                connection.request("GET", self.ready)
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.3)
        raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text()[-4000:]}")

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)


@dataclass(frozen=True)
class Peer:
    """A service of the same trees.

    Attributes:
        home: What is served.
        rows: What it is asked.
        command: How it is started; PORT stands for its port.
        ready: As `Service`.
        path: Where it is asked.
        named: Whether rows are sent with their columns' names, as mlflow wants them.
        explains: Whether SHAP values come with the score.
        risks: Which heads answer.
    """

    name: str
    home: Home
    rows: Sequence[Floats]
    command: tuple[str, ...]
    ready: str
    path: str
    named: bool = False
    explains: bool = True
    risks: tuple[str, ...] = RISKS
    environment: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[Service]:
        """The service while the context lasts."""
        with _running(
            self.name, self.home, self.command, self.ready, environment=self.environment
        ) as service:
            yield service

    @cached_property
    def requests(self) -> list[bytes]:
        """One a row, in their order."""
        made = []
        for row in self.rows:
            values = [None if np.isnan(value) else value for value in row.tolist()]
            body: dict[str, Any] = {"row": values}
            if self.named:
                body = {"dataframe_split": {"columns": _names(self.home), "data": [values]}}
            made.append(request_of(self.path, orjson.dumps(body)))
        return made

    def check(self, row: Floats, answer: Any) -> None:
        """Compare an answer with what LightGBM says of the row (f,).

        Raises:
            ValueError: when it differs.
        """
        X = row[np.newaxis]
        for risk in self.risks:
            booster = heads.boosters(str(self.home.peers))[risk]
            expected = {"score": booster.predict(X)[0]}
            if self.explains:
                expected["shap"] = booster.predict(X, pred_contrib=True)[0][:-1]
            if not self.named:
                told = answer[risk]
            elif self.explains:
                told = answer["predictions"][0][risk]
            else:
                told = {"score": answer["predictions"][0]}
            for what, values in expected.items():
                if not np.allclose(told[what], values, rtol=0, atol=1e-9):
                    raise ValueError(f"{self.name} gives another {what} than LightGBM.")


def vardar(home: Home) -> Any:
    """Vardar's own service while the context lasts."""
    assert home.settings.as_if is not None, "the benchmark's home rehearses"
    command = (
        sys.executable, "-m", "vardar", "serve", "--home", str(home.settings.home), "--models",
        str(home.settings.models), "--as-if", home.settings.as_if.isoformat(), "--port", "PORT",
    )  # fmt: skip
    return _running("Vardar", home, command, "/readyz", environment={})


def peers(home: Home, rows: Sequence[Floats]) -> list[Peer]:
    """Those that Vardar is measured against."""
    folder = home.peers.parent
    signature = ModelSignature(Schema([ColSpec(DataType.double, n) for n in _names(home)]))
    native, explained = folder / "mlflow-native", folder / "mlflow-explained"
    pins = ["lightgbm", "shap"]
    # What it says of types and pip concerns nobody here.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    with warnings.catch_warnings(action="ignore"):
        mlflow.lightgbm.save_model(
            heads.boosters(str(home.peers))[RISKS[0]], native, signature=signature,
            pip_requirements=pins,
        )  # fmt: skip
        mlflow.pyfunc.save_model(
            explained,
            python_model=str(_ROOT / "bench" / "peers" / "mlflow_model.py"),
            artifacts={"heads": str(home.peers)},
            signature=signature,
            pip_requirements=pins,
        )

    def mlflow_serves(model: Path) -> tuple[str, ...]:
        return (
            sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), "--env-manager",
            "local", "-h", "127.0.0.1", "-p", "PORT",
        )  # fmt: skip

    fastapi = (
        sys.executable, "-m", "uvicorn", "bench.peers.fastapi_app:app", "--port", "PORT",
        "--log-level", "warning",
    )  # fmt: skip
    bento = (
        sys.executable, "-m", "bentoml", "serve", "bench.peers.bento_service:ScoreAndShap",
        "--working-dir", str(_ROOT), "--host", "127.0.0.1", "--port", "PORT",
    )  # fmt: skip
    return [
        Peer(
            "mlflow, explained", home, rows, mlflow_serves(explained), "/ping", "/invocations",
            named=True,
        ),
        Peer(
            "mlflow, score", home, rows, mlflow_serves(native), "/ping", "/invocations",
            named=True, explains=False, risks=RISKS[:1],
        ),
        Peer(
            "BentoML, explained", home, rows, bento, "/readyz", "/explain",
            environment={"BENTOML_HOME": str(folder / "bentoml")},
        ),
        Peer("FastAPI, explained", home, rows, fastapi, "/docs", "/explain"),
        Peer("FastAPI, score", home, rows, fastapi, "/docs", "/score", explains=False),
    ]  # fmt: skip


@contextmanager
def _running(
    name: str, home: Home, command: Sequence[str], ready: str, *, environment: Mapping[str, str]
) -> Iterator[Service]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    log = home.peers.parent / f"{name.replace(', ', '-')}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            [str(port) if word == "PORT" else word for word in command],
            cwd=_ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                heads.FOLDER: str(home.peers),
                "PYTHONPATH": str(_ROOT),
                # mlflow starts its server by name.
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "BENTOML_DO_NOT_TRACK": "True",
                "MLFLOW_DISABLE_TELEMETRY": "true",
                # As Vardar has it: threads over single rows only wait for one another.
                "OMP_NUM_THREADS": "1",
                **environment,
            },
        )
    try:
        yield Service(name, process, port, ready, log)
    finally:
        everything = tree_of(process.pid)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        for pid in everything:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _names(home: Home) -> list[str]:
    return heads.boosters(str(home.peers))[RISKS[0]].feature_name()
