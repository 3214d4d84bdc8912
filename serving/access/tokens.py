"""Tokens of OAuth 2: signed, short-lived, checked against the roster at every use.

HS256 under a key derived from the deployment's secret: the service that signs is the only one that
checks, HS256 checks in a seventh of the time that Ed25519 takes, and all processes of a deployment share the secret.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from serving.access.principal import Principal
from serving.access.roster import Roster

ISSUER = "vardar"
_ALGORITHM = "HS256"

#: Verified tokens that are remembered.
_KEPT = 4096

_CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": ISSUER},
    sub={"essential": True},
    exp={"essential": True},
)


@dataclass(frozen=True)
class _Verified:
    client_id: str
    scopes: frozenset[str]
    expires_at: int


class Tokens:
    """Issues and checks tokens.

    Args:
        secret: The deployment's secret.
        roster: Who the clients are.
        minutes: How long a token is good for.
    """

    def __init__(self, secret: bytes, roster: Roster, *, minutes: int) -> None:
        self._key = OctKey.import_key(derived(secret, "tokens"))
        self._roster = roster
        self.seconds = minutes * 60
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    def issue(self, client_id: str, scopes: Iterable[str]) -> str:
        """A token for a client."""
        now = int(time())
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": client_id,
            "iat": now,
            "exp": now + self.seconds,
            "jti": secrets.token_hex(8),
            "scope": " ".join(sorted(scopes)),
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": "at+jwt"}, claims, self._key)

    def principal(self, token: str) -> Principal | None:
        """The system that a token was issued to; None if it is forged, too old, or taken back."""
        verified = self._known(token)
        if verified is None or time() >= verified.expires_at:
            return None
        client = self._roster.of_client(verified.client_id)
        return client and replace(client, scopes=client.scopes & verified.scopes)

    def _known(self, token: str) -> _Verified | None:
        code = sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._verified.get(code)
        if known is None:
            known = self._read(token)
            if known is not None:
                self._verified[code] = known
                if len(self._verified) > _KEPT:
                    self._verified.popitem(last=False)
        return known

    def _read(self, token: str) -> _Verified | None:
        try:
            read = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            _CLAIMS.validate(read.claims)
            claims = read.claims
            return _Verified(
                str(claims["sub"]), frozenset(str(claims["scope"]).split()), int(claims["exp"])
            )
        except (JoseError, ValueError, KeyError):
            return None


def derived(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose of access, from the deployment's secret."""
    return hmac.new(secret, b"vardar access " + purpose.encode(), sha256).digest()
