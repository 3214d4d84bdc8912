"""The form to sign in by: plain HTML that runs nothing and asks nobody else."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

from serving.settings import IdentityProvider

_FOLDER = Path(__file__).parents[1]
_STYLE = (_FOLDER / "index_page.css").read_text("utf-8")
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_PAGE = Template((Path(__file__).parent / "sign_in_page.html").read_text("utf-8"))

_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_REFUSED = (
    '<p class="notice" role="alert">Name or password is wrong, or the account waits after too many '
    "tries. Try again later.</p>"
)


def page(
    *, next_page: str, provider: IdentityProvider | None, refused: bool = False
) -> HTMLResponse:
    """The page.

    Args:
        next_page: Where to go once signed in; a path of this service.
        provider: Who else vouches for people.
        refused: Whether a try was refused just now.
    """
    body = _PAGE.substitute(
        style=_STYLE,
        refused=_REFUSED if refused else "",
        next=escape(next_page),
        provider='<p><a href="/oidc/sign-in">Sign in with your organisation’s account</a></p>'
        if provider
        else "",
    )
    return HTMLResponse(body, 401 if refused else 200, headers={"Content-Security-Policy": _POLICY})
