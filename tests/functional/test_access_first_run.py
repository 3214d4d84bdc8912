"""The first accounts of a deployment, and the commands that make more."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from features.errors import VardarError
from features.ledger import tables, tables_access
from features.ledger.connection import reading
from serving.access import accounts
from serving.access.commands import access_app
from serving.access.first_run import Demo, DemoRefused, Login, demo, first_admin
from serving.commands import _welcome
from serving.deployment import Deployment
from serving.settings import Settings
from tests.access import anonymous, client, person
from tests.deployments import a_home, a_submission, deployed
from tests.pages import audited

pytestmark = pytest.mark.slow

AS_IF = datetime(2026, 7, 1, 6, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return a_home(tmp_path, heads=())


@pytest.fixture
def here(settings: Settings) -> Deployment:
    return deployed(settings)


def signs_in(here: Deployment, login: Login) -> bool:
    body = {"name": login.name, "password": login.password}
    answered = anonymous(here).post("/session", json=body)
    assert answered.status_code in (200, 401)
    return answered.status_code == 200 and answered.json()["role"] == login.role


def test_an_admin_is_made_once_where_nobody_is_yet(here: Deployment) -> None:
    admin = first_admin(here.access)

    assert admin is not None
    assert len(admin.password) >= 40
    assert signs_in(here, admin)
    assert first_admin(here.access) is None
    told = _welcome(here, "http://x", shown=None, admin=admin)
    assert told.count(admin.password) == 1
    assert admin.password not in _welcome(here, "http://x", shown=None, admin=None)


@pytest.fixture
def rehearsal(settings: Settings) -> Deployment:
    return deployed(replace(settings, as_if=AS_IF))


def test_a_demonstration_has_a_login_for_each_role_of_people(
    rehearsal: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "demo-logins.json"
    made = demo(rehearsal.access, file)

    roles = rehearsal.access.policy.roles
    assert {login.role for login in made.logins} == {
        n for n, r in roles.items() if r.who == "person"
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signs_in(rehearsal, made.logins[1])
    shows = {"Authorization": f"Bearer {made.api_key}"}
    submitted = client(rehearsal, shows).post(
        "/v1/crossings", json=a_submission(rehearsal, "crossing")
    )
    assert submitted.status_code == 201
    told = _welcome(rehearsal, "http://x", shown=made, admin=None)
    assert f'-H "Authorization: Bearer {made.api_key}"' in told


def test_a_demonstrations_logins_stay_the_same_with_the_same_store_and_with_another(
    rehearsal: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "demo-logins.json"
    made = demo(rehearsal.access, file)

    assert demo(rehearsal.access, file) == made
    another = deployed(replace(a_home(tmp_path / "another", heads=()), as_if=AS_IF))
    assert demo(another.access, file) == made
    assert signs_in(another, made.logins[0])
    with reading(rehearsal.ledger.engine) as connection:
        assert accounts.count(connection) == len(made.logins)
        assert len(connection.execute(select(tables_access.api_keys)).all()) == 1


def test_there_are_no_demonstration_logins_by_the_real_clock(
    here: Deployment, tmp_path: Path
) -> None:
    with pytest.raises(DemoRefused, match="--as-if"):
        demo(here.access, tmp_path / "demo-logins.json")
    assert not (tmp_path / "demo-logins.json").exists()


class Runner:
    """Runs commands of access on a home."""

    def __init__(self, settings: Settings) -> None:
        self.home = str(settings.home)

    def __call__(self, *words: str) -> str:
        done = CliRunner().invoke(access_app, [*words, "--home", self.home])
        if done.exception:
            raise done.exception
        return done.stdout


def test_commands_make_list_and_take_back(settings: Settings) -> None:
    run = Runner(settings)
    where = ("--country", "MK", "--post", "*", "--source-system", "mk-customs")
    key = orjson.loads(run("keys", "create", "declarations", *where, "--days", "30", "--json"))
    made = orjson.loads(run("clients", "create", "border", *where, "--json"))
    ana = orjson.loads(
        run("accounts", "create", "ana", "--role", "national_analyst", "--country", "MK", "--json")
    )

    (listed,) = orjson.loads(run("keys", "list", "--json"))
    assert listed["id"] == key["key_id"]
    assert listed["expires_at"] > listed["created_at"]
    assert key["key"] not in run("keys", "list", "--json")
    assert "national_analyst" in run("accounts", "list")
    assert made["client_id"] in run("clients", "list")

    here = deployed(settings)
    shows = {"Authorization": f"Bearer {key['key']}"}
    assert client(here, shows).get("/v1/model").status_code == 200
    assert signs_in(here, Login("national_analyst", "ana", ana["password"]))
    again = orjson.loads(run("accounts", "password", "ana", "--json"))
    assert not signs_in(here, Login("national_analyst", "ana", ana["password"]))
    assert signs_in(here, Login("national_analyst", "ana", again["password"]))
    run("accounts", "disable", "ana")
    assert not signs_in(here, Login("national_analyst", "ana", again["password"]))
    taken_back = orjson.loads(run("keys", "revoke", key["key_id"], "--json"))
    assert taken_back == {"id": key["key_id"], "revoked": True}
    run("clients", "revoke", made["client_id"])
    here.access.roster.refresh()
    assert client(here, shows).get("/v1/model").status_code == 401

    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(tables.audit.c.action).where(tables.audit.c.actor == "vardar access")
        ).scalars()
        assert list(rows) == [
            "create key", "create client", "create account", "change password",
            "disable account", "revoke key", "revoke client",
        ]  # fmt: skip


def test_an_account_is_given_other_rights_and_its_sessions_go_on_with_them(
    settings: Settings,
) -> None:
    run = Runner(settings)
    here = deployed(settings)
    officer = person(here, "field_officer", scopes=("own_session",))
    name = officer.get("/session").json()["name"]
    assert officer.get("/review/queue").status_code == 403

    said = run("accounts", "grant", name, "--role", "shift_supervisor", "--country", "MK",
               "--post", "MK-GR-01", "--json")  # fmt: skip

    given = orjson.loads(said)
    assert (given["name"], given["role"], given["posts"]) == (
        name,
        "shift_supervisor",
        ["MK-GR-01"],
    )
    assert officer.get("/review/queue").status_code == 200
    assert officer.get("/session").json()["role"] == "shift_supervisor"
    (event,) = audited(here, actor="vardar access")
    assert event["action"] == "change account"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("accounts", "grant", "nobody", "--role", "admin"), "no account nobody"),
        (("accounts", "disable", "nobody"), "no account nobody"),
        (("accounts", "password", "nobody"), "no account nobody"),
        (("keys", "revoke", "none"), "no key none"),
        (("clients", "revoke", "none"), "no client none"),
        (("keys", "create", "x"), "needs a country"),
        (("accounts", "create", "x", "--role", "king"), "no role king"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    settings: Settings, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(VardarError, match=says):
        Runner(settings)(*words)


def test_a_demo_shows_nothing_of_itself_when_printed_by_a_debugger() -> None:
    made = Demo((Login("admin", "admin", "a secret"),), "a key")

    assert "a secret" not in repr(made)
    assert "a key" not in repr(made)
