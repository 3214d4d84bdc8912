"""Every sample of the description runs as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.deployments import a_home
from tests.service_processes import Server, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(a_home(tmp_path_factory.mktemp("samples"))) as server:
        yield server


def test_every_sample_runs_as_it_stands(server: Server, tmp_path: Path) -> None:
    spec = orjson.loads(server.request("GET", "/openapi.json")[1])
    operations: dict[str, dict[str, Any]] = {
        f"{method} {path}": operation
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    }
    # First what is looked up later.
    first = orjson.loads(
        run(operations["post /v1/consignments"], "Shell", tmp_path, key=server.key).stdout
    )
    ran = 0
    for name, operation in operations.items():
        if not name.split()[1].startswith(("/v1/", "/livez", "/readyz", "/metrics", "/problems")):
            continue
        if name == "post /v1/switch":
            # Systems switch nothing, and nobody else has a key.
            assert {s["lang"] for s in operation["x-codeSamples"]} == {"Shell", "Python"}
            continue
        for language in ("Shell", "Python"):
            done = run(operation, language, tmp_path, key=server.key, score_id=first["score_id"])
            assert done.returncode == 0, (name, language, done.stdout, done.stderr)
            if name.startswith("get /v1/scores"):
                assert orjson.loads(done.stdout)["score_id"] == first["score_id"]
            ran += 1

    assert ran >= 2 * 15


def run(
    operation: dict[str, Any], language: str, folder: Path, *, key: str, score_id: str = ""
) -> subprocess.CompletedProcess[str]:
    (source,) = (s["source"] for s in operation["x-codeSamples"] if s["lang"] == language)
    program = ["bash", "-c"] if language == "Shell" else [sys.executable, "-c"]
    return subprocess.run(
        [*program, source],
        cwd=folder,
        env={**os.environ, "SCORE_ID": score_id, "VARDAR_API_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
