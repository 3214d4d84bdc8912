"""When a client sends again, how long it waits, and what it tells when it gives up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.client_calls import LARGEST_CHUNK_BYTES, Call, ClientCredentials, Retries, chunked
from serving.client_errors import NoAnswer, Overloaded, Problem, RecordRefused
from serving.client_exchange import Exchange, Pause, Reply
from serving.problems import TYPES, problem
from tests.service_processes import ROOT

_HTTP = httpx.Client(base_url="http://vardar")
_CALL = Call.submitting("crossing", {"a": 1}, reasons=True)


class Played:
    """An exchange played against given replies; the clock moves with its pauses alone."""

    def __init__(self, exchange: Exchange, replies: Iterable[Reply], call: Call = _CALL) -> None:
        self.now = 0.0
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []
        left = iter(replies)
        steps = exchange.answered(_HTTP.build_request, call, lambda: self.now)
        reply: Reply = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                self.answer: httpx.Response = done.value
                return
            reply = None
            if isinstance(step, Pause):
                self.pauses.append(step.seconds)
                self.now += step.seconds
            else:
                self.requests.append(step)
                reply = next(left)


def _problem(kind: str, **headers: str) -> httpx.Response:
    body = problem(kind, "told", instance="r-1")
    media = {"Content-Type": "application/problem+json"}
    return httpx.Response(body["status"], json=body, headers={**headers, **media})


_OK = httpx.Response(201, json={})
_GONE = httpx.ReadError("reset")


def test_all_attempts_of_a_call_bear_one_key_and_another_call_another() -> None:
    exchange = Exchange(None, Retries())

    first = Played(exchange, [_GONE, _problem("overloaded"), _OK])
    second = Played(exchange, [_OK], Call.submitting("crossing", {"a": 1}, reasons=True))

    keys = [request.headers["Idempotency-Key"] for request in first.requests]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert second.requests[0].headers["Idempotency-Key"] != keys[0]


@pytest.mark.parametrize("kind", ["overloaded", "store-unavailable", "not-ready"])
def test_what_passes_is_sent_again(kind: str) -> None:
    assert Played(Exchange(None, Retries()), [_problem(kind), _OK]).answer.status_code == 201


@pytest.mark.parametrize("kind", [k for k, (status, _, _) in TYPES.items() if status < 429])
def test_what_is_about_the_call_is_not_sent_again(kind: str) -> None:
    with pytest.raises(Problem) as told:
        Played(Exchange(None, Retries()), [_problem(kind)])

    assert (told.value.kind, told.value.status) == (kind, TYPES[kind][0])
    assert TYPES[kind][2] in str(told.value)


def test_no_less_than_retry_after_is_waited_whether_seconds_or_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    replies = [
        _problem("overloaded", **{"Retry-After": "7"}),
        _problem("overloaded", **{"Retry-After": soon}),
        _problem("overloaded", **{"Retry-After": "after lunch"}),
        _OK,
    ]

    seconds, date, unreadable = Played(Exchange(None, Retries()), replies).pauses

    assert 7 <= seconds < 8
    assert 25 < date < 31
    assert unreadable < 2


@given(st.integers(1, 40), st.floats(0.01, 5))
def test_waits_are_drawn_from_zero_to_a_doubling_bound(attempt: int, first: float) -> None:
    pauses = [Retries(first_seconds=first).pause(attempt) for _ in range(50)]
    bound = min(20.0, first * 2 ** (attempt - 1))

    assert 0 <= min(pauses) < bound / 2 < max(pauses) <= bound


def test_it_gives_up_after_its_attempts_or_its_time_and_says_what_was_told() -> None:
    with pytest.raises(Overloaded):
        Played(Exchange(None, Retries(most=2)), [_problem("overloaded")] * 3)
    with pytest.raises(NoAnswer, match="after 3 attempts"):
        Played(Exchange(None, Retries(most=2)), [_GONE] * 3)
    waits = _problem("store-unavailable", **{"Retry-After": "50"})
    with pytest.raises(Problem, match="503"):
        Played(Exchange(None, Retries(total_seconds=120)), [waits] * 3)


def test_a_refusal_names_field_rule_and_way_out() -> None:
    fault = {"field": "/gross_mass_kg", "rule": "greater_than", "message": "It is negative."}
    body = problem("record-refused", "1 rule is broken.", instance="r-9") | {"errors": [fault]}
    refused = httpx.Response(422, json=body, headers={"Content-Type": "application/problem+json"})

    with pytest.raises(RecordRefused) as told:
        Played(Exchange(None, Retries()), [refused])

    for part in ("/gross_mass_kg", "greater_than", "It is negative.", "Mend the fields", "r-9"):
        assert part in str(told.value)
    assert told.value.faults[0].rule == "greater_than"


def test_a_gateways_page_is_a_problem_too() -> None:
    page = httpx.Response(403, text="<html>", headers={"Content-Type": "text/html"})

    with pytest.raises(Problem, match="403 Forbidden"):
        Played(Exchange(None, Retries()), [page])


def test_a_token_is_fetched_once_and_anew_when_it_is_refused() -> None:
    exchange = Exchange(ClientCredentials("office", "s3cret", scope="submit"), Retries())
    token = httpx.Response(200, json={"access_token": "T1", "expires_in": 100})
    newer = httpx.Response(200, json={"access_token": "T2", "expires_in": 100})
    refused = httpx.Response(401, json={})

    first = Played(exchange, [token, _OK])
    second = Played(exchange, [_OK])
    third = Played(exchange, [refused, newer, _OK])

    asked = first.requests[0]
    assert (asked.url.path, asked.method) == ("/oauth/token", "POST")
    assert asked.headers["Authorization"].startswith("Basic ")
    assert asked.content == b"grant_type=client_credentials&scope=submit"
    assert first.requests[1].headers["Authorization"] == "Bearer T1"
    assert [r.headers["Authorization"] for r in second.requests] == ["Bearer T1"]
    assert third.requests[-1].headers["Authorization"] == "Bearer T2"
    with pytest.raises(Problem, match="401"):
        Played(exchange, [refused, token, refused])


def test_a_token_is_renewed_before_it_ends() -> None:
    exchange = Exchange(ClientCredentials("office", "s3cret"), Retries())
    token = httpx.Response(200, json={"access_token": "T1", "expires_in": 100})
    Played(exchange, [token, _OK])

    early = next(exchange.answered(_HTTP.build_request, _CALL, lambda: 79.0))
    request = next(exchange.answered(_HTTP.build_request, _CALL, lambda: 81.0))

    assert isinstance(early, httpx.Request)
    assert early.headers["Authorization"] == "Bearer T1"
    assert isinstance(request, httpx.Request)
    assert request.url.path == "/oauth/token"


def test_secrets_are_not_shown_by_what_holds_them() -> None:
    assert "s3cret" not in repr(ClientCredentials("office", "s3cret"))


@given(st.lists(st.integers(1, 3 * LARGEST_CHUNK_BYTES // 4), max_size=8))
def test_chunks_hold_every_record_once_in_order_and_within_the_bounds(sizes: list[int]) -> None:
    chunks = list(chunked({"a": "x" * (size - 8)} for size in sizes))

    assert [place for chunk in chunks for place in chunk.places] == list(range(len(sizes)))
    for chunk in chunks:
        assert len(chunk.records) == 1 or sum(map(len, chunk.records)) <= LARGEST_CHUNK_BYTES


def test_no_chunk_holds_more_records_than_a_batch_may() -> None:
    sizes = [len(chunk.records) for chunk in chunked({} for _ in range(2_500))]

    assert sizes == [1000, 1000, 500]


def test_the_client_loads_nothing_of_the_service() -> None:
    code = (
        "import sys, serving.client, serving.client_async;"
        "heavy = {'bentoml', 'lightgbm', 'pandas', 'numpy', 'fastapi', 'sqlalchemy', 'numba'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
