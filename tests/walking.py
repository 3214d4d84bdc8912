"""People at work in a browser, and what the store says of it beside the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator
from sqlalchemy import create_engine, select
from sqlalchemy.engine import Connection

from features.ledger import tables, tables_access, tables_review
from serving.access.first_run import Login
from serving.review import cases
from serving.review.cases import Case, Done, done_of
from tests.browsing import Demonstration, Visitor

#: A text that is long enough to be one.
BECAUSE = "As the papers and the weights say."


@contextmanager
def storing(demonstration: Demonstration) -> Iterator[Connection]:
    """The service's store, beside the service."""
    engine = create_engine(demonstration.settings.store)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def actor(demonstration: Demonstration, login: Login) -> str:
    """What audit events call the login."""
    columns = tables_access.accounts.c
    with storing(demonstration) as connection:
        found = connection.execute(select(columns.account_id).where(columns.name == login.name))
        return f"account:{found.scalar_one()}"


def steps(demonstration: Demonstration, case: Case) -> list[Done]:
    """What was done with a case, in its order."""
    columns = tables_review.case_steps.c
    with storing(demonstration) as connection:
        rows = connection.execute(
            select(tables_review.case_steps)
            .where(columns.case_id == case.case_id)
            .order_by(columns.number)
        ).mappings()
        return [done_of(row) for row in rows]


def last_refusal(demonstration: Demonstration, by: str) -> Any:
    """The last thing that was refused, or hidden, and audited so."""
    columns = tables.audit.c
    with storing(demonstration) as connection:
        return connection.execute(
            select(columns.action, columns.object, columns.detail)
            .where(columns.actor == by, columns.action.in_(("refused", "consult")))
            .order_by(columns.number.desc())
        ).first()


def signs_in_by_keyboard(visitor: Visitor, login: Login, *, to: str = "/review/queue") -> None:
    """Without a mouse, and on to a page."""
    visitor.open(f"/sign-in?next={to}")
    visitor.tab_to("textbox", "Name")
    visitor.page.keyboard.type(login.name)
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(login.password)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"{visitor.base}{to}**")


def case_now(demonstration: Demonstration, case: Case) -> Case:
    """The case as it stands."""
    with storing(demonstration) as connection:
        found = cases.by_id(connection, case.case_id)
    assert found is not None
    return found


def form_of(visitor: Visitor, step: str) -> Locator:
    """The form of a step, whatever the language."""
    return visitor.page.locator(f'form:has(input[name="step"][value="{step}"])')


def sees_the_score(visitor: Visitor, case: Case) -> None:
    """Records a view and has the score shown, with a mouse."""
    visitor.open(f"/review/cases/{case.case_id}")
    form = form_of(visitor, "view")
    form.locator('[name="view"][value="search"]').check()
    form.locator('[name="reason"][value="weights"]').check()
    form.locator("button").click()
    form_of(visitor, "reveal").locator("button").click()
    form_of(visitor, "reveal").wait_for(state="detached")


def decides(visitor: Visitor, action: str = "inspect") -> None:
    """Decides, with the score shown before."""
    form = form_of(visitor, "decide")
    form.locator(f'[name="action"][value="{action}"]').check()
    form.locator('[name="reason"]').select_option("own_view")
    form.locator('[name="text"]').fill(BECAUSE)
    form.locator("button").click()
    form_of(visitor, "decide").wait_for(state="detached")
