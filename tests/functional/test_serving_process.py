"""The whole service as a process: its start, its end, and what a kill leaves behind."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from serving.deployment import ServiceLock
from serving.describing import fresh_example
from serving.replaying import replay
from serving.scores import ids_of
from serving.settings import Settings
from tests.deployments import a_home, deployed, row_counts
from tests.service_processes import ROOT, Server, command, serving, workers_of

pytestmark = pytest.mark.slow


def test_a_service_serves_alone_and_takes_only_json(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    with serving(settings) as server:
        example = fresh_example("consignment", _now())
        assert server.request("POST", "/v1/consignments", example)[0] == 201
        pickle = "application/vnd.bentoml+pickle"
        assert server.request("POST", "/v1/consignments", b"\x80\x04N.", pickle)[0] == 415
        assert server.request("POST", "/", b"\x80\x04N.", pickle)[0] == 415
        assert server.request("POST", "/v1/consignments", b"{")[0] == 400
        for path in ("/scan/1", "/scan/2", "/docs.json", "/static_content/x"):
            assert server.request("GET", path)[0] == 404

        metrics = server.request("GET", "/metrics")[1].decode()
        second = subprocess.run(
            command("serve", settings), cwd=ROOT, capture_output=True, text=True, check=False
        )
        log = server.log.read_text()

    assert 'vardar_intake_total{kind="consignment",outcome="accepted"} 1.0' in metrics
    assert 'vardar_intake_total{kind="consignment",outcome="quarantined"} 1.0' in metrics
    assert 'vardar_scores_total{band="' in metrics
    assert "/scan/" not in metrics
    assert log.count("Account admin, password ") == 1
    assert second.returncode != 0
    assert "Another service works on" in second.stderr
    assert '"route":"/v1/consignments","status":201' in log
    for secret in (example["vehicle_id"], example["consignee_id"], "5e5e5e5e"):
        # The ready-made request of the greeting is the only place that names any.
        assert secret not in log.partition("curl --json")[2].partition("\n")[2]


@dataclass
class Burst:
    """Records sent by many clients at once, and the scores that were acknowledged."""

    server: Server
    kill_after: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, payload: dict[str, Any]) -> None:
        with suppress(OSError, http.client.HTTPException):
            status, body = self.server.request("POST", "/v1/consignments?reasons=false", payload)
            assert status == 201
            with self.lock:
                score_id = orjson.loads(body)["score_id"]
                self.acknowledged[payload["source_record_id"]] = score_id
                if len(self.acknowledged) == self.kill_after:
                    self.server.kill()


@pytest.mark.parametrize(
    "records", [100, pytest.param(500, marks=pytest.mark.nightly)], ids=["100", "500"]
)
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path, records: int) -> None:
    settings = a_home(tmp_path)
    payloads = [
        fresh_example("consignment", _now()) | {"source_record_id": f"K-{number}"}
        for number in range(records)
    ]
    with serving(settings) as server:
        burst = Burst(server, kill_after=5)
        with ThreadPoolExecutor(max_workers=records) as clients:
            list(clients.map(burst.send, payloads))
    assert 5 <= len(burst.acknowledged) < records

    began = time.monotonic()
    with serving(settings) as server:
        ready_after = time.monotonic() - began
        again = [server.request("POST", "/v1/consignments", payload) for payload in payloads]

    answers = {
        p["source_record_id"]: orjson.loads(a) for p, (_, a) in zip(payloads, again, strict=True)
    }
    assert {status for status, _ in again} == {200, 201}
    for record, score_id in burst.acknowledged.items():
        assert answers[record]["score_id"] == score_id
    here = deployed(settings)
    counts = row_counts(here)
    assert counts == dict(
        ledger=records, derived=records, scores=records, quarantine=0, audit=records
    )
    with here.ledger.engine.connect() as connection:
        ids = ids_of(connection, epoch=1)
    results = replay(here.ledger, here.explainer, here.scoring.assessor.rules, ids)
    assert [r.differences for r in results if r.differences] == []
    # Told, not judged: it depends on the machine.
    sys.stdout.write(f"ready again after {ready_after:.1f} s\n")


@pytest.mark.parametrize("starting", [False, True], ids=["at work", "while it starts"])
def test_a_worker_does_not_outlive_its_supervisor(tmp_path: Path, starting: bool) -> None:
    settings = a_home(tmp_path)
    with serving(settings) as server:
        (worker,) = workers_of(server.process.pid)
        if starting:
            os.kill(worker, signal.SIGKILL)
            worker = _next_worker(server, worker)
        server.process.kill()
        server.process.wait()

        until = time.monotonic() + 30
        while _runs(worker) and time.monotonic() < until:
            time.sleep(0.1)

    assert not _runs(worker)
    ServiceLock(settings.store).release()


def _next_worker(server: Server, last: int) -> int:
    while True:
        for pid in workers_of(server.process.pid):
            if pid != last:
                return pid
        time.sleep(0.001)


def _runs(pid: int) -> bool:
    # Who reaps an orphan differs; one that has ended but was not reaped does not run.
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_file_is_scored_and_replayed_by_commands(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    file = tmp_path / "declaration.json"
    file.write_bytes(orjson.dumps(fresh_example("consignment", _now())))

    scored = run("submit", settings, str(file))
    answer = orjson.loads(scored.stdout)
    replayed = run("replay", settings, answer["score_id"], "--json", str(tmp_path / "figures.json"))

    assert answer["risks"]["arms"]["reasons"]
    assert "equal in every one of" in replayed.stdout
    assert orjson.loads((tmp_path / "figures.json").read_bytes())["figures"]["differing"] == 0


def run(name: str, settings: Settings, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(name, settings, *more), cwd=ROOT, capture_output=True, text=True, check=True
    )


def _now() -> datetime:
    return datetime.now(UTC)
