"""Logs, metrics, traces and errors bear ids, and nothing of a record or of a key."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from serving.describing import fresh_example
from tests.deployments import a_home
from tests.otlp_receiver import Received, receiving
from tests.service_processes import ROOT, Server, serving

pytestmark = pytest.mark.slow

#: No other text holds it, and it is a plausible plate, name and number alike.
MARK = "QZX4711"

#: As the name of a field: the sender is told which one is not known, and nobody else.
NAME = "QZY4711"

_numbers = count(1)
_KINDS = ("consignment", "crossing", "inspection", "incident")


def _marked(kind: str) -> list[bytes]:
    """Records in which one text bears the mark, each text once; and broken ones around it."""
    record = fresh_example(kind, datetime.now(UTC))
    bodies: list[Any] = []
    for name, value in record.items():
        if isinstance(value, str) and name != "source_system":
            bodies += [record | {name: MARK}, record | {name: f"{value}{MARK}"}]
        elif isinstance(value, int | float):
            bodies.append(record | {name: MARK})
    bodies += [
        record | {"driver_name": f"Petar {MARK}"},
        record | {NAME: MARK},
        record | {"extra": {NAME: MARK}},
        [MARK],
        MARK,
    ]
    raw = [orjson.dumps(body) for body in bodies]
    return [*raw, b'{"vehicle_id": "' + MARK.encode(), b'{"a":1,"a":"' + MARK.encode() + b'"}']


def _ask(
    server: Server, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    headers.setdefault("Authorization", f"Bearer {server.key}")
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    address = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with closing(address) as connection:
        connection.request(method, path, body, headers)
        with connection.getresponse() as response:
            return response.status, response.read(), dict(response.headers)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a service told while marked requests of every kind came in."""
    settings = a_home(tmp_path_factory.mktemp("told"))
    errors: list[tuple[int, str, bytes]] = []
    with receiving() as traces, pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", traces.address)
        with serving(settings) as server:
            asked: list[tuple[str, str, bytes | None, dict[str, str]]] = [
                ("POST", f"/v1/{kind}s", body, {}) for kind in _KINDS for body in _marked(kind)
            ]
            # Keys that are none: as they stand, and as parts of others.
            asked += [
                ("GET", "/v1/model", None, {"Authorization": f"{scheme}{MARK}"})
                for scheme in ("Bearer ", "Bearer vardar_key_", "Basic ", "")
            ]
            asked += [
                (
                    "POST",
                    "/v1/crossings/batch",
                    b"[" + b",".join(_marked("crossing")[:9]) + b"]",
                    {},
                ),
                ("GET", f"/v1/movements?source_system={MARK}&source_record_id={MARK}", None, {}),
                ("GET", f"/v1/movements?{MARK}={MARK}", None, {}),
                ("GET", f"/v1/score-changes?after={MARK}", None, {}),
                ("GET", f"/v1/scores/{MARK}/explanation", None, {}),
                ("GET", f"/{MARK}", None, {"X-Request-ID": f"/{MARK}/"}),
                ("POST", "/v1/crossings", MARK.encode(), {"Content-Type": MARK}),
                ("PUT", "/v1/crossings", MARK.encode(), {}),
            ]
            for method, path, body, headers in asked:
                status, answer, _ = _ask(server, method, path, body, **headers)
                if path.endswith("/batch"):
                    problems = [one.get("problem") for one in orjson.loads(answer)["items"]]
                    errors += [(200, path, orjson.dumps(one)) for one in problems if one]
                elif status >= 400:
                    errors.append((status, path, answer))
            ids = _ask(server, "POST", "/v1/crossings", _good(), **{
                "X-Request-ID": "caller-7", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})  # fmt: skip
            metrics = _ask(server, "GET", "/metrics")[1]
        log = server.log.read_text()
    return {"errors": errors, "metrics": metrics, "log": log, "traces": traces, "answered": ids}


def _good() -> bytes:
    # Examples of one second share an id, and a marked one may have come in it.
    record = fresh_example("crossing", datetime.now(UTC))
    return orjson.dumps(record | {"source_record_id": f"G-{next(_numbers)}"})


def test_no_text_of_a_record_or_a_key_is_told(told: dict[str, Any]) -> None:
    assert len(told["errors"]) > 60
    greeting = told["log"].partition("\n{")[2]
    assert '"route":"/v1/consignments"' in greeting
    for text in (MARK, NAME):
        assert text.lower() not in greeting.lower()
        assert text.encode() not in told["metrics"]
        assert not [raw for raw in told["traces"].raw if text.encode() in raw]
    repeating = [(s, p, e) for s, p, e in told["errors"] if MARK.encode() in e]
    assert repeating == []
    assert {status for status, _, _ in told["errors"]} <= {
        200,
        400,
        401,
        403,
        404,
        405,
        409,
        415,
        422,
    }


def test_every_line_of_the_log_is_an_object_with_the_requests_id(told: dict[str, Any]) -> None:
    lines = [line for line in told["log"].splitlines() if line.startswith("{")]
    requests = [one for one in map(orjson.loads, lines) if one["event"] == "request"]

    assert len(requests) > 60
    assert all(re.fullmatch(r"[\w.-]{1,64}", one["request_id"]) for one in requests)
    assert [one for one in requests if one["request_id"] == "caller-7"]
    assert told["answered"][2]["x-request-id"] == "caller-7"


def test_a_trace_goes_on_from_the_caller_through_store_and_explanation(
    told: dict[str, Any],
) -> None:
    received: Received = told["traces"]
    mine = [span for span in received.spans if span.trace_id == bytes.fromhex("a" * 32)]

    by_name = {span.name: span for span in mine}
    # One that comes alone may be carried out within its own request.
    assert set(by_name) - {"transaction"} == {"request", "store", "explain"}
    request = by_name["request"]
    assert request.parent_span_id == bytes.fromhex("b" * 16)
    assert {by_name[name].parent_span_id for name in ("store", "explain")} == {request.span_id}
    facts = {a.key: a.value.string_value or a.value.int_value for a in request.attributes}
    assert facts == {
        "http.request.method": "POST",
        "http.route": "/v1/crossings",
        "http.response.status_code": 201,
        "vardar.request_id": "caller-7",
    }
    transactions = [span for span in received.spans if span.name == "transaction"]
    assert sum(span.attributes[0].value.int_value for span in transactions) > 60


def test_nothing_of_traces_is_loaded_when_they_are_off() -> None:
    code = (
        "import sys, serving.application; from serving.tracing import tracing; tracing.start({});"
        "tracing.span('request').__enter__().set_attribute('a', 1);"
        "print({'opentelemetry.sdk', 'opentelemetry.exporter'} & set(sys.modules), tracing.on)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set() False"


def test_a_collector_that_is_away_fails_no_request(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        with serving(a_home(tmp_path)) as server:
            assert {_ask(server, "POST", "/v1/crossings", _good())[0] for _ in range(5)} <= {
                200,
                201,
            }
