"""Signing in at an identity provider, which runs as a process of its own on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from itsdangerous import URLSafeTimedSerializer
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from features.ledger.connection import reading, writing
from serving.access import accounts
from serving.access.oidc import _Distrusted, checked_id_token
from serving.access.policy import SEEDED
from serving.deployment import Deployment, open_deployment
from serving.settings import IdentityProvider
from tests.access import anonymous, client
from tests.deployments import a_home
from tests.pages import browser

pytestmark = pytest.mark.slow

CLIENT = "vardar-of-the-tests"
SUPERVISORS = {
    "claim": "groups",
    "value": "supervisors",
    "role": "shift_supervisor",
    "countries": ["MK"],
    "posts": ["MK-GR-01"],
}
AUDITORS = {"claim": "desk", "value": "audit", "role": "auditor", "countries": ["*"]}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("provider") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port),
             "--require-nonce", "true"],
            stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with suppress(httpx.HTTPError):
                httpx.get(f"{address}/.well-known/openid-configuration").raise_for_status()
                break
            time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def here(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder: Path = tmp_path_factory.mktemp("oidc")
    declared = yaml.safe_load(SEEDED.read_text())
    declared["from_claims"] = [SUPERVISORS, AUDITORS]
    # Every test comes from one address, and one of them more often than an address may.
    declared["budgets"]["sign_ins"]["address"]["most"] = 1000
    policy = folder / "access.yaml"
    policy.write_text(yaml.safe_dump(declared))
    provider = IdentityProvider(issuer, CLIENT, "any secret does there")
    settings = replace(a_home(folder, heads=()), access=policy, provider=provider)
    deployment = open_deployment(settings)
    yield deployment
    deployment.close()


def register(issuer: str, sub: str, **claims: Any) -> None:
    """Somebody the provider knows."""
    httpx.put(f"{issuer}/users/{sub}", json=claims).raise_for_status()


def begun(here: Deployment) -> tuple[str, str]:
    """The address of the provider that a browser is sent to, and the cookie it keeps meanwhile."""
    answered = anonymous(here).get("/oidc/sign-in")
    assert answered.status_code == 303
    return answered.headers["Location"], answered.cookies["vardar_oidc"]


def vouched(address: str, sub: str) -> str:
    """Where the provider sends the browser back to, once somebody has signed in there."""
    back = httpx.post(address, data={"sub": sub}).headers["Location"]
    parts = urlsplit(back)
    assert f"{parts.scheme}://{parts.netloc}" == "http://vardar"
    return f"{parts.path}?{parts.query}"


def returned(here: Deployment, back: str, cookie: str) -> httpx.Response:
    return client(here, {"Cookie": f"vardar_oidc={cookie}"}).get(back)


def signed_in(here: Deployment, sub: str) -> httpx.Response:
    address, cookie = begun(here)
    return returned(here, vouched(address, sub), cookie)


def who(here: Deployment, answered: httpx.Response) -> dict[str, Any]:
    assert answered.status_code == 303
    shows = {"Cookie": f"vardar_session={answered.cookies['vardar_session']}"}
    told: dict[str, Any] = client(here, shows).get("/session").json()
    return told


def test_a_person_signs_in_at_the_provider(here: Deployment, issuer: str) -> None:
    register(issuer, "ana", preferred_username="Ana", groups=["staff", "supervisors"], locale="mk")

    told = who(here, signed_in(here, "ana"))

    assert told["role"] == "shift_supervisor"
    assert (told["countries"], told["posts"]) == (["MK"], ["MK-GR-01"])
    assert told["language"] == "mk"
    # Who was there before keeps the name of then.
    assert told["name"].casefold().startswith("ana ")


@pytest.mark.parametrize(
    ("wanted", "arrives"),
    [("/review/queue?post=MK-GR-01", "/review/queue?post=MK-GR-01"), ("", "/review"),
     ("//evil.example", "/review")],
)  # fmt: skip
def test_the_provider_leads_back_to_the_page_that_was_asked_for(
    here: Deployment, issuer: str, wanted: str, arrives: str
) -> None:
    register(issuer, "jovan", groups=["supervisors"])
    begins = anonymous(here).get("/oidc/sign-in", params={"next": wanted})

    back = vouched(begins.headers["Location"], "jovan")
    answered = returned(here, back, begins.cookies["vardar_oidc"])

    assert (answered.status_code, answered.headers["Location"]) == (303, arrives)


def test_the_form_offers_the_provider_and_a_failure_there_is_a_page(here: Deployment) -> None:
    form = browser(anonymous(here)).get("/sign-in?next=/review/queue")
    failed = browser(anonymous(here)).get("/oidc/callback?code=x&state=y")

    assert 'href="/oidc/sign-in?next=%2Freview%2Fqueue"' in form.text
    assert failed.status_code == 401
    assert "Start again from the sign-in page." in failed.text


def test_the_account_follows_what_the_provider_says(here: Deployment, issuer: str) -> None:
    register(issuer, "bojan", groups=["supervisors"])
    first = who(here, signed_in(here, "bojan"))
    register(issuer, "bojan", desk="audit")

    second = who(here, signed_in(here, "bojan"))

    assert (first["role"], second["role"]) == ("shift_supervisor", "auditor")
    assert first["id"] == second["id"]


def test_whom_nobody_granted_a_role_stays_outside(here: Deployment, issuer: str) -> None:
    register(issuer, "eve", groups=["staff"])

    answered = signed_in(here, "eve")

    assert answered.status_code == 403
    assert "Set-Cookie" not in answered.headers
    with reading(here.ledger.engine) as connection:
        assert not [a for a in accounts.every(connection) if a.name.startswith("eve")]


def test_an_account_that_is_switched_off_stays_off(here: Deployment, issuer: str) -> None:
    register(issuer, "goran", groups=["supervisors"])
    name = who(here, signed_in(here, "goran"))["name"]
    with writing(here.ledger.engine) as connection:
        accounts.disable(connection, name, actor="test", at=1)

    assert signed_in(here, "goran").status_code == 401


def test_the_provider_is_shown_a_challenge_and_gets_its_answer_later(here: Deployment) -> None:
    address, cookie = begun(here)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    kept = sealing(here).loads(cookie)

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    code = urlsafe_b64encode(sha256(kept["verifier"].encode()).digest()).rstrip(b"=").decode()
    assert asked["code_challenge"] == code
    assert (asked["state"], asked["nonce"]) == (kept["state"], kept["nonce"])
    assert kept["verifier"] not in address


def sealing(here: Deployment) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(here.access.sign_in_key, salt="oidc")


def test_what_was_begun_in_another_browser_is_not_finished_in_this_one(
    here: Deployment, issuer: str
) -> None:
    register(issuer, "ana", groups=["supervisors"])
    address, _ = begun(here)
    _, another = begun(here)
    back = vouched(address, "ana")

    for cookie in (another, "", "x.y.z", another[:-1] + "A"):
        refused = returned(here, back, cookie)
        assert refused.status_code == 401
        assert refused.json()["type"] == "/problems/sign-in-refused"
        assert "Set-Cookie" not in refused.headers


def test_a_code_is_good_once(here: Deployment, issuer: str) -> None:
    register(issuer, "ana", groups=["supervisors"])
    address, cookie = begun(here)
    back = vouched(address, "ana")

    assert returned(here, back, cookie).status_code == 303
    assert returned(here, back, cookie).status_code in (401, 503)


def test_an_id_token_of_another_sign_in_is_refused(here: Deployment, issuer: str) -> None:
    register(issuer, "ana", groups=["supervisors"])
    address, cookie = begun(here)
    back = vouched(address, "ana")
    other_nonce = sealing(here).dumps({**sealing(here).loads(cookie), "nonce": "another"})

    assert returned(here, back, other_nonce).status_code == 401


def test_whoever_says_no_at_the_provider_is_not_signed_in(here: Deployment) -> None:
    address, cookie = begun(here)
    state = parse_qs(urlsplit(address).query)["state"][0]

    answered = returned(here, f"/oidc/callback?error=access_denied&state={state}", cookie)

    assert answered.status_code == 401


def test_without_a_provider_there_is_nothing_there(tmp_path: Path) -> None:
    deployment = open_deployment(a_home(tmp_path, heads=()))
    try:
        assert anonymous(deployment).get("/oidc/sign-in").status_code == 404
        assert "/oidc/sign-in" not in anonymous(deployment).get("/sign-in").text
    finally:
        deployment.close()


def test_a_provider_that_does_not_answer_is_told_as_such(tmp_path: Path) -> None:
    nobody = IdentityProvider("http://127.0.0.1:9", CLIENT)
    deployment = open_deployment(replace(a_home(tmp_path, heads=()), provider=nobody))
    try:
        answered = anonymous(deployment).get("/oidc/sign-in")
    finally:
        deployment.close()

    assert answered.status_code == 503
    assert answered.json()["type"] == "/problems/provider-unavailable"


MINE = IdentityProvider("https://provider.example", CLIENT)
RSA = RSAKey.generate_key(2048, {"kid": "one"})


def an_id_token(*, key: Any = RSA, alg: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": MINE.issuer, "aud": CLIENT, "sub": "ana", "iat": now, "exp": now + 60}
    claims |= {"nonce": "n"} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=[alg])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "another"}, id="for another client"),
        pytest.param({"aud": [CLIENT, "another"]}, id="for two, and not made for us"),
        pytest.param({"azp": "another"}, id="made for another client"),
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"exp": int(time.time()) - 100}, id="too old"),
        pytest.param({"exp": None}, id="for ever"),
        pytest.param({"iat": int(time.time()) + 86_400}, id="from the future"),
        pytest.param({"nonce": "m"}, id="of another sign-in"),
        pytest.param({"nonce": None}, id="of any sign-in"),
        pytest.param({"sub": None}, id="of nobody"),
        pytest.param({"key": RSAKey.generate_key(2048, {"kid": "one"})}, id="another key"),
        pytest.param(
            {"key": OctKey.import_key(b"a secret that both might know..."), "alg": "HS256"},
            id="signed with a secret",
        ),
    ],
)  # fmt: skip
def test_an_id_token_that_proves_nothing_is_refused(changes: dict[str, Any]) -> None:
    keys = {"keys": [RSA.as_dict(private=False)]}
    assert checked_id_token(an_id_token(), keys, provider=MINE, nonce="n")["sub"] == "ana"

    with pytest.raises(_Distrusted):
        checked_id_token(an_id_token(**changes), keys, provider=MINE, nonce="n")
