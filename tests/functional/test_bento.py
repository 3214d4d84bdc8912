"""The bento serves from wherever it is copied to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from serving.describing import fresh_example
from tests.deployments import a_home
from tests.service_processes import ROOT, Server, a_key, free_port

pytestmark = pytest.mark.slow


def test_a_bento_serves_from_another_folder(tmp_path: Path) -> None:
    packed, away = tmp_path / "packed", tmp_path / "away"
    subprocess.run(["make", "bento", f"PACKED={packed}"], cwd=ROOT, check=True, capture_output=True)  # noqa: S607
    (built,) = (path for path in (packed / "bentos/vardar").iterdir() if path.is_dir())
    bento = Path(shutil.copytree(built, away / "bento"))
    shutil.rmtree(packed)
    assert not (bento / "src/models/trained").exists()
    assert not (bento / "src/training").exists()
    # Told apart from the code of this checkout, which is on Python's path too.
    page = bento / "src/serving/review/templates/base.html"
    page.write_text(page.read_text("utf-8") + "<!-- from the bento -->", "utf-8")
    settings = a_home(tmp_path)
    port, log = free_port(), tmp_path / "service.log"

    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentoml", "serve", str(bento), "--port", str(port)],
            cwd=away,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "BENTOML_HOME": str(tmp_path / "bentoml"),
                "VARDAR_HOME": str(settings.home),
                "VARDAR_MODELS": str(settings.models),
                "OMP_NUM_THREADS": "1",
            },
        )
    server = Server(process, port, log, a_key(settings))
    try:
        server.wait_until_ready()
        status, answer = server.request(
            "POST", "/v1/consignments", fresh_example("consignment", datetime.now(UTC))
        )
        first_page = server.request("GET", "/")[1].decode()
        process.terminate()
        process.wait(30)
    finally:
        with suppress(ProcessLookupError):
            server.kill()

    assert status == 201
    assert orjson.loads(answer)["risks"]["arms"]["reasons"]
    assert first_page.endswith("<!-- from the bento -->")
