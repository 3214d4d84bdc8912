"""The benchmarks of explaining and serving compare like with like, and count what they say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import getpid
from pathlib import Path

import orjson
import pytest

from bench.serve_load import cpu_seconds, load, request_of, tree_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together: apart, each answer waits 40 ms for an acknowledgement.
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if body else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_load_is_of_the_given_clients_and_counts_every_answer(port: int) -> None:
    sent = iter(range(1_000_000))

    found = load(
        port, getpid(), lambda: request_of("/", str(next(sent)).encode()), clients=3, seconds=0.3
    )

    assert len(found.seconds) == next(sent)
    assert found.lasted >= 0.3
    assert found.cpu > 0


def test_an_answer_that_is_no_success_ends_the_load(port: int) -> None:
    with pytest.raises(OSError, match="400"):
        load(port, getpid(), lambda: request_of("/", b""), clients=2, seconds=5)


def test_cpu_is_that_of_all_processes_of_a_service() -> None:
    assert tree_of(getpid())[0] == getpid()
    assert cpu_seconds(getpid()) > 0


def test_the_kernel_and_its_peers_explain_alike(tmp_path: Path) -> None:
    pytest.importorskip("shap")
    from bench import explain

    out = tmp_path / "explain.json"
    few = ["--rounds", "1", "--rows", "4", "--trees", "5", "--models", str(tmp_path)]
    explain.main([*few, "--json", str(out)])

    figures = orjson.loads(out.read_bytes())["figures"]
    assert figures["max_abs_difference"] <= 1e-9
    assert figures["synthetic_kernel_rows_per_cpu_second"] > 0


@pytest.mark.nightly
@pytest.mark.skipif(not (ROOT / "var/demo/ledger.db").exists(), reason="make train makes the demo")
def test_vardar_and_its_peers_serve_the_same_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each peer's answers are compared before anything is timed; every movement must be new."""
    pytest.importorskip("mlflow")
    from bench import serve

    monkeypatch.chdir(ROOT)
    out = tmp_path / "serve.json"
    few = ["--rounds", "1", "--seconds", "0.5", "--trees", "5", "--leaves", "7", "--parts", "20"]
    serve.main([*few, "--json", str(out)])

    figures = orjson.loads(out.read_bytes())["figures"]
    for figure in ("explained_ratio_to_mlflow", "score_ratio_to_mlflow", "cpu_ms_per_request"):
        assert figures[figure] > 0
