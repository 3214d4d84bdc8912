"""POST /oauth/token: the client credentials grant of OAuth 2 (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from features.ledger.audit import AuditEvent
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.deployment import deployment_of
from serving.describing import problems_of

router = APIRouter()


class Token(BaseModel):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenError(BaseModel):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str


class _Refused(Exception):
    def __init__(self, error: str, description: str) -> None:
        self.error = error
        self.description = description


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "scope": {"type": "string"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    }
}


@router.post(
    "/oauth/token",
    summary="A token for a client, by its secret",
    response_model=Token,
    responses={
        400: {"model": TokenError, "description": "As RFC 6749 says"},
        401: {"model": TokenError, "description": "The client is unknown"},
        **problems_of("unsupported-media-type", "too-large", "not-ready", "store-unavailable"),
    },
    openapi_extra=_BODY,
)
async def token(request: Request) -> Response:
    """Takes client_secret_basic and client_secret_post; `scope` may name fewer than the client holds."""
    access = deployment_of(request).access
    basic = request.headers.get("authorization")
    try:
        client, scopes = _granted(access, await request.body(), basic)
    except _Refused as refused:
        if refused.error == "invalid_client":
            await run_in_threadpool(_record, access, "nobody", "token refused", "no client")
        return _refusal(refused)
    issued = access.tokens.issue(client.id.removeprefix("client:"), scopes)
    await run_in_threadpool(_record, access, client.id, "token", client.id)
    body = {
        "access_token": issued,
        "token_type": "Bearer",
        "expires_in": access.tokens.seconds,
        "scope": " ".join(sorted(scopes)),
    }
    return Response(
        orjson.dumps(body), media_type="application/json", headers={"Pragma": "no-cache"}
    )


def _granted(access: Access, body: bytes, basic: str | None) -> tuple[Principal, frozenset[str]]:
    """Who asks and what the token is good for; raises _Refused."""
    given = _parameters(body)
    client = access.roster.client_with_secret(*_client(given, basic))
    if client is None:
        raise _Refused("invalid_client", "The client is unknown, or its secret is wrong.")
    if given.get("grant_type") != "client_credentials":
        raise _Refused("unsupported_grant_type", "Use grant_type=client_credentials.")
    return client, _scopes(client, given.get("scope"))


def _record(access: Access, actor: str, action: str, subject: str) -> None:
    access.recorder.record(AuditEvent(actor, action, subject)).result()


def _parameters(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise _Refused("invalid_request", "The form cannot be read.") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise _Refused("invalid_request", "A parameter stands twice.")
    return given


def _client(given: dict[str, str], basic: str | None) -> tuple[str, str]:
    if basic is None:
        return given.get("client_id", ""), given.get("client_secret", "")
    if "client_secret" in given:
        raise _Refused("invalid_request", "The client is named in two ways.")
    form, _, code = basic.partition(" ")
    try:
        text = base64.b64decode(code.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise _Refused("invalid_client", "The Authorization header cannot be read.") from None
    client_id, colon, secret = text.partition(":")
    if form.lower() != "basic" or not colon:
        raise _Refused("invalid_client", "The Authorization header cannot be read.")
    return unquote_plus(client_id), unquote_plus(secret)


def _scopes(client: Principal, asked: str | None) -> frozenset[str]:
    if not asked:
        return client.scopes
    scopes = frozenset(asked.split())
    if scopes - client.scopes:
        raise _Refused("invalid_scope", "The client does not hold all of these scopes.")
    return scopes


def _refusal(refused: _Refused) -> Response:
    body = {"error": refused.error, "error_description": refused.description}
    if refused.error != "invalid_client":
        return Response(orjson.dumps(body), 400, media_type="application/json")
    asks = {"WWW-Authenticate": 'Basic realm="vardar"'}
    return Response(orjson.dumps(body), 401, asks, "application/json")
