"""What an account holds after an upgrade: all of its role where all was granted, else what was named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from features.ledger import tables_access
from features.ledger.connection import writing
from serving.access.policy import load_policy
from serving.access.principal import Rights
from tests.access import person
from tests.deployments import a_home, deployed

POLICY = load_policy()
WHERE: dict[str, Any] = {"countries": ("MK",), "posts": ("MK-GR-01",)}
#: What was stored of a supervisor before there was anything to review.
THEN = ("arms", "consult", "explain", "own_session", "read_model", "report", "smuggling")


def stored_then(role: str, scopes: tuple[str, ...]) -> Rights:
    """Rights as they were stored before it was kept whether all of the role was granted."""
    told = Rights(role, **WHERE, scopes=scopes).to_json()
    del told["whole_role"]
    return Rights.from_json(orjson.loads(orjson.dumps(told)))


def test_whoever_was_granted_all_of_a_role_before_holds_what_it_has_gained() -> None:
    held = POLICY.scopes_of(stored_then("shift_supervisor", THEN), who="person")

    assert held == POLICY.roles["shift_supervisor"].usual
    assert {"review", "decide", "approve"} <= held


@pytest.mark.parametrize("without", ["consult", "explain", "arms"])
def test_whoever_was_granted_less_holds_no_more(without: str) -> None:
    named = tuple(scope for scope in THEN if scope != without)

    assert POLICY.scopes_of(stored_then("shift_supervisor", named), who="person") == set(named)


@pytest.mark.parametrize("role", [name for name, r in POLICY.roles.items() if r.who == "person"])
def test_all_of_a_role_is_all_of_it_and_a_list_is_the_list(role: str) -> None:
    whole = POLICY.rights(role, who="person", **WHERE)
    named = POLICY.rights(role, who="person", **WHERE, scopes=["own_session"])

    assert Rights.from_json(orjson.loads(orjson.dumps(whole.to_json()))) == whole
    gained = POLICY.model_copy(update={"roles": {
        **POLICY.roles,
        role: POLICY.roles[role].model_copy(update={"acts": (*POLICY.roles[role].acts, "new")}),
    }})  # fmt: skip
    assert gained.scopes_of(whole, who="person") == POLICY.roles[role].usual | {"new"}
    assert gained.scopes_of(named, who="person") == {"own_session"}


def test_a_key_keeps_to_what_it_was_made_with() -> None:
    of_key = POLICY.rights("customs_system", who="system", **WHERE, source_systems=("x",))

    assert of_key.whole_role is False
    assert POLICY.scopes_of(stored_then("customs_system", ()), who="system") == set()


def test_a_role_that_is_gone_or_of_systems_allows_a_person_nothing() -> None:
    assert POLICY.scopes_of(stored_then("king", THEN), who="person") == set()
    assert POLICY.scopes_of(stored_then("customs_system", THEN), who="person") == set()


def test_after_an_upgrade_a_supervisor_comes_to_the_queue(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path, heads=()))
    supervisor = person(here, "shift_supervisor")
    rights = stored_then("shift_supervisor", THEN).to_json()
    del rights["whole_role"]
    with writing(here.ledger.engine) as connection:
        connection.execute(
            update(tables_access.accounts).values(rights=orjson.dumps(rights).decode())
        )

    assert supervisor.get("/review/queue").status_code == 200
