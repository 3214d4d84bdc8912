"""Submissions beyond the limit are refused where HTTP is read, and a connection is as good as before."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import orjson
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from serving.deployment import Deployment
from serving.refusing_protocol import refusing
from tests.deployments import Client, a_home, a_submission, deployed

_POST = b"POST /v1/crossings HTTP/1.1\r\nHost: vardar\r\nContent-Type: application/json\r\n"


@contextmanager
def served(client: Client, heard: list[str] | None = None) -> Iterator[int]:
    """The application on loopback, behind uvicorn; paths that reach it are added to `heard`."""
    application = client.application

    async def hearing(scope: Scope, receive: Receive, send: Send) -> None:
        if heard is not None:
            heard.append(scope["path"])
        await application.asgi(scope, receive, send)

    config = uvicorn.Config(
        hearing,
        http=refusing(application.door),
        lifespan="off",
        log_config=None,
        server_header=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            until = time.monotonic() + 10
            while not server.started and time.monotonic() < until:
                time.sleep(0.01)
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(replace(a_home(tmp_path), most_in_flight=0))


@pytest.fixture
def full(here: Deployment) -> Client:
    return Client(here)


def answered(connection: socket.socket) -> tuple[HTTPResponse, bytes]:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer, answer.read()


def statuses_of(connection: socket.socket, count: int) -> list[str]:
    """Of so many answers; several may arrive as one piece."""
    arrived = b""
    while len(found := re.findall(rb"HTTP/1\.1 (\d+) ", arrived)) < count:
        piece = connection.recv(65536)
        assert piece, arrived
        arrived += piece
    return [status.decode() for status in found]


def test_a_refusal_says_what_the_application_would_have_said(full: Client) -> None:
    headers = {"X-Request-ID": "mine", "Content-Type": "application/json"}
    by_the_application = full.post("/v1/crossings", content=b"{}", headers=headers)

    with served(full) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/v1/crossings", b"{}", headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()

    told = {name.lower(): value for name, value in answer.getheaders() if name != "date"}
    assert answer.status == by_the_application.status_code == 429
    assert told == dict(by_the_application.headers)
    assert body == by_the_application.content


def test_requests_are_refused_one_after_the_other_on_one_connection(full: Client) -> None:
    body = b"x" * 1000
    heard: list[str] = []
    with (
        served(full, heard) as port,
        socket.create_connection(("127.0.0.1", port), 10) as connection,
    ):
        ids = []
        for number in range(5):
            head = _POST + b"X-Request-ID: r%d\r\nContent-Length: 1000\r\n\r\n" % number
            # The body comes later and in pieces.
            for piece in (head, body[:400], body[400:]):
                connection.sendall(piece)
                time.sleep(0.01)
            answer, problem = answered(connection)
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
            ids.append(orjson.loads(problem)["instance"])
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: vardar\r\n\r\n")
        alive, _ = answered(connection)

    assert ids == ["r0", "r1", "r2", "r3", "r4"]
    assert alive.status == 200
    assert heard == ["/livez"]
    assert 'vardar_problems_total{type="overloaded"} 5.0' in full.get("/metrics").text


@pytest.mark.parametrize(
    "head",
    [
        b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"Content-Length: 2\r\n\r\n{}" + _POST + b"Content-Length: 2\r\n\r\n{}",
    ],
    ids=["closing", "expecting", "chunked", "two at once"],
)
def test_a_submission_of_another_form_is_refused_as_well(full: Client, head: bytes) -> None:
    with served(full) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(_POST + head)
        answers = statuses_of(connection, 1 + head.count(b"POST"))

    assert answers == ["429"] * (1 + head.count(b"POST"))


def test_with_room_again_the_connection_is_answered(here: Deployment, full: Client) -> None:
    body = orjson.dumps(a_submission(here, "crossing"))
    headers = {"Content-Type": "application/json", **full.headers}
    with served(full) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        statuses = []
        for most in (0, 256):
            full.application.door.most_in_flight = most
            connection.request("POST", "/v1/crossings", body, headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()

    assert statuses == [429, 201]


def test_only_submissions_are_refused(full: Client) -> None:
    assert full.application.door.full

    with served(full) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/v1/model", headers=dict(full.headers))
        assert connection.getresponse().read()
        connection.request("POST", "/oauth/token", b"", {"Content-Length": "0"})
        token = connection.getresponse()
        token.read()
        connection.close()

    assert token.status != 429
