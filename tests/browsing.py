"""A demonstration as a service of its own, and people who look at it in Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright
from sqlalchemy import create_engine, select

from features.ledger import tables_review
from serving.access.first_run import Demo, Login, _read
from serving.review.cases import Case, case_of
from serving.review.states import State, Step
from serving.settings import Settings
from tests.deployments import a_home
from tests.service_processes import ROOT, serving

AS_IF = datetime(2026, 7, 1, 6, tzinfo=UTC)
#: The post that each of the demonstration's people at posts is responsible for.
POST = "MK-GR-01"
PICTURES = ROOT / "var" / "screenshots"
WIDE, PHONE = (1280, 900), (375, 700)
#: Names are looked up for nobody but this machine, whatever a page asks for.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_OF_THE_PAGE = ("data:", "about:", "blob:")
#: Chromium tells of every answer from 400 on; whether a page may be refused is for the test to say.
_REFUSED = "Failed to load resource"


@dataclass(frozen=True)
class Demonstration:
    """A service that people may look at."""

    base: str
    settings: Settings
    shown: Demo

    def login(self, role: str, number: int = 0) -> Login:
        """The first login of a role, or a colleague's."""
        return [login for login in self.shown.logins if login.role == role][number]

    def cases(self, *states: State, post: str | None = POST, waits: bool = True) -> list[Case]:
        """Cases in these states, or in any, the oldest first."""
        columns = tables_review.cases.c
        query = select(tables_review.cases).where(columns.waits == waits).order_by(columns.since)
        if states:
            query = query.where(columns.state.in_([state.value for state in states]))
        if post:
            query = query.where(columns.owner_post == post)
        engine = create_engine(self.settings.store)
        try:
            with engine.connect() as connection:
                return [case_of(row) for row in connection.execute(query).mappings()]
        finally:
            engine.dispose()

    def took(self, case: Case, step: Step) -> bool:
        """Whether anybody took this step with the case."""
        columns = tables_review.case_steps.c
        engine = create_engine(self.settings.store)
        try:
            with engine.connect() as connection:
                found = connection.execute(
                    select(columns.number).where(
                        columns.case_id == case.case_id, columns.step == step.value
                    )
                ).first()
        finally:
            engine.dispose()
        return found is not None


@contextmanager
def demonstrating(folder: Path, season: Path) -> Iterator[Demonstration]:
    """A small deployment's service in a rehearsal, with its logins and a night's cases."""
    settings = replace(a_home(folder), as_if=AS_IF)
    more = ("--as-if", AS_IF.isoformat(), "--demo-logins", "--demo-season", str(season))
    with serving(settings, *more) as server:
        shown = _read(settings.home / "demo-logins.json")
        yield Demonstration(f"http://127.0.0.1:{server.port}", settings, shown)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that is on this machine; the test is skipped where there is none."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("There is no Chromium here; install it: make browser")
    # While it lasts, this thread runs playwright's loop: no longer than the tests that need it.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """Somebody in front of a screen.

    Attributes:
        faults: What a page did that none may: asked somebody else, or broke its own policy.
        loaded: Every answer since the last page was opened.
    """

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    loaded: list[Response] = field(default_factory=list)

    def open(self, path: str) -> Response:
        """Turn to a page; returns once all of it is there."""
        self.loaded.clear()
        answer = self.page.goto(self.base + path, wait_until="networkidle")
        assert answer is not None
        return answer

    def weight(self) -> int:
        """Bytes over the wire of the page that was opened last, heads of answers too."""
        sizes = [answer.request.sizes() for answer in self.loaded]
        return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)

    def violations(self) -> str:
        """What axe finds wrong with the page as it stands; empty if nothing."""
        found = Axe().run(self.page)
        return str(found.generate_report()) if found.violations_count else ""

    def picture(self, name: str) -> None:
        """Keep what is seen, for whoever looks at the pictures."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(
            path=PICTURES / f"{re.sub(r'[^a-z0-9]+', '-', name).strip('-')}.png", full_page=True
        )

    def tab_to(self, role: Any, name: str, *, most: int = 150) -> None:
        """Press Tab until this is in focus, as who has no mouse does."""
        wanted = self.page.get_by_role(role, name=name, exact=True).first
        for _ in range(most):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{role} {name!r} is not reached by {most} presses of Tab.")

    def listen(self) -> Visitor:
        """Note from now on what the page does."""
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        self.page.on("console", self._told)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        return self

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base + "/", *_OF_THE_PAGE)):
            self.faults.append(f"asked {request.url}")

    def _answered(self, response: Response) -> None:
        self.loaded.append(response)
        of_a_page = response.request.is_navigation_request()
        if response.status >= (500 if of_a_page else 400):
            self.faults.append(f"{response.status} for {response.url}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_REFUSED):
            self.faults.append(f"console: {message.text}")


@dataclass
class Front:
    """The door of a demonstration: lets people in, each in a browser of their own."""

    browser: Browser
    demonstration: Demonstration
    _states: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def visitor(
        self, login: Login | None = None, *, size: Sequence[int] = WIDE, **options: Any
    ) -> Iterator[Visitor]:
        """Somebody who has signed in; fails when a page did what none may."""
        state = self._state(login) if login else None
        context = self.browser.new_context(
            storage_state=state, viewport={"width": size[0], "height": size[1]}, **options
        )
        context.set_default_timeout(20_000)
        visitor = Visitor(context.new_page(), self.demonstration.base).listen()
        try:
            yield visitor
        finally:
            context.close()
        assert not visitor.faults, visitor.faults

    def _state(self, login: Login) -> Any:
        """The session of a login, who signs in once: a sign-in takes its time, and has a budget."""
        if login.name not in self._states:
            context = self.browser.new_context()
            try:
                page = context.new_page()
                page.goto(f"{self.demonstration.base}/sign-in")
                page.get_by_label("Name").fill(login.name)
                page.get_by_label("Password").fill(login.password)
                page.get_by_role("button", name="Sign in").click()
                page.wait_for_url(lambda url: "/sign-in" not in url and "/session" not in url)
                self._states[login.name] = context.storage_state()
            finally:
                context.close()
        return self._states[login.name]
