"""What holds for every page there is: the policy names them, so a new one is held to it by itself."""

from __future__ import annotations

import re

import pytest

from serving.access.first_run import Login
from serving.access.policy import SEEDED, load_policy
from serving.review.states import State, Step
from serving.speaking import LANGUAGE_COOKIE
from tests.browsing import PHONE, WIDE, Demonstration, Front

pytestmark = [pytest.mark.slow, pytest.mark.browser]

POLICY = load_policy(SEEDED)
_OF_PEOPLE = {
    name.removeprefix("GET "): endpoint
    for name, endpoint in POLICY.endpoints.items()
    if endpoint.page and name.startswith("GET ")
}
PAGES = sorted(_OF_PEOPLE)
#: Pages that ask who one is.
GUARDED = [page for page in PAGES if _OF_PEOPLE[page].open_to != "public"]
PEOPLE = [name for name, role in POLICY.roles.items() if role.who == "person"]
LARGEST = 100_000
#: Charts and tables of months: these may weigh more.
HEAVY = ("/review/figures", "/review/fairness")
#: Addresses that only lead on.
LEADING_ON = ("/review",)
SHOWN = [page for page in PAGES if page not in LEADING_ON]
#: Whatever runs or looks as the page itself does not say, which is what scripts from outside do.
LOOSE = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "*", "http:", "https:")


def reader_of(page: str, demonstration: Demonstration) -> Login | None:
    """Somebody of the first role whose acts open the page; nobody where it is open to all."""
    if page not in GUARDED:
        return None
    act = _OF_PEOPLE[page].act
    role = next(role for role in PEOPLE if act in POLICY.roles[role].acts)
    return demonstration.login(role)


def filled(page: str, demonstration: Demonstration) -> str:
    """An address of the page that leads to something."""
    case = demonstration.cases(State.NEW)[0]
    # A page with another parameter needs its line here.
    values = {"case_id": case.case_id, "score_id": case.score_id}
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], page)


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_opens_what_its_acts_name_and_is_refused_the_rest(
    front: Front, demonstration: Demonstration, role: str
) -> None:
    held = POLICY.roles[role]
    expected, found = {}, {}
    with front.visitor(demonstration.login(role)) as visitor:
        for page in GUARDED:
            address = filled(page, demonstration)
            answer = visitor.page.request.get(visitor.base + address, max_redirects=0)
            sees = "{" not in page or held.rows.within != "none"
            may = _OF_PEOPLE[page].act in held.acts
            expected[page] = "shown" if may and sees else "unknown" if may else "refused"
            told = {200: "shown", 303: "shown", 403: "refused", 404: "unknown"}
            found[page] = told.get(answer.status, str(answer.status))

    assert found == expected


@pytest.mark.parametrize("page", GUARDED)
def test_whoever_has_not_signed_in_is_led_to_the_form(
    front: Front, demonstration: Demonstration, page: str
) -> None:
    address = filled(page, demonstration)
    with front.visitor() as visitor:
        answer = visitor.page.request.get(
            visitor.base + address, max_redirects=0, headers={"Accept": "text/html"}
        )

    assert answer.status == 303
    leads_back = "" if page in LEADING_ON else "?next="
    assert answer.headers["location"].startswith(f"/sign-in{leads_back}")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", SHOWN)
def test_axe_finds_nothing_wrong(
    front: Front, demonstration: Demonstration, page: str, theme: str
) -> None:
    login = reader_of(page, demonstration)
    with front.visitor(login, color_scheme=theme) as visitor:
        answer = visitor.open(filled(page, demonstration))
        visitor.picture(f"{page} {theme}")

        assert answer.status == 200
        assert not visitor.violations()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_form_to_sign_in(front: Front, theme: str) -> None:
    with front.visitor(color_scheme=theme) as visitor:
        visitor.open("/sign-in")
        visitor.picture(f"sign-in {theme}")

        assert not visitor.violations()


@pytest.mark.parametrize("page", SHOWN)
def test_a_page_has_one_heading_a_title_a_language_and_allows_nothing_loose(
    front: Front, demonstration: Demonstration, page: str
) -> None:
    with front.visitor(reader_of(page, demonstration)) as visitor:
        answer = visitor.open(filled(page, demonstration))
        headings = visitor.page.get_by_role("heading", level=1).count()
        title, language = visitor.page.title(), visitor.page.locator("html").get_attribute("lang")

    assert headings == 1
    assert title.removesuffix(" - Vardar").strip()
    assert language == "en"
    allowed = answer.headers["content-security-policy"].replace(";", " ").split()
    assert "'none'" in allowed
    assert not [word for word in allowed if word.strip("'") in LOOSE]


@pytest.mark.parametrize("page", SHOWN)
def test_a_page_that_is_no_dashboard_weighs_less_than_100_kilobytes(
    front: Front, demonstration: Demonstration, page: str
) -> None:
    if page.startswith(HEAVY):
        pytest.skip("a dashboard may weigh more")
    with front.visitor(reader_of(page, demonstration)) as visitor:
        visitor.open(filled(page, demonstration))

        assert visitor.weight() < LARGEST


@pytest.mark.parametrize(
    "large",
    [False, pytest.param(True, marks=pytest.mark.nightly)],
    ids=["usual text", "large text"],
)
@pytest.mark.parametrize("page", SHOWN)
def test_a_page_fits_the_width_of_a_phone(
    front: Front, demonstration: Demonstration, page: str, large: bool
) -> None:
    login = reader_of(page, demonstration)
    with front.visitor(login, size=PHONE) as visitor:
        if large:
            cookie = {"name": "vardar_size", "value": "large", "url": visitor.base}
            visitor.page.context.add_cookies([cookie])  # type: ignore[list-item] # a plain cookie
        visitor.open(filled(page, demonstration))
        visitor.picture(f"{page} phone{' large' if large else ''}")

        assert _beyond(visitor.page.evaluate(_WIDER)) == []


@pytest.mark.parametrize(
    "tag",
    ["mk", *(pytest.param(t, marks=pytest.mark.nightly) for t in ("sq", "sr-Latn", "sr-Cyrl"))],
)
def test_pages_in_other_languages_fit_a_phone_too(
    front: Front, demonstration: Demonstration, tag: str
) -> None:
    beyond, spoken = {}, {}
    for page in SHOWN:
        with front.visitor(reader_of(page, demonstration), size=PHONE) as visitor:
            cookie = {"name": LANGUAGE_COOKIE, "value": tag, "url": visitor.base}
            visitor.page.context.add_cookies([cookie])  # type: ignore[list-item] # a plain cookie
            visitor.open(filled(page, demonstration))
            spoken[page] = visitor.page.locator("html").get_attribute("lang")
            beyond[page] = _beyond(visitor.page.evaluate(_WIDER))
            visitor.picture(f"{page} phone {tag.lower()}")

    assert set(spoken.values()) == {tag}
    assert {page: found for page, found in beyond.items() if found} == {}


@pytest.mark.parametrize("page", SHOWN)
def test_a_page_says_the_same_without_javascript(
    front: Front, demonstration: Demonstration, page: str
) -> None:
    login = reader_of(page, demonstration)
    address = filled(page, demonstration)
    with front.visitor(login) as visitor:
        visitor.open(address)
        heading = visitor.page.get_by_role("heading", level=1).inner_text()
    with front.visitor(login, java_script_enabled=False) as visitor:
        visitor.open(address)

        assert visitor.page.get_by_role("heading", level=1).inner_text() == heading


@pytest.mark.parametrize("state", list(State))
def test_a_case_is_accessible_and_fits_a_phone_in_whatever_state(
    front: Front, demonstration: Demonstration, state: State
) -> None:
    found = [
        case
        for waits in (True, False)
        for case in demonstration.cases(state, post=None, waits=waits)
        if state is State.NEW or demonstration.took(case, Step.VIEW)
    ]
    if not found:
        # What needs a second person is approved or declined by whoever walks through the pages.
        assert state in (State.APPROVED, State.DECLINED)
        pytest.skip(f"no case of the night is {state}")
    case = found[0]
    colleague = demonstration.login("shift_supervisor", 1)
    for theme, size in (("light", WIDE), ("dark", PHONE)):
        with front.visitor(colleague, size=size, color_scheme=theme) as visitor:
            visitor.open(f"/review/cases/{case.case_id}")
            visitor.picture(f"case {state} {theme} {size[0]}")

            assert not visitor.violations()
            assert _beyond(visitor.page.evaluate(_WIDER)) == []


@pytest.mark.parametrize(
    ("done", "noticed"),
    [
        pytest.param(
            "location.href = 'https://elsewhere.example/x'", "asked", id="going elsewhere"
        ),
        pytest.param(
            "fetch('https://elsewhere.example/x').catch(() => {})",
            "console.*elsewhere",
            id="asking elsewhere",
        ),
        pytest.param("document.body.setAttribute('style', 'color: red')", "console", id="style"),
        pytest.param("fetch('/review/static/nothing.css')", "404", id="what is not there"),
        pytest.param("setTimeout(() => { throw new Error('x') })", "script", id="a broken script"),
    ],
)
def test_a_visitor_notices_what_no_page_may_do(
    front: Front, demonstration: Demonstration, done: str, noticed: str
) -> None:
    login = demonstration.login("field_officer")
    with pytest.raises(AssertionError, match=noticed), front.visitor(login) as visitor:
        visitor.open("/review/queue")
        visitor.page.evaluate(f"() => {{ {done} }}")
        visitor.page.wait_for_timeout(300)


#: Elements that reach beyond the window, where the window would have to be scrolled to see them.
_WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > width + 1)
    .map(element => element.tagName + '.' + element.className);
}"""


def _beyond(found: list[str]) -> list[str]:
    return found[:5]
