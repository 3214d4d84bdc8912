"""Signing in at an identity provider: OpenID Connect, authorization code with PKCE and nonce."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import APIRouter, Request
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from features.ledger.audit import AuditEvent
from features.ledger.connection import writing
from serving.access import accounts, cookies, sessions
from serving.access.asked_pages import local
from serving.access.desk import Access
from serving.access.policy import Policy
from serving.access.principal import Rights
from serving.access.secret_values import equal
from serving.deployment import Deployment, deployment_of
from serving.describing import problems_of
from serving.log import log
from serving.problems import NO_ROLE, START_AGAIN, TYPES, ProblemError
from serving.settings import IdentityProvider

router = APIRouter()

_COOKIE = "vardar_oidc"
_SECONDS = 600
_TIMEOUT = httpx.Timeout(10.0)
_SCOPES = "openid profile email"

#: Asymmetric only: a provider's public key must never be taken for a shared secret.
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "Ed25519"]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class _Distrusted(Exception):
    """What came back does not prove who the person is; the reason is for the log alone."""


@router.get(
    "/oidc/sign-in",
    summary="Sign in at the identity provider",
    status_code=303,
    responses=problems_of("not-found", "provider-unavailable", "not-ready"),
)
async def sign_in(request: Request) -> Response:
    """Sends the browser to the provider."""
    here = deployment_of(request)
    provider = _provider(here)
    found = await _metadata(provider)
    under_way = {
        "state": generate_token(43),
        "nonce": generate_token(43),
        "verifier": generate_token(64),
        "next": local(request.query_params.get("next")),
    }
    address = prepare_grant_uri(
        found["authorization_endpoint"],
        provider.client_id,
        "code",
        redirect_uri=_callback(request),
        scope=_SCOPES,
        state=under_way["state"],
        nonce=under_way["nonce"],
        code_challenge=create_s256_code_challenge(under_way["verifier"]),
        code_challenge_method="S256",
    )
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _COOKIE,
        _sealing(here.access).dumps(under_way),
        max_age=_SECONDS,
        path="/oidc",
        secure=cookies.is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(
    "/oidc/callback",
    summary="Back from the identity provider",
    status_code=303,
    responses=problems_of(
        "not-found", "sign-in-refused", "forbidden", "provider-unavailable", "not-ready"
    ),
)
async def callback(request: Request) -> Response:
    """Takes the provider's word for who the person is, once it has been checked."""
    here = deployment_of(request)
    provider = _provider(here)
    try:
        under_way = _under_way(request, here.access)
        claims = await _claims(request, provider, under_way)
    except _Distrusted as error:
        log().warning("oidc refused", request_id=request.scope["request_id"], reason=str(error))
        raise ProblemError("sign-in-refused", START_AGAIN) from None
    before = cookies.session_of(request.cookies)
    token = await run_in_threadpool(_signed_in, here.access, provider.issuer, claims, before)
    answer = RedirectResponse(local(under_way.get("next")), 303)
    answer.delete_cookie(_COOKIE, path="/oidc")
    seconds = here.access.policy.sessions.absolute_hours * 3600
    cookies.give(answer, token, secure=cookies.is_secure(request), seconds=seconds)
    return answer


def _under_way(request: Request, access: Access) -> dict[str, str]:
    """What this browser keeps of the sign-in that is under way; raises _Distrusted."""
    try:
        kept: dict[str, str] = _sealing(access).loads(
            request.cookies.get(_COOKIE, ""), max_age=_SECONDS
        )
    except BadData:
        raise _Distrusted("no sign-in is under way in this browser") from None
    return kept


async def _claims(
    request: Request, provider: IdentityProvider, under_way: dict[str, str]
) -> dict[str, Any]:
    """What the provider says of the person; raises _Distrusted."""
    given = request.query_params
    if not equal(given.get("state", ""), under_way["state"]):
        raise _Distrusted("the state is another")
    if given.get("iss", provider.issuer).rstrip("/") != provider.issuer:
        raise _Distrusted("another issuer answered")
    code = given.get("code")
    if not code:
        raise _Distrusted("the provider gave no code")
    found = await _metadata(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(request),
        "client_id": provider.client_id,
        "code_verifier": under_way["verifier"],
    }
    secret = provider.client_secret
    auth = None if secret is None else httpx.BasicAuth(provider.client_id, secret)
    tokens = await _asked("POST", found["token_endpoint"], data=form, auth=auth)
    keys = await _asked("GET", found["jwks_uri"])
    claims = checked_id_token(
        tokens.get("id_token", ""), keys, provider=provider, nonce=under_way["nonce"]
    )
    if "userinfo_endpoint" in found and "access_token" in tokens:
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        more = await _asked("GET", found["userinfo_endpoint"], headers=bearer)
        if more.get("sub") != claims["sub"]:
            raise _Distrusted("the provider speaks of two people")
        claims = {**more, **claims}
    return claims


def checked_id_token(
    token: str, keys: dict[str, Any], *, provider: IdentityProvider, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token that is signed, meant for us, of this sign-in, and in time.

    Raises:
        _Distrusted: if it is not.
    """
    rules = jwt.JWTClaimsRegistry(
        leeway=30,
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        rules.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _Distrusted(f"the ID token is refused: {type(error).__name__}") from None
    if str(claims.get("iss", "")).rstrip("/") != provider.issuer:
        raise _Distrusted("the ID token is of another issuer")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise _Distrusted("the ID token was made for another client")
    return dict(claims)


def rights_of_claims(policy: Policy, claims: dict[str, Any]) -> Rights | None:
    """The rights that the first fitting line of the policy gives; None if none fits.

    Raises:
        RightsRefused: when the line grants what the role cannot hold.
    """
    for rule in policy.from_claims:
        held = claims.get(rule.claim)
        if held == rule.value or (isinstance(held, list) and rule.value in held):
            language = claims.get("locale")
            return policy.rights(
                rule.role,
                who="person",
                countries=rule.countries,
                posts=rule.posts,
                source_systems=rule.source_systems,
                scopes=rule.scopes,
                language=language if isinstance(language, str) else None,
            )
    return None


def _signed_in(access: Access, issuer: str, claims: dict[str, Any], instead_of: str | None) -> str:
    """A session of the person the claims speak of, whose account follows them."""
    rights = rights_of_claims(access.policy, claims)
    known = (issuer, str(claims["sub"]))
    at = access.ledger.clock
    if rights is None:
        access.recorder.record(AuditEvent("nobody", "sign-in refused", "no role")).result()
        raise ProblemError("forbidden", NO_ROLE)
    with writing(access.ledger.engine) as connection:
        account = accounts.by_issuer(connection, known)
        if account is None:
            name = _name(claims, issuer)
            account, _ = accounts.create(
                connection, name, rights, actor=f"oidc {issuer}", at=at(), issuer=known
            )
        elif account.disabled:
            raise ProblemError("sign-in-refused", TYPES["sign-in-refused"][2])
        elif account.rights != rights:
            accounts.set_rights(connection, account, rights, actor=f"oidc {issuer}", at=at())
        return sessions.begin(connection, account, by="oidc", at=at(), instead_of=instead_of)


def _name(claims: dict[str, Any], issuer: str) -> str:
    """Unique, and never the name of an account with a password: those have no @ of an issuer."""
    called = claims.get("preferred_username") or claims["sub"]
    return f"{called} {claims['sub']}@{urlsplit(issuer).netloc}"


def _provider(here: Deployment) -> IdentityProvider:
    provider = here.settings.provider
    if provider is None:
        raise ProblemError("not-found", TYPES["not-found"][2])
    return provider


def _callback(request: Request) -> str:
    here = deployment_of(request)
    base = here.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/oidc/callback"


def _sealing(access: Access) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(access.sign_in_key, salt="oidc")


async def _metadata(provider: IdentityProvider) -> dict[str, Any]:
    found = await _asked("GET", f"{provider.issuer}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != provider.issuer:
        raise _unavailable("it calls itself by another name")
    return found


async def _asked(method: str, address: str, **more: Any) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise _unavailable("its address is not https")
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.request(method, address, **more)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _unavailable(type(error).__name__) from None
    return body


def _unavailable(reason: str) -> ProblemError:
    log().error("identity provider", reason=reason)
    return ProblemError("provider-unavailable", TYPES["provider-unavailable"][2])
