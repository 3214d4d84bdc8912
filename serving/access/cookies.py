"""The session's cookie."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

# A name with this prefix is taken by browsers only over https, for this host alone.
_SECURE, _PLAIN = "__Host-vardar_session", "vardar_session"


def session_of(cookies: Mapping[str, str]) -> str | None:
    """The session's secret, if the request holds one."""
    return cookies.get(_SECURE) or cookies.get(_PLAIN)


def is_secure(request: Request) -> bool:
    """Whether people reach the service over https, directly or through a proxy."""
    public: str | None = request.app.state.deployment.settings.public_url
    return public.startswith("https:") if public else request.url.scheme == "https"


def give(response: Response, token: str, *, secure: bool, seconds: int) -> None:
    """Let the browser keep the session's secret."""
    response.set_cookie(
        _SECURE if secure else _PLAIN,
        token,
        max_age=seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def take(response: Response) -> None:
    """Let the browser forget it."""
    for name, secure in ((_SECURE, True), (_PLAIN, False)):
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
