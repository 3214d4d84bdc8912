"""Pages of people among the addresses: whether one is asked for, and which leads back to another."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.types import Scope

from serving.access.policy import Policy
from serving.request_head import head_of

#: Where every page is reached from; somebody's role says which one it is.
HOME = "/review"

#: Beneath these, machines ask; what they are told is never a page.
_OF_MACHINES = ("/v1/", "/oauth/", "/metrics", "/livez", "/readyz", "/openapi.json", "/problems/")


def asks_for_a_page(scope: Scope) -> bool:
    """Whether a browser shows the answer to a person."""
    path: str = scope["path"]
    if path.startswith(_OF_MACHINES):
        return False
    return "text/html" in head_of(scope).get("accept", "")


def local(page: object, *, otherwise: str = HOME) -> str:
    """A page of this service; never one of another host, however it is spelt."""
    if not isinstance(page, str) or not page.isprintable() or len(page) > 2000:
        return otherwise
    return page if page.startswith("/") and not page.startswith(("//", "/\\")) else otherwise


def sign_in_address(page: str, ended: str | None = None) -> str:
    """The form to sign in by, which leads on to a page, and says why a session ended."""
    told = {"next": page} if page != HOME else {}
    if ended is not None:
        told["ended"] = ended
    return f"/sign-in?{urlencode(told)}" if told else "/sign-in"


def page_above(policy: Policy, path: str) -> str:
    """The page at a path, or else the nearest above it: where a form of it stands."""
    while path.count("/") > 1:
        place = policy.register.at("GET", path)
        if place is not None and place.endpoint.page:
            return path
        path = path.rpartition("/")[0]
    return HOME
