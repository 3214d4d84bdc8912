"""What several workers count is told as one sum, whoever is asked and whoever has died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service_processes import ROOT

_WORKER = """
import sys
from serving.metrics import Metrics
metrics = Metrics()
for _ in range({requests}):
    metrics.count_request("/v1/crossings", 201, 0.02)
metrics.waiting.set({waiting})
metrics.workers.set(1)
metrics.store_up.set({up})
metrics.serve_model("vardar", "{version}", "a" * 64)
metrics.timed(lambda work: None)([1, 2, 3])
print(metrics.text().decode(), flush=True)
sys.stdin.read()
print(metrics.text().decode(), flush=True)
"""


def _worker(folder: Path, **said: object) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER.format(**said)],
        cwd=ROOT,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout
    while not worker.stdout.readline().startswith("vardar_model_workers{"):
        assert worker.poll() is None
    return worker


def _asked_at_the_end(worker: subprocess.Popen[str]) -> str:
    return worker.communicate("")[0].partition("# HELP")[2]


@pytest.mark.slow
def test_any_worker_tells_the_sum_and_the_dead_stand_only_in_what_was_counted(
    tmp_path: Path,
) -> None:
    dead = _worker(tmp_path / "m", requests=5, waiting=7, up=0, version="6")
    dead.kill()
    dead.communicate()
    one = _worker(tmp_path / "m", requests=3, waiting=2, up=1, version="7")
    two = _worker(tmp_path / "m", requests=4, waiting=1, up=1, version="7")

    text = _asked_at_the_end(two)
    _asked_at_the_end(one)

    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("vardar_"))
    assert lines['vardar_requests_total{route="/v1/crossings",status="2xx"}'] == "12.0"
    assert lines['vardar_request_seconds_count{route="/v1/crossings"}'] == "12.0"
    assert lines["vardar_group_size_sum"] == "9.0"
    assert lines['vardar_part_seconds_count{part="transaction"}'] == "3.0"
    assert lines["vardar_waiting"] == "3.0"
    assert lines["vardar_workers"] == "2.0"
    assert lines["vardar_store_up"] == "1.0"
    models = {name: value for name, value in lines.items() if "model_workers" in name}
    assert [value for name, value in models.items() if 'version="7"' in name] == ["2.0"]
    assert not [name for name in models if 'version="6"' in name]
    assert "pid=" not in text


@pytest.mark.slow
def test_one_worker_whose_store_is_down_is_seen_by_all(tmp_path: Path) -> None:
    down = _worker(tmp_path / "m", requests=0, waiting=0, up=0, version="7")
    up = _worker(tmp_path / "m", requests=0, waiting=0, up=1, version="7")

    text = _asked_at_the_end(up)
    _asked_at_the_end(down)

    assert "\nvardar_store_up 0.0\n" in text
