"""The service as a process of its own on loopback."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from features.ledger.keyring import load_keyring
from features.ledger.store import open_ledger
from serving.access.policy import load_policy
from serving.settings import Settings
from tests.deployments import key_of

ROOT = Path(__file__).parents[1]
_COMMAND = "import typer; from serving.commands import {0}; typer.run({0})"


@dataclass
class Server:
    """A service on loopback."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    key: str

    def request(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        raw = body if isinstance(body, bytes | None) else orjson.dumps(body)
        headers = {"Authorization": f"Bearer {self.key}"}
        headers |= {} if raw is None else {"Content-Type": kind}
        address = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(address) as connection:
            connection.request(method, path, raw, headers)
            with connection.getresponse() as response:
                return response.status, response.read()

    def wait_until_ready(self) -> None:
        """Fails with the service's log if that takes more than 180 s."""
        until = time.monotonic() + 180
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                if self.request("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """No warning, no clean-up: the worker first, before its supervisor could tell it."""
        for pid in (*workers_of(self.process.pid), self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(settings: Settings, *more: str, wait: bool = True) -> Iterator[Server]:
    """The service of a home while the context lasts.

    Args:
        settings: Of the home.
        more: Further arguments of the command.
        wait: Whether to wait until it is ready; else the caller does.
    """
    port = free_port()
    log = settings.home / f"service-{port}.log"
    key = a_key(settings)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command("serve", settings, "--port", str(port), *more),
            cwd=ROOT,
            env={**os.environ, "VARDAR_WORKERS": str(settings.workers)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log, key)
    try:
        if wait:
            server.wait_until_ready()
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        server.kill()


def a_key(settings: Settings) -> str:
    """A key that opens all that systems may do, made as the service's own commands make one."""
    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    try:
        return key_of(ledger, load_policy(settings.access))
    finally:
        ledger.close()


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def workers_of(pid: int) -> list[int]:
    """The processes that this one has started, from Linux' own list."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in children.read_text().split()] if children.exists() else []


def command(name: str, settings: Settings, *more: str) -> list[str]:
    """The command line of one of the service's commands on a home."""
    home = ["--home", str(settings.home), "--models", str(settings.models)]
    return [sys.executable, "-c", _COMMAND.format(name), *home, *more]
