"""Whatever is sent, the answer is one that the description declares, and every error is a problem."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import orjson
import pytest

from tests.deployments import a_home
from tests.service_processes import Server, serving

pytestmark = pytest.mark.slow

#: A batch of 10,000 takes longer than the short form has.
_HOOKS = '''
"""Every error is a problem, told as one."""
import schemathesis

LARGEST = {largest}

@schemathesis.hook
def before_load_schema(ctx, raw_schema):
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for media in operation.get("requestBody", {{}}).get("content", {{}}).values():
                if "maxItems" in media["schema"]:
                    media["schema"]["maxItems"] = LARGEST

@schemathesis.check
def errors_are_problems(ctx, response, case):
    # OAuth 2 has a form of its own for the errors of this address (RFC 6749, 5.2).
    if response.status_code >= 400 and case.path != "/oauth/token":
        media = response.headers.get("content-type", [""])[0]
        assert media == "application/problem+json", f"{{response.status_code}} as {{media!r}}"
        told = response.json()
        assert told["status"] == response.status_code
        assert told["type"].startswith("/problems/")
        assert told["way_out"]
        if response.status_code in (429, 503):
            assert response.headers.get("retry-after") or told["type"] == "/problems/model-unavailable"
'''

_CHECKS = ",".join((
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "errors_are_problems",
))  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(a_home(tmp_path_factory.mktemp("schemathesis"))) as server:
        yield server


@pytest.mark.parametrize(
    ("seconds", "examples", "largest"),
    [pytest.param(60, 60, 100, id="a minute"),
     pytest.param(600, 5000, 10_000, id="ten minutes", marks=pytest.mark.nightly)],
)  # fmt: skip
def test_no_request_gets_an_undeclared_answer(
    server: Server, tmp_path: Path, seconds: int, examples: int, largest: int
) -> None:
    (tmp_path / "hooks.py").write_text(_HOOKS.format(largest=largest))
    done = run(
        [
            Path(sys.executable).parent / "schemathesis", "run",
            f"http://127.0.0.1:{server.port}/openapi.json",
            "--checks", _CHECKS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(examples), "--max-time", str(seconds),
            "--seed", "1", "--generation-database", "none", "--request-timeout", "120",
            "--header", f"Authorization: Bearer {server.key}",
            "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-30000:] + done.stderr[-2000:]
    errors = [
        line["status"]
        for line in map(_line, server.log.read_text().splitlines())
        if line.get("event") == "request" and int(line["status"]) >= 500
    ]
    assert errors == []


def _line(text: str) -> dict[str, int | str]:
    line: dict[str, int | str] = orjson.loads(text) if text.startswith("{") else {}
    return line
