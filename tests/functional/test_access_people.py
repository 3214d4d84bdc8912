"""People who sign in: by password, with a session that ends, and not from another site's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from features.ledger import tables, tables_access
from features.ledger.connection import reading, writing
from serving.access import accounts
from serving.access.secret_values import HOUR, MINUTE, real_now
from serving.deployment import Deployment, open_deployment
from tests.access import PASSWORD, anonymous, client, person
from tests.deployments import Client, a_home
from tests.pages import browser

pytestmark = pytest.mark.slow

_numbers = count(1)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def here(home: Path) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(home, heads=()))
    yield deployment
    deployment.close()


def an_account(here: Deployment) -> str:
    """The name of a supervisor whose password is that of the tests."""
    name = f"ana.{next(_numbers)}"
    rights = here.access.policy.rights(
        "shift_supervisor", who="person", countries=("MK",), posts=("MK-GR-01",)
    )
    with writing(here.ledger.engine) as connection:
        accounts.create(connection, name, rights, actor="test", at=1, password=PASSWORD)
    return name


def sign_in(here: Deployment, name: str, password: str = PASSWORD, **more: Any) -> Any:
    body = {"name": name, "password": password}
    # An address of its own: how often one address may try is another test's.
    at = {"address": f"192.0.2.{next(_numbers) % 250}"}
    return anonymous(here, **at).post("/session", json=body, **more)


def signed_in(here: Deployment, name: str) -> Client:
    answered = sign_in(here, name)
    assert answered.status_code == 200
    headers = {
        "Cookie": f"vardar_session={answered.cookies['vardar_session']}",
        "X-CSRF-Token": answered.json()["csrf_token"],
    }
    return client(here, headers)


def test_a_person_signs_in_is_known_and_signs_out(here: Deployment) -> None:
    name = an_account(here)
    answered = sign_in(here, name)
    somebody = signed_in(here, name)

    assert answered.json()["role"] == "shift_supervisor"
    cookie = answered.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert somebody.get("/session").json()["name"] == name
    assert somebody.post("/session/end", json={}).status_code == 204
    assert somebody.get("/session").status_code == 401


def test_over_https_the_cookie_is_secure_and_browsers_are_told_to_stay(here: Deployment) -> None:
    name = an_account(here)
    body = {"name": name, "password": PASSWORD}
    answered = anonymous(here, base="https://vardar").post("/session", json=body)

    assert answered.headers["Set-Cookie"].startswith("__Host-vardar_session=")
    assert "Secure" in answered.headers["Set-Cookie"]
    assert answered.headers["Strict-Transport-Security"].startswith("max-age=")
    token = answered.cookies["__Host-vardar_session"]
    shows = {"Cookie": f"__Host-vardar_session={token}"}
    assert client(here, shows).get("/session").status_code == 200


def test_behind_a_proxy_that_speaks_https_cookies_are_secure_too(tmp_path: Path) -> None:
    settings = replace(a_home(tmp_path, heads=()), public_url="https://vardar.example")
    deployment = open_deployment(settings)
    try:
        answered = sign_in(deployment, an_account(deployment))
    finally:
        deployment.close()

    assert answered.headers["Set-Cookie"].startswith("__Host-vardar_session=")
    assert answered.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_wrong_name_and_a_wrong_password_are_told_alike(here: Deployment) -> None:
    wrong, unknown = sign_in(here, an_account(here), "wrong"), sign_in(here, "nobody", "wrong")

    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "instance": ""} == {**unknown.json(), "instance": ""}


def test_after_too_many_failures_even_the_right_password_waits(here: Deployment) -> None:
    name = an_account(here)
    settings = here.access.policy.sessions
    with writing(here.ledger.engine) as connection:
        for _ in range(settings.failures_before_lock):
            accounts.attempted(connection, name, fits=False, settings=settings, at=1)
    assert sign_in(here, name).status_code == 401

    with writing(here.ledger.engine) as connection:
        row = connection.execute(
            select(tables_access.accounts).where(tables_access.accounts.c.name == name)
        ).one()
        assert 0 < row.locked_until - real_now() <= MINUTE
        connection.execute(update(tables_access.accounts).values(locked_until=real_now() - 1))

    assert sign_in(here, name).status_code == 200


def test_each_failure_after_that_doubles_the_wait_up_to_an_hour(here: Deployment) -> None:
    waits = []
    settings = here.access.policy.sessions
    name = an_account(here)
    for _ in range(13):
        with writing(here.ledger.engine) as connection:
            connection.execute(update(tables_access.accounts).values(locked_until=0))
            accounts.attempted(connection, name, fits=False, settings=settings, at=1)
            until = connection.execute(
                select(tables_access.accounts.c.locked_until).where(
                    tables_access.accounts.c.name == name
                )
            ).scalar_one()
            waits.append(round(max(0, until - real_now()) / MINUTE))

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    ("column", "age", "code"),
    [
        pytest.param("seen_at", 29 * MINUTE, 200, id="seen lately"),
        pytest.param("seen_at", 31 * MINUTE, 401, id="idle for too long"),
        pytest.param("created_at", 11 * HOUR, 200, id="signed in today"),
        pytest.param("created_at", 13 * HOUR, 401, id="signed in too long ago"),
    ],
)
def test_a_session_ends_by_itself(here: Deployment, column: str, age: int, code: int) -> None:
    somebody = person(here, "auditor")
    with writing(here.ledger.engine) as connection:
        connection.execute(update(tables_access.sessions).values({column: real_now() - age}))

    assert somebody.get("/session").status_code == code


def test_a_session_that_is_used_stays_awake(here: Deployment) -> None:
    somebody = person(here, "auditor")
    for _ in range(3):
        with writing(here.ledger.engine) as connection:
            connection.execute(
                update(tables_access.sessions).values(
                    seen_at=tables_access.sessions.c.seen_at - 20 * MINUTE
                )
            )
        assert somebody.get("/session").status_code == 200


def test_an_account_that_is_switched_off_is_out_at_once(here: Deployment) -> None:
    name = an_account(here)
    somebody = signed_in(here, name)

    with writing(here.ledger.engine) as connection:
        accounts.disable(connection, name, actor="test", at=1)

    assert somebody.get("/session").status_code == 401
    assert sign_in(here, name).status_code == 401


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
def test_a_request_that_changes_something_needs_the_csrf_token(
    here: Deployment, token: str | None
) -> None:
    somebody = person(here, "field_officer")
    own = somebody.headers.pop("X-CSRF-Token")
    more = {} if token is None else {"headers": {"X-CSRF-Token": token.encode()}}

    assert somebody.get("/session").status_code == 200
    for path in ("/v1/inspections", "/session/end"):
        refused = somebody.post(path, json={}, **more)
        assert refused.status_code == 403
        assert refused.json()["type"] == "/problems/forgery"
    good = {"X-CSRF-Token": own}
    assert somebody.post("/v1/inspections", json={}, headers=good).status_code == 422


def test_another_sessions_csrf_token_is_none(here: Deployment) -> None:
    one, other = person(here, "field_officer"), person(here, "field_officer")
    one.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]

    assert one.post("/session/end", json={}).status_code == 403


def test_a_form_carries_the_csrf_token_in_a_field(here: Deployment) -> None:
    somebody = person(here, "auditor")
    token = somebody.headers.pop("X-CSRF-Token")

    assert somebody.post("/session/end", data={"csrf_token": "x"}).status_code == 403
    answered = somebody.post("/session/end", data={"csrf_token": token})

    assert (answered.status_code, answered.headers["Location"]) == (303, "/sign-in")
    assert somebody.get("/session").status_code == 401


def test_no_other_sites_page_signs_anybody_in(here: Deployment) -> None:
    refused = sign_in(here, an_account(here), headers={"Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("next_page", "goes"),
    [("/review/queue", "/review/queue"), ("//evil.example", "/review"), ("/\\evil", "/review"),
     ("https://evil.example", "/review"), ("/a\r\nSet-Cookie: x=1", "/review"), ("", "/review")],
)  # fmt: skip
def test_the_form_leads_on_to_a_page_of_this_service_only(
    here: Deployment, next_page: str, goes: str
) -> None:
    nobody = anonymous(here, address=f"198.51.100.{next(_numbers) % 250}")
    form = {"name": an_account(here), "password": PASSWORD, "next": next_page}

    answered = nobody.post("/session", data=form)

    assert (answered.status_code, answered.headers["Location"]) == (303, goes)


def test_the_form_asks_nobody_else_and_runs_nothing(here: Deployment) -> None:
    page = anonymous(here).get("/sign-in", params={"next": '"><script>'})
    typed = {"name": "x", "password": "y"}
    refused = browser(anonymous(here)).post("/session", data=typed)
    by_a_machine = anonymous(here).post("/session", data=typed)

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "><script>" not in page.text
    assert refused.status_code == 401
    assert 'role="alert"' in refused.text
    assert by_a_machine.json()["type"] == "/problems/sign-in-refused"


def test_a_person_takes_another_password_and_is_signed_out_elsewhere(here: Deployment) -> None:
    name = an_account(here)
    one, elsewhere = signed_in(here, name), signed_in(here, name)
    new = "another password of the tests"

    assert one.post("/session/password", json={"current": "x", "new": new}).status_code == 401
    short = one.post("/session/password", json={"current": PASSWORD, "new": "short"})
    assert short.status_code == 422
    changed = one.post("/session/password", json={"current": PASSWORD, "new": new})

    assert changed.status_code == 200
    assert "vardar_session=" in changed.headers["Set-Cookie"]
    assert elsewhere.get("/session").status_code == 401
    assert sign_in(here, name).status_code == 401
    assert sign_in(here, name, new).status_code == 200


def test_signing_in_and_out_and_being_refused_are_kept(here: Deployment) -> None:
    name = an_account(here)
    sign_in(here, name, "wrong")
    signed_in(here, name).post("/session/end", json={})

    account = tables_access.accounts.c
    audit = tables.audit.c
    with reading(here.ledger.engine) as connection:
        account_id = connection.execute(
            select(account.account_id).where(account.name == name)
        ).scalar_one()
        actions = connection.execute(
            select(audit.action)
            .where(audit.object == f"account:{account_id}")
            .order_by(audit.number)
        ).scalars()
        assert list(actions) == ["create account", "sign-in refused", "sign in", "sign out"]


def test_no_secret_stands_in_the_store_or_the_log(
    here: Deployment, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = an_account(here)
    answered = sign_in(here, name)
    secrets = [PASSWORD, answered.cookies["vardar_session"], answered.json()["csrf_token"]]
    sign_in(here, "a password in the wrong place", "wrong")
    secrets.append("a password in the wrong place")

    with reading(here.ledger.engine) as connection:
        hashes = connection.execute(
            select(tables_access.accounts.c.password_hash).where(
                tables_access.accounts.c.password_hash.is_not(None)
            )
        ).scalars()
        assert all(stored.startswith("$argon2id$") for stored in hashes)
    stored = b"".join(path.read_bytes() for path in home.rglob("ledger.db*"))
    logged = "".join(capfd.readouterr())
    assert name.encode() in stored
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret not in logged
