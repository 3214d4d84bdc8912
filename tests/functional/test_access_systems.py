"""Systems that are known by a key or by a token of OAuth 2."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import update

from features.ledger import tables_access
from features.ledger.connection import reading, writing
from serving.access import systems
from serving.access.secret_values import DAY, real_now, recognised_by
from serving.access.tokens import derived
from serving.deployment import Deployment, open_deployment
from tests.access import a_client, anonymous, client, system
from tests.deployments import a_home, a_key, a_submission

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("systems"), heads=()))
    yield deployment
    deployment.close()


def status(here: Deployment, credential: str, form: str = "Bearer") -> int:
    """What whoever shows a credential is told."""
    shows = {"Authorization": f"{form} {credential}"}
    return client(here, shows).get("/v1/model").status_code


def a_token(here: Deployment, **more: str) -> Any:
    client_id, secret = a_client(here)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return anonymous(here).post("/oauth/token", data=form | more)


def test_a_key_opens_until_it_is_taken_back(here: Deployment) -> None:
    key = a_key(here)
    assert status(here, key) == 200
    with reading(here.ledger.engine) as connection:
        (made,) = (c for c in systems.every(connection, "key") if here_is(c, key))

    with writing(here.ledger.engine) as connection:
        systems.revoke(connection, "key", made.credential_id, actor="test", at=1)
    until = time.monotonic() + 2
    while status(here, key) == 200 and time.monotonic() < until:
        time.sleep(0.05)

    assert status(here, key) == 401


def here_is(credential: systems.Credential, secret: str) -> bool:
    return credential.secret_sha256 == recognised_by(secret)


def test_a_key_that_has_expired_opens_nothing(here: Deployment) -> None:
    key = a_key(here)
    with writing(here.ledger.engine) as connection:
        connection.execute(update(tables_access.api_keys).values(expires_at=real_now() - 1))
    here.access.roster.refresh()
    assert status(here, key) == 401

    with writing(here.ledger.engine) as connection:
        connection.execute(update(tables_access.api_keys).values(expires_at=real_now() + DAY))
    here.access.roster.refresh()
    assert status(here, key) == 200


@pytest.mark.parametrize(
    "shown",
    ["", "x", "vardar_key_", "vardar_key_" + "A" * 43, "vardar_key_é", "a.b.c", "😀", "\x80"],
)
def test_what_is_no_credential_opens_nothing(here: Deployment, shown: str) -> None:
    shows = {"Authorization": b"Bearer " + shown.encode()}

    assert anonymous(here).get("/v1/model", headers=shows).status_code == 401


def test_a_key_is_shown_in_one_way_only(here: Deployment) -> None:
    key = a_key(here)

    assert status(here, key, "bearer") == 200
    assert status(here, key, "Basic") == 401
    assert client(here, {}).get(f"/v1/model?access_token={key}").status_code == 401
    assert status(here, key + "A") == status(here, key[:-1]) == 401


def test_a_client_fetches_a_token_and_submits_with_it(here: Deployment) -> None:
    answered = a_token(here)
    told = answered.json()

    assert answered.status_code == 200
    assert answered.headers["Cache-Control"] == "no-store"
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    shows = {"Authorization": f"Bearer {told['access_token']}"}
    submitted = client(here, shows).post("/v1/crossings", json=a_submission(here, "crossing"))
    assert submitted.status_code == 201


def test_a_client_may_name_itself_in_the_header(here: Deployment) -> None:
    client_id, secret = a_client(here)
    code = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    asks = client(here, {"Authorization": f"Basic {code}"})

    assert asks.post("/oauth/token", data={"grant_type": "client_credentials"}).status_code == 200


def test_a_token_holds_no_more_than_was_asked_for(here: Deployment) -> None:
    told = a_token(here, scope="arms submit").json()
    shows = {"Authorization": f"Bearer {told['access_token']}"}

    assert told["scope"] == "arms submit"
    answer = client(here, shows).post("/v1/crossings", json=a_submission(here, "crossing"))
    assert list(answer.json()["risks"]) == ["arms"]
    assert status(here, told["access_token"]) == 403


@pytest.mark.parametrize(
    ("form", "code", "error"),
    [
        pytest.param({"client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({"client_id": "none"}, 401, "invalid_client", id="unknown client"),
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="other grant"),
        pytest.param({"scope": "arms admin"}, 400, "invalid_scope", id="scope it does not hold"),
    ],
)
def test_a_token_is_refused_as_rfc_6749_says(
    here: Deployment, form: dict[str, str], code: int, error: str
) -> None:
    answered = a_token(here, **form)

    assert (answered.status_code, answered.json()["error"]) == (code, error)
    assert ("WWW-Authenticate" in answered.headers) is (code == 401)


@pytest.mark.parametrize(
    "raw", [b"grant_type=client_credentials&grant_type=x", b"\xff=1", b"&".join([b"a=1"] * 30)]
)
def test_a_form_with_two_meanings_is_refused(here: Deployment, raw: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answered = anonymous(here).post("/oauth/token", content=raw, headers=kind)

    assert answered.status_code == 400
    assert answered.json()["error"] == "invalid_request"


def forged(here: Deployment, *, key: bytes | None = None, head: Any = None, **changes: Any) -> str:
    """A token that differs from a good one in what is said."""
    client_id, _ = a_client(here)
    now = int(time.time())
    claims = {"iss": "vardar", "aud": "vardar", "sub": client_id, "iat": now, "exp": now + 60}
    claims |= {"scope": "read_model arms"} | changes
    mine = OctKey.import_key(key or derived(here.ledger.keyring.secret, "tokens"))
    return jwt.encode(head or {"alg": "HS256"}, claims, mine, algorithms=["HS256", "HS384"])


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param({}, 200, id="a good one"),
        pytest.param({"key": b"another secret of the tests 32 b"}, 401, id="another key"),
        pytest.param({"exp": int(time.time()) - 1}, 401, id="expired"),
        pytest.param({"exp": None}, 401, id="for ever"),
        pytest.param({"iss": "another"}, 401, id="another issuer"),
        pytest.param({"aud": "another"}, 401, id="for another"),
        pytest.param({"sub": "none"}, 401, id="no client"),
        pytest.param({"head": {"alg": "HS384"}}, 401, id="another algorithm"),
    ],
)
def test_a_forged_token_opens_nothing(here: Deployment, made: dict[str, Any], code: int) -> None:
    assert status(here, forged(here, **made)) == code


def test_a_token_without_a_signature_opens_nothing(here: Deployment) -> None:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    head, claims, signature = forged(here).split(".")
    none = part('{"alg":"none"}')

    assert status(here, f"{head}.{claims}.{signature}") == 200
    for unsigned in (f"{none}.{claims}.", f"{none}.{claims}.{signature}", f"{head}.{claims}."):
        assert status(here, unsigned) == 401


def test_a_token_ends_by_its_time_though_it_was_good_before(here: Deployment) -> None:
    token = forged(here, exp=int(time.time()) + 2)
    assert status(here, token) == 200

    time.sleep(2.1)

    assert status(here, token) == 401


def test_a_token_ends_with_its_client(here: Deployment) -> None:
    client_id, secret = a_client(here)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    token = anonymous(here).post("/oauth/token", data=form).json()["access_token"]
    assert status(here, token) == 200

    with writing(here.ledger.engine) as connection:
        systems.revoke(connection, "client", client_id, actor="test", at=1)
    here.access.roster.refresh()

    assert status(here, token) == 401
    assert anonymous(here).post("/oauth/token", data=form).status_code == 401


def test_a_risk_one_does_not_hold_is_nowhere_in_an_answer(here: Deployment) -> None:
    payload = a_submission(here, "crossing")
    both = system(here).post("/v1/crossings", json=payload)
    one = system(here, scopes=("submit", "consult", "explain", "read_model", "arms"))
    none = system(here, scopes=("submit", "consult"))
    path = both.headers["Location"]
    reference = {name: payload[name] for name in ("source_system", "source_record_id")}

    told = [
        one.post("/v1/crossings", json=payload),
        one.get(path),
        one.get("/v1/movements", params=reference),
        one.get("/v1/model"),
    ]

    assert set(both.json()["risks"]) == {"arms", "smuggling"}
    for answered in told:
        assert answered.status_code == 200
        assert '"arms"' in answered.text
        assert '"smuggling"' not in answered.text
    assert none.get(path).status_code == 404
    assert none.get("/v1/movements", params=reference).status_code == 404
