"""What goes wrong is shown to people as a page, and told to machines as before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from features.ledger.connection import StoreUnavailable
from models.languages import ENGLISH
from serving.application import Application
from serving.deployment import Deployment, open_deployment
from serving.door import LARGEST_BODY
from serving.problems import TYPES
from serving.review import sessions_page
from serving.review.error_words import try_again, words_of
from tests.access import anonymous, client, person, somebody
from tests.deployments import Client, a_home
from tests.pages import AS_BROWSERS, audited, browser, words_on

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("problems"), heads=()))
    yield deployment
    deployment.close()


CASES: list[Any] = [
    pytest.param("GET", "/review/nonsense", {}, 404, "not-found", id="no such page"),
    pytest.param("GET", "/review/cases/guessed", {}, 404, "unknown-case", id="a guessed case"),
    pytest.param("GET", "/session/end", {}, 405, "method-not-allowed", id="another method"),
    pytest.param(
        "POST", "/review/language", {"content": b"x" * (LARGEST_BODY + 1), "headers": FORM},
        413, "too-large", id="too much",
    ),
    pytest.param(
        "POST", "/review/language", {"content": b"x", "headers": {"Content-Type": "text/plain"}},
        415, "unsupported-media-type", id="no form",
    ),
    pytest.param(
        "POST", "/review/language", {"data": {"language": "xx"}}, 422, "invalid-request",
        id="what cannot be chosen",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "more", "status", "kind"), CASES)
def test_people_are_shown_a_page_and_machines_are_told_a_problem(
    here: Deployment, method: str, path: str, more: dict[str, Any], status: int, kind: str
) -> None:
    who = person(here, "field_officer")

    machine = who.request(method, path, **more)
    page = browser(who).request(method, path, **more)

    assert machine.json()["type"] == f"/problems/{kind}"
    for answered in (machine, page):
        assert (answered.status_code, answered.headers["X-Problem-Type"]) == (status, kind)
    assert page.headers["Content-Type"].startswith("text/html")
    assert int(page.headers["Content-Length"]) == len(page.content)
    assert page.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    said = words_of(kind, ENGLISH)
    words = words_on(page.text)
    assert said.title in words
    assert said.way_out in words
    assert page.headers["X-Request-ID"] in words
    assert 'href="/review' in page.text


def test_what_a_role_does_not_include_is_said_in_the_readers_own_frame(here: Deployment) -> None:
    admin = browser(somebody(here, "admin"))
    who = admin.get("/session", headers={"Accept": "application/json"}).json()["id"]

    page = admin.get("/review/queue")

    assert page.status_code == 403
    words = words_on(page.text)
    assert "Your role does not include this" in words
    assert "Administrator" in words
    (event,) = audited(here, actor=who, action="refused")
    assert event["object"] == "GET /review/queue"


def test_a_page_that_is_not_there_leaves_the_reader_signed_in(here: Deployment) -> None:
    page = browser(person(here, "shift_supervisor")).get("/review/nonsense")

    assert 'action="/session/end"' in page.text
    assert 'href="/review/queue"' in page.text


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_forged_form_is_refused_with_a_page_and_audited(here: Deployment, token: str) -> None:
    officer = browser(person(here, "field_officer"))
    who = officer.get("/session", headers={"Accept": "application/json"}).json()["id"]
    del officer.headers["X-CSRF-Token"]

    page = officer.post("/review/sessions/end", data={"csrf_token": token})

    assert (page.status_code, page.headers["X-Problem-Type"]) == (403, "forgery")
    assert "The form is not from your session" in words_on(page.text)
    (event,) = audited(here, actor=who, action="refused")
    assert event["object"] == "POST /review/sessions/end"
    assert orjson.loads(event["detail"]) == {"because": "forgery"}


def test_whoever_asks_too_often_is_told_when_to_try_again(here: Deployment) -> None:
    tries = [
        browser(anonymous(here, address="203.0.113.250")).post(
            "/session", data={"name": "ana", "password": ""}
        )
        for _ in range(31)
    ]

    page = tries[-1]
    assert (page.status_code, page.headers["X-Problem-Type"]) == (429, "too-many")
    said = try_again(page.headers["Retry-After"], ENGLISH)
    assert said is not None
    assert said in words_on(page.text)
    assert 'href="/sign-in"' in page.text or 'href="/review"' in page.text


def test_a_failure_is_shown_without_its_inside(
    here: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr(sessions_page, "_this", fails)
    page = browser(person(here, "auditor")).get("/review/sessions")

    assert page.status_code == 500
    assert "The service failed" in words_on(page.text)
    assert "secret" not in page.text


def test_while_the_store_is_away_a_page_says_so_and_offers_to_try_again(
    here: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(sessions_page, "_this", fails)
    page = browser(person(here, "auditor")).get("/review/sessions?changed=1")

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "Try again in 5 seconds." in words_on(page.text)
    assert 'href="/review/sessions?changed=1"' in page.text


def test_before_there_is_a_deployment_people_are_shown_a_page_too(here: Deployment) -> None:
    starting = Application()
    asks: Client = client(here, AS_BROWSERS)
    asks.application = starting

    page = asks.get("/review/queue")

    assert page.status_code == 503
    assert "The service cannot answer just now" in words_on(page.text)


def test_a_page_of_a_problem_is_in_the_language_that_was_chosen(here: Deployment) -> None:
    asks = browser(person(here, "auditor"), **{"Accept-Language": "sq"})
    asks.headers["Cookie"] += "; vardar_language=mk"

    page = asks.get("/review/cases/guessed")

    assert '<html lang="mk"' in page.text
    assert page.headers["Content-Language"] == "mk"


@pytest.mark.parametrize("path", ["/v1/model", "/v1/nonsense", "/oauth/token", "/metrics"])
def test_a_machines_address_is_never_answered_with_a_page(here: Deployment, path: str) -> None:
    answered = browser(anonymous(here, address="192.0.2.9")).get(path)

    assert answered.status_code >= 400
    assert answered.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_problem_has_words_for_people(kind: str) -> None:
    said = words_of(kind, ENGLISH)

    for machine in ("Content-Type", "openapi", "X-CSRF", "Authorization", "Retry-After", "Allow"):
        assert machine not in said.title + said.way_out


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, None), ("soon", None), ("1", "Try again in 1 second."), ("90", "Try again in 90 seconds."),
     ("91", "Try again in 2 minutes."), ("5400", "Try again in 90 minutes."),
     ("86400", "Try again in 24 hours.")],
)  # fmt: skip
def test_when_to_try_again_is_said_in_fitting_units(seconds: str | None, said: str | None) -> None:
    assert try_again(seconds, ENGLISH) == said
