"""The page to sign in by, and what a reader chooses of all pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import quote

import pytest

from features.ledger.connection import writing
from serving.access import accounts
from serving.deployment import Deployment, open_deployment
from serving.review.pages import LANGUAGES
from tests.access import PASSWORD, anonymous, person
from tests.deployments import Client, a_home
from tests.pages import audited, browser, words_on

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

_numbers = count(1)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("sign_in"), heads=()))
    yield deployment
    deployment.close()


def nobody(here: Deployment, **headers: str) -> Client:
    """A browser of its own address, which has not used up what an address may try."""
    return browser(anonymous(here, address=f"203.0.113.{next(_numbers)}"), **headers)


def an_account(here: Deployment) -> str:
    name = f"ana.{next(_numbers)}"
    rights = here.access.policy.rights(
        "shift_supervisor", who="person", countries=("MK",), posts=("MK-GR-01",)
    )
    with writing(here.ledger.engine) as connection:
        accounts.create(connection, name, rights, actor="test", at=1, password=PASSWORD)
    return name


def test_the_form_leads_on_to_the_page_that_was_asked_for(here: Deployment) -> None:
    sent = nobody(here).get("/review/queue?post=MK-GR-01&band=high")
    form = nobody(here).get(sent.headers["Location"])
    data = {"name": an_account(here), "password": PASSWORD, "next": "/review/queue?post=MK-GR-01"}
    arrived = nobody(here).post("/session", data=data)

    assert sent.status_code == 303
    asked = quote("/review/queue?post=MK-GR-01&band=high", safe="")
    assert sent.headers["Location"] == f"/sign-in?next={asked}"
    assert 'name="next" value="/review/queue?post=MK-GR-01&amp;band=high"' in form.text
    assert arrived.headers["Location"] == "/review/queue?post=MK-GR-01"


def test_without_a_page_to_go_on_to_one_arrives_at_ones_own(here: Deployment) -> None:
    arrived = nobody(here).post("/session", data={"name": an_account(here), "password": PASSWORD})

    assert (arrived.status_code, arrived.headers["Location"]) == (303, "/review")


def test_a_refusal_is_named_beside_its_field_and_keeps_the_name_but_not_the_password(
    here: Deployment,
) -> None:
    data = {"name": "ana <b>", "password": "a wrong one of the tests", "next": "/review/queue"}
    refused = nobody(here).post("/session", data=data)

    assert refused.status_code == 401
    assert '<a href="#name">Name or password is wrong' in refused.text
    assert 'value="ana &lt;b&gt;"' in refused.text
    assert 'value="/review/queue"' in refused.text
    assert "a wrong one of the tests" not in refused.text


def test_an_empty_field_is_named_with_the_way_out(here: Deployment) -> None:
    refused = nobody(here).post("/session", data={"name": "ana", "password": ""})

    assert refused.status_code == 422
    assert '<a href="#password">Type your password.</a>' in refused.text
    assert 'aria-describedby="password-error"' in refused.text
    assert 'id="password-error"' in refused.text
    assert 'href="#name"' not in refused.text


def test_signing_in_ends_the_session_the_browser_came_with(here: Deployment) -> None:
    name = an_account(here)
    before = nobody(here).post("/session", data={"name": name, "password": PASSWORD})
    held = {"Cookie": f"vardar_session={before.cookies['vardar_session']}"}

    after = nobody(here, **held).post("/session", data={"name": name, "password": PASSWORD})

    assert after.cookies["vardar_session"] != before.cookies["vardar_session"]
    assert anonymous(here).get("/session", headers=held).status_code == 401
    now = {"Cookie": f"vardar_session={after.cookies['vardar_session']}"}
    assert anonymous(here).get("/session", headers=now).status_code == 200


def test_another_sites_page_that_signs_somebody_in_is_refused_and_audited(here: Deployment) -> None:
    data = {"name": an_account(here), "password": PASSWORD}
    before = len(audited(here, action="refused", object="POST /session"))

    refused = nobody(here, **{"Sec-Fetch-Site": "cross-site"}).post("/session", data=data)

    assert refused.status_code == 403
    assert "vardar_session" not in refused.cookies
    assert len(audited(here, action="refused", object="POST /session")) == before + 1


def test_the_form_is_in_the_browsers_language_until_another_is_chosen(here: Deployment) -> None:
    asks = {"Accept-Language": "sq-AL,sq;q=0.9,en;q=0.5"}
    by_browser = nobody(here, **asks).get("/sign-in")
    chosen = nobody(here, **asks, Cookie="vardar_language=mk").get("/sign-in")
    not_one = nobody(here, **asks, Cookie="vardar_language=xx").get("/sign-in")

    assert [p.text.count(f'<html lang="{tag}"') for p, tag in (
        (by_browser, "sq"), (chosen, "mk"), (not_one, "sq"))] == [1, 1, 1]  # fmt: skip
    assert chosen.headers["Content-Language"] == "mk"
    assert all(name in words_on(chosen.text) for name in LANGUAGES.values())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_language_is_chosen_before_and_after_signing_in(here: Deployment, tag: str) -> None:
    data = {"language": tag, "back": "/sign-in?next=%2Freview%2Fqueue"}
    before = nobody(here).post("/review/language", data=data)
    after = browser(person(here, "auditor")).post(
        "/review/language", data={"language": tag, "back": "/review/sessions"}
    )

    assert (before.status_code, before.headers["Location"]) == (303, data["back"])
    assert (after.status_code, after.headers["Location"]) == (303, "/review/sessions")
    for answered in (before, after):
        cookie = answered.headers["Set-Cookie"]
        assert cookie.startswith(f"vardar_language={tag};")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


def test_what_is_chosen_is_kept_by_https_alone_where_there_is_https(here: Deployment) -> None:
    answered = anonymous(here, base="https://vardar").post(
        "/review/appearance", data={"theme": "dark", "size": "large"}
    )

    cookies = answered.headers.get_list("set-cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == [
        "vardar_theme=dark",
        "vardar_size=large",
    ]
    assert all("Secure" in cookie for cookie in cookies)


def test_looks_that_were_chosen_stand_on_every_page(here: Deployment) -> None:
    chosen = browser(person(here, "auditor"))
    chosen.headers["Cookie"] += "; vardar_theme=dark; vardar_size=large"
    back = browser(person(here, "auditor"))
    back.headers["Cookie"] += "; vardar_theme=system; vardar_size=normal"

    for page in ("/sign-in", "/review/sessions", "/review/nonsense"):
        assert '<html lang="en" data-theme="dark" data-size="large">' in chosen.get(page).text
        assert '<html lang="en">' in back.get(page).text


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "evil", ""]
)
def test_a_choice_leads_back_to_a_page_of_this_service_only(here: Deployment, back: str) -> None:
    answered = nobody(here).post("/review/language", data={"language": "mk", "back": back})

    assert answered.headers["Location"] == "/review"


@pytest.mark.parametrize(
    ("path", "data"),
    [("/review/language", {"language": "xx"}), ("/review/language", {}),
     ("/review/appearance", {"theme": "red"}), ("/review/appearance", {"size": "huge"})],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused(
    here: Deployment, path: str, data: dict[str, str]
) -> None:
    answered = nobody(here).post(path, data=data)

    assert answered.status_code == 422
    assert "Set-Cookie" not in answered.headers
    assert "text/html" in answered.headers["Content-Type"]


def test_a_choice_is_not_made_from_another_site(here: Deployment) -> None:
    data = {"language": "mk"}
    unknown = nobody(here, **{"Sec-Fetch-Site": "same-site"}).post("/review/language", data=data)
    known = browser(person(here, "auditor"), **{"X-CSRF-Token": "0" * 64}).post(
        "/review/language", data=data
    )

    for refused in (unknown, known):
        assert refused.status_code == 403
        assert "Set-Cookie" not in refused.headers


def test_a_translation_that_nobody_has_read_says_so(here: Deployment) -> None:
    said = "This translation has not yet been read by a native speaker."
    english = nobody(here).get("/sign-in")
    albanian = nobody(here, Cookie="vardar_language=sq").get("/sign-in")

    assert said not in english.text
    assert 'class="unreviewed"' in albanian.text


def test_the_frame_names_who_reads_it(here: Deployment) -> None:
    posts = ("MK-GR-01", "MK-GR-02", "MK-RS-01", "MK-RS-02", "MK-AL-01")
    page = browser(person(here, "shift_supervisor", posts=posts)).get("/review/sessions").text

    words = words_on(page)
    assert "Shift supervisor" in words
    assert "MK-GR-01, MK-GR-02, MK-RS-01 and 2 more" in words
    assert 'action="/session/end"' in page
    assert words_on(browser(person(here, "auditor", countries=("*",), posts=())).get(
        "/review/sessions").text).count("all countries") == 1  # fmt: skip


def test_the_first_page_leads_to_the_form_in_one_step(here: Deployment) -> None:
    assert 'role="button" href="/sign-in"' in nobody(here).get("/").text
    assert 'role="button" href="/review"' in browser(person(here, "auditor")).get("/").text
