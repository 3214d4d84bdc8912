"""The service as whoever operates it sees it: metrics of several workers, a stop under load."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.describing import fresh_example
from tests.deployments import a_home, deployed, row_counts
from tests.service_processes import Server, serving, workers_of

pytestmark = pytest.mark.slow


def _told(server: Server) -> dict[str, float]:
    text = server.request("GET", "/metrics")[1].decode()
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def _record(number: int) -> dict[str, object]:
    return fresh_example("crossing", datetime.now(UTC)) | {"source_record_id": f"O-{number}"}


def test_any_of_several_workers_tells_the_sum_over_all(tmp_path: Path, store_url: str) -> None:
    several = store_url.startswith("postgresql")
    workers = 2 if several else 1
    settings = replace(a_home(tmp_path), store=store_url, workers=workers)
    with serving(settings, "--store", store_url) as server:
        until = time.monotonic() + 60
        while len(workers_of(server.process.pid)) < workers or _told(server)["vardar_workers"] < 2:
            if not several or time.monotonic() > until:
                break
            time.sleep(0.2)
        with ThreadPoolExecutor(16) as clients:
            sent = list(
                clients.map(
                    lambda n: server.request("POST", "/v1/crossings?reasons=false", _record(n))[0],
                    range(120),
                )
            )
        assert server.request("POST", "/v1/crossings", b"{")[0] == 400
        # What is so at the moment is set down once a second.
        time.sleep(1.5)
        told = [_told(server) for _ in range(8)]

    assert Counter(sent) == {201: 120}
    for one in told:
        assert one["vardar_workers"] == workers
        assert one["vardar_store_up"] == 1
        assert one["vardar_waiting"] == 0
        assert one['vardar_intake_total{kind="crossing",outcome="accepted"}'] == 120
        assert one['vardar_requests_total{route="/v1/crossings",status="2xx"}'] == 120
        assert one['vardar_problems_total{type="malformed-json"}'] == 1
        # The broken body went through a transaction too: it is quarantined.
        assert one["vardar_group_size_sum"] == 121
        transactions = one["vardar_group_size_count"]
        assert one['vardar_part_seconds_count{part="transaction"}'] == transactions
        assert one['vardar_part_seconds_count{part="enter"}'] == transactions
        (models,) = (v for n, v in one.items() if n.startswith("vardar_model_workers{"))
        assert models == workers


def test_a_stop_under_load_fails_no_request_that_was_taken(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    statuses: Counter[int] = Counter()
    refused: list[str] = []
    lock, stopping = threading.Lock(), threading.Event()

    def client(number: int) -> None:
        for i in range(10_000):
            try:
                status, _ = server.request("POST", "/v1/crossings", _record(number * 10_000 + i))
            except ConnectionRefusedError:
                return
            except OSError as error:
                with lock:
                    refused.append(f"{stopping.is_set()} {error!r}")
                return
            with lock:
                statuses[status] += 1

    with serving(settings) as server:
        threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        stopping.set()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) is not None
        for thread in threads:
            thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert set(statuses) <= {201, 503}
    assert statuses[201] > 50
    counts = row_counts(deployed(settings))
    assert counts["scores"] == statuses[201], (statuses, refused)
    assert not re.search("Traceback", server.log.read_text())
