"""One's own sessions: listed, ended, ending by themselves; and one's password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import orjson
import pytest
from sqlalchemy import update

from features.ledger import tables_access
from features.ledger.connection import writing
from serving.access import accounts, sessions
from serving.access.secret_values import HOUR, MINUTE, real_now, recognised_by
from serving.deployment import Deployment, open_deployment
from tests.access import PASSWORD, anonymous, client, person, with_session
from tests.deployments import Client, a_home
from tests.pages import audited, browser, words_on

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

_numbers = count(1)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("sessions"), heads=()))
    yield deployment
    deployment.close()


def signed_in_thrice(here: Deployment) -> list[Client]:
    """One person in three browsers."""
    rights = here.access.policy.rights("auditor", who="person", countries=("MK",))
    name = f"ana.{next(_numbers)}"
    with writing(here.ledger.engine) as connection:
        account, _ = accounts.create(
            connection, name, rights, actor="test", at=1, issuer=("https://provider", name)
        )
        tokens = [sessions.begin(connection, account, by="test", at=1) for _ in range(3)]
    return [browser(client(here, with_session(here.access, token))) for token in tokens]


def token_of(one: Client) -> str:
    return one.headers["Cookie"].removeprefix("vardar_session=")


def id_of(one: Client) -> str:
    return str(anonymous_session(one)["id"])


def anonymous_session(one: Client) -> dict[str, str]:
    told: dict[str, str] = one.get("/session", headers={"Accept": "application/json"}).json()
    return told


def offered(page: str) -> list[str]:
    """Sessions that a page offers to end."""
    return re.findall(r'name="session" value="([0-9a-f]+)"', page)


def aged(here: Deployment, one: Client, **age: int) -> None:
    """Make a session older."""
    ages = {column: real_now() - by for column, by in age.items()}
    with writing(here.ledger.engine) as connection:
        connection.execute(
            update(tables_access.sessions)
            .where(tables_access.sessions.c.session_sha256 == recognised_by(token_of(one)))
            .values(ages)
        )


def test_one_sees_ones_own_sessions_and_no_others(here: Deployment) -> None:
    one, second, third = signed_in_thrice(here)
    somebody_else = browser(person(here, "auditor"))

    page = one.get("/review/sessions")

    assert page.status_code == 200
    assert sorted(offered(page.text)) == sorted(
        sessions.id_of(token_of(other)) for other in (second, third)
    )
    assert page.text.count("This one") == 1
    assert offered(somebody_else.get("/review/sessions").text) == []
    for secret in map(token_of, (one, second, third)):
        assert secret not in page.text


def test_a_session_that_is_over_is_not_listed(here: Deployment) -> None:
    one, second, third = signed_in_thrice(here)
    aged(here, second, seen_at=31 * MINUTE)
    aged(here, third, created_at=13 * HOUR)

    assert offered(one.get("/review/sessions").text) == []


def test_one_ends_a_session_and_it_opens_nothing(here: Deployment) -> None:
    one, second, third = signed_in_thrice(here)
    who = id_of(one)

    done = one.post("/review/sessions/end", data={"session": sessions.id_of(token_of(second))})

    assert (done.status_code, done.headers["Location"]) == (303, "/review/sessions")
    assert second.get("/review/sessions").headers["Location"].endswith("ended=ended")
    assert third.get("/review/sessions").status_code == 200
    (event,) = audited(here, actor=who, action="end sessions")
    assert orjson.loads(event["detail"])["ended"] == 1


def test_one_ends_all_others_and_stays(here: Deployment) -> None:
    one, second, third = signed_in_thrice(here)

    one.post("/review/sessions/end", data={"others": "yes"})

    assert one.get("/review/sessions").status_code == 200
    assert [c.get("/review/sessions").status_code for c in (second, third)] == [303, 303]
    assert "You are signed in nowhere else." in one.get("/review/sessions").text


@pytest.mark.parametrize("session", ["theirs", "%", "_" * 16, "", "0" * 16])
def test_nobody_ends_anothers_session(here: Deployment, session: str) -> None:
    one, other = browser(person(here, "auditor")), browser(person(here, "auditor"))
    if session == "theirs":
        session = sessions.id_of(token_of(other))

    refused = one.post("/review/sessions/end", content=f"session={session}&x=1", headers={
        "Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip

    assert refused.status_code == 404
    assert [c.get("/review/sessions").status_code for c in (one, other)] == [200, 200]


@pytest.mark.parametrize(
    ("age", "ended", "sentence"),
    [
        ({"seen_at": 31 * MINUTE}, "idle", "You were signed out after 30 minutes without use."),
        (
            {"created_at": 13 * HOUR},
            "age",
            "You were signed out: a session lasts 12 hours at most.",
        ),
    ],
)
def test_whoever_comes_back_too_late_is_told_why_and_led_to_the_form(
    here: Deployment, age: dict[str, int], ended: str, sentence: str
) -> None:
    late = browser(person(here, "shift_supervisor"))
    who = id_of(late)
    aged(here, late, **age)

    sent = late.get("/review/queue?post=MK-GR-01")

    assert sent.status_code == 303
    assert sent.headers["Location"] == (
        f"/sign-in?next=%2Freview%2Fqueue%3Fpost%3DMK-GR-01&ended={ended}"
    )
    assert any(
        cookie.startswith('vardar_session=""') for cookie in sent.headers.get_list("set-cookie")
    )
    assert sentence in words_on(browser(anonymous(here)).get(sent.headers["Location"]).text)
    late.get("/review/queue")
    (event,) = audited(here, actor=who, action="session expired")
    assert orjson.loads(event["detail"]) == {"because": ended}


def test_a_form_that_is_sent_too_late_stores_nothing_and_says_so(here: Deployment) -> None:
    late = browser(person(here, "shift_supervisor"))
    aged(here, late, seen_at=31 * MINUTE)

    refused = late.post("/review/cases/some-case/steps", data={"step": "view", "view": "search"})

    assert refused.status_code == 401
    assert refused.headers["X-Problem-Type"] == "unauthenticated"
    words = words_on(refused.text)
    assert "You were signed out after 30 minutes without use." in words
    assert "What you sent was not stored." in words
    assert 'href="/sign-in?next=%2Freview%2Fcases%2Fsome-case"' in refused.text
    assert audited(here, action="case view") == []


def test_a_part_of_a_page_that_is_fetched_too_late_turns_the_whole_page(here: Deployment) -> None:
    late = person(here, "shift_supervisor")
    aged(here, late, seen_at=31 * MINUTE)

    refused = late.get("/review/queue", headers={"HX-Request": "true"})

    assert (refused.status_code, refused.headers["HX-Redirect"]) == (401, "/sign-in")


def with_password(here: Deployment) -> Client:
    rights = here.access.policy.rights("auditor", who="person", countries=("MK",))
    with writing(here.ledger.engine) as connection:
        account, _ = accounts.create(
            connection, f"ana.{next(_numbers)}", rights, actor="test", at=1, password=PASSWORD
        )
        token = sessions.begin(connection, account, by="test", at=1)
    return browser(client(here, with_session(here.access, token)))


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        ({"new": "x" * 12, "again": "x" * 12}, "current", "Type your current password."),
        ({"current": "wrong"}, "new", "Type a new password."),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new", "12 to 1024 characters"),
        ({"current": PASSWORD, "new": "x" * 12, "again": "y" * 12}, "again", "in two ways"),
        ({"current": "wrong", "new": "x" * 12, "again": "x" * 12}, "current", "is wrong"),
    ],
)
def test_a_new_password_that_cannot_be_taken_is_named_by_its_field(
    here: Deployment, data: dict[str, str], field: str, says: str
) -> None:
    refused = with_password(here).post("/session/password", data=data)

    assert refused.status_code == 422
    assert re.search(f'<a href="#{field}">[^<]*{re.escape(says)}', refused.text)
    assert f'id="{field}"' in refused.text
    assert "xxxxxxxxxxxx" not in refused.text


def test_a_password_is_changed_on_its_page(here: Deployment) -> None:
    one = with_password(here)
    new = "several words of the tests"

    changed = one.post("/session/password", data={"current": PASSWORD, "new": new, "again": new})
    shows = {"Cookie": f"vardar_session={changed.cookies['vardar_session']}"}
    after = browser(anonymous(here), **shows).get(changed.headers["Location"])

    assert changed.status_code == 303
    assert "Your password was changed." in after.text
    assert one.get("/review/password").status_code == 303


def test_whom_a_provider_vouches_for_has_no_password_to_change_here(here: Deployment) -> None:
    page = browser(person(here, "auditor")).get("/review/password")

    assert "changed there" in page.text
    assert 'type="password"' not in page.text
