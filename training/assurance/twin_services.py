"""The real service, started as any office starts it, on a deployment made for a comparison."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from features.ledger.arrivals import arrival
from features.ledger.connection import writing
from features.ledger.entering import Entering
from features.ledger.keyring import load_keyring
from features.ledger.sealing import seal
from features.ledger.store import Ledger, open_ledger
from features.records.check import CheckSettings, check_record
from features.records.reference import countries
from features.registry import FeatureSet
from models.champion import write_pointer
from models.heads import MANIFEST, load_head
from models.signature import create_signing_key
from training.errors import HeadsMissing, TrainingError

#: The rehearsal's moment: any day does, and a fixed one gives the same crossings each time.
NOW = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)
_ROOT = Path(__file__).parents[2]
#: A start takes fifteen; on a machine with other work, minutes.
_SECONDS_TO_READY = 600


@dataclass
class Service:
    """A service on loopback."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    connection: http.client.HTTPConnection
    key: str

    def wait_until_ready(self) -> None:
        """Wait; raises TrainingError with the last the service said if it does not come up."""
        until = time.monotonic() + _SECONDS_TO_READY
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                if self._request("GET", "/readyz", None)[0] == 200:
                    return
            # What refused once is opened anew.
            self.connection.close()
            time.sleep(0.3)
        last = self.log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise TrainingError(f"The service did not get ready; the last it said: {last}")

    def answer(self, crossing: dict[str, Any]) -> bytes:
        """What the service says of a crossing, byte by byte; raises TrainingError if it refuses."""
        status, raw = self._request("POST", "/v1/crossings", orjson.dumps(crossing))
        if status != 201:
            raise TrainingError(f"The service refused a crossing with {status}: {raw.decode()}")
        return raw

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else {}
        headers["Authorization"] = f"Bearer {self.key}"
        self.connection.request(method, path, body, headers)
        with self.connection.getresponse() as response:
            return response.status, response.read()


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """The service of a deployment that `deployed` made, while the context lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    log = folder / "service.log"
    # No setting of the caller's own deployment may reach this one.
    own = {name: value for name, value in os.environ.items() if not name.startswith("VARDAR_")}
    key = _key(folder / "home", own)
    command = [
        sys.executable, str(_ROOT / "vardar.py"), "serve", "--home", str(folder / "home"),
        "--models", str(folder / "trained"), "--port", str(port), "--as-if", NOW.isoformat(), "--still",
    ]  # fmt: skip
    with log.open("wb") as out:
        # A group of its own: the service starts workers, and all of them end with it.
        process = subprocess.Popen(  # noqa: S603 (no shell, our own program)
            command, cwd=_ROOT, env=own, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        yield Service(process, port, log, connection, key)
    finally:
        connection.close()
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _key(home: Path, environment: dict[str, str]) -> str:
    """A key to submit by, made by the service's own command; raises TrainingError if it fails."""
    command = [
        sys.executable, str(_ROOT / "vardar.py"), "access", "keys", "create", "twin",
        "--home", str(home), "--country", "*", "--post", "*", "--source-system", "*", "--json",
    ]  # fmt: skip
    made = subprocess.run(  # noqa: S603 (no shell, our own program)
        command, cwd=_ROOT, env=environment, capture_output=True, check=False
    )
    if made.returncode != 0:
        raise TrainingError(f"No key could be made: {made.stderr.decode(errors='replace')}")
    key: str = orjson.loads(made.stdout)["key"]
    return key


def deployed(models: Path, folder: Path, templates: Sequence[dict[str, Any]]) -> None:
    """Make a home with its own keys, the heads signed by them, and what the vehicles did before.

    Args:
        models: Holds the heads, each in its folder.
        folder: Where `home` and `trained` go.
        templates: Crossings; the vehicle of every other one has been here before.

    Raises:
        HeadsMissing: if there is no head of crossings in `models`.
    """
    home, trained = folder / "home", folder / "trained"
    found = sorted(path.parent for path in models.glob(f"crossing-*/{MANIFEST}"))
    if not found:
        raise HeadsMissing(f"There is no head of crossings in {models}; train some first.")
    home.mkdir(parents=True)
    for path in found:
        shutil.copytree(path, trained / path.name)
    heads = {path.name: load_head(trained / path.name, manifest_sha256=None) for path in found}
    write_pointer(
        trained,
        heads={name: str(head.manifest_sha256) for name, head in heads.items()},
        key=create_signing_key(home / "signing.key"),
        version="swap",
    )
    card = next(iter(heads.values())).card
    before = int((NOW - timedelta(days=20)).timestamp() * 1_000_000)
    clock = _Clock(before)
    keyring = load_keyring(home / "secret.key", create=True)
    ledger = open_ledger(f"sqlite:///{home}/ledger.db", keyring, clock=clock)
    try:
        seal(ledger, features=FeatureSet(card.extra_keys, tuple(sorted(card.extension.items()))))
        for number, template in enumerate(templates):
            # Every other vehicle has been here before, and was looked at.
            if number % 2 == 0:
                clock.forward(hours=3)
                _enter_past(ledger, clock, template, number)
    finally:
        ledger.close()


def _enter_past(ledger: Ledger, clock: _Clock, template: dict[str, Any], number: int) -> None:
    at = datetime.fromtimestamp(clock.now / 1e6, UTC)
    past = template | {
        "source_record_id": f"P-{number:05d}",
        "event_at": at.isoformat(),
        "plate_country": sorted(countries())[number % len(countries())],
    }
    result = ("nothing_found", "arms", "persons_concealed", "nothing_found")[number // 2 % 4]
    inspection = {
        "source_system": "border-inspections",
        "source_record_id": f"I-{number:05d}",
        "movement_source_system": past["source_system"],
        "movement_source_record_id": past["source_record_id"],
        "event_at": at.isoformat(),
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "selection_reason": "random",
        "selection_propensity": 0.1,
        "control_level": "visual",
        "result": result,
    }
    for kind, payload in (("crossing", past), ("inspection", inspection)):
        checked = check_record(
            kind, payload, now=at, settings=CheckSettings(future_minutes=None, retention_days=None)
        )
        came = arrival(kind, checked, ledger.pseudonymiser)
        with writing(ledger.engine) as connection:
            entering = Entering(ledger, connection)
            entering.enter(came)
            entering.finish()


class _Clock:
    """A clock that stands still until it is set on."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, *, hours: float) -> None:
        self.now += round(hours * 3_600_000_000)
