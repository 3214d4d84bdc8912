"""What every page of the policy says to the browser: nothing inline, nothing kept, nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from serving.access.policy import load_policy
from serving.deployment import Deployment, open_deployment
from serving.review import static_files
from tests.access import anonymous, somebody
from tests.deployments import a_home
from tests.pages import browser

POLICY = load_policy()
PAGES = [
    address.removeprefix("GET ")
    for address, endpoint in POLICY.endpoints.items()
    if endpoint.page and address.startswith("GET ")
]
ROLES = [name for name, role in POLICY.roles.items() if role.who == "person"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("headers"), heads=()))
    yield deployment
    deployment.close()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_every_role_allows_nothing_inline_and_is_kept_nowhere(
    here: Deployment, role: str
) -> None:
    asks = browser(somebody(here, role), **{"Accept-Encoding": "gzip, br"})

    for path in PAGES:
        answered = asks.get(path)
        assert answered.headers["Cache-Control"] == "no-store", path
        assert answered.headers["X-Content-Type-Options"] == "nosniff", path
        assert answered.headers["Referrer-Policy"] == "no-referrer", path
        # Compressed, the length of a page would tell of the secrets in it (BREACH).
        assert "Content-Encoding" not in answered.headers, path
        if answered.status_code == 303:
            continue
        policy = dict(
            part.strip().split(" ", 1)
            for part in answered.headers["Content-Security-Policy"].split(";")
        )
        assert "unsafe" not in str(policy), path
        assert (policy["default-src"], policy["script-src"], policy["style-src"]) == (
            "'none'", "'self'", "'self'"
        ), path  # fmt: skip
        assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == (
            "'none'", "'none'", "'self'"
        ), path  # fmt: skip
        assert answered.headers["Content-Type"].startswith("text/html"), path
        assert re.findall(r"<style|<script(?! src=)|\son\w+=|\sstyle=", answered.text) == [], path
        outside = r'(?:src|href|action)="(?!/(?!/)|[#?]|data:,")[^"]*"'
        assert re.findall(outside, answered.text) == [], path


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_unknown_is_led_to_the_form_where_a_page_is_asked_for(
    here: Deployment, path: str
) -> None:
    public = POLICY.endpoints[f"GET {path}"].open_to == "public"

    page = browser(anonymous(here)).get(path)
    part = anonymous(here).get(path)

    assert page.status_code == (200 if public else 303)
    assert part.status_code == (200 if public else 401)
    if not public:
        assert page.headers["Location"].startswith("/sign-in")


def test_style_and_script_are_kept_by_browsers_and_named_by_their_content(here: Deployment) -> None:
    for name in static_files.files():
        plain = anonymous(here).get(static_files.address(name), headers={"Accept-Encoding": ""})
        small = anonymous(here).get(static_files.address(name))

        assert "immutable" in plain.headers["Cache-Control"]
        assert small.headers["Content-Encoding"] == "gzip"
        assert small.content == plain.content


def test_a_page_with_its_style_and_script_is_small(here: Deployment) -> None:
    page = browser(somebody(here, "auditor")).get("/review/sessions")
    # What every page of the frame loads, as it goes over the wire.
    frame = ("pico.min.css", "review.css", "htmx.min.js")
    loaded = sum(len(static_files.files()[name].compressed) for name in frame)

    assert len(page.content) + loaded < 60_000


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_cookie_is_kept_from_scripts_and_other_sites(here: Deployment, scheme: str) -> None:
    asks = browser(anonymous(here, base=f"{scheme}://vardar"))
    given = [
        *asks.post("/review/language", data={"language": "mk"}).headers.get_list("set-cookie"),
        *asks.post("/review/appearance", data={"theme": "dark"}).headers.get_list("set-cookie"),
    ]

    assert len(given) == 2
    for cookie in given:
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= flags
        assert ("secure" in flags) == (scheme == "https")
