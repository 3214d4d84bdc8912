"""Role, scopes, row and field: what is shown is what the declared policy says, cell by cell.

The expectation is read from the policy by a second, slower reading that shares no code with the first.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from serving.access.fields import Fields
from serving.access.policy import load_policy
from serving.access.principal import Principal
from serving.access.rows import Row, may_see

POLICY = load_policy()
NOW = 10**16
HOUR = 3_600_000_000

#: source system, country, post and age in hours of a movement.
ROWS = [
    (system, country, post, hours)
    for system in ("own", "other")
    for country in ("MK", "AL")
    for post in ("MK-GR-01", "MK-SB-02")
    for hours in (1, 71, 73, 2159, 2161)
]

RISK = {
    "band": "high", "movement_band": "high", "abstained": True, "reason": "r", "in_words": "w",
    "probability": 0.1, "base_rate": 0.01, "base_rate_in_words": "w", "rule_points": 1,
}  # fmt: skip
REASON = {
    "code": "c", "direction": "raises", "sentence": "s", "column": "c", "value": 1.0,
    "usual_low": 0.0, "usual_high": 2.0, "unit": "kg", "contribution": 0.5, "share": 0.2,
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "score_id": "1", "as_of": 2, "movement": {"kind": "crossing"}, "supersedes": None,
    "rehearsal": True, "model": {"name": "m"}, "quality_flags": ["f"], "undeclared": "x",
    "risks": {
        risk: {**RISK, "undeclared": "x", "reasons": [{**REASON, "undeclared": "x"}]}
        for risk in ("arms", "smuggling", "irregularity")
    },
    "rules": [
        {"code": "c", "risk": r, "sentence": "s"} for r in ("arms", "smuggling", "irregularity")
    ],
    "recommendation": {
        "action": "inspect", "because": "rule", "propensity": 0.5, "random_probability": 0.1,
        "undeclared": "x",
    },
}  # fmt: skip


def paths(value: Any, path: str = "") -> set[str]:
    """Every leaf of an answer."""
    if isinstance(value, dict) and value:
        return {leaf for n, v in value.items() for leaf in paths(v, f"{path}.{n}" if path else n)}
    if isinstance(value, list):
        found = set()
        for one in value:
            # An item that belongs to a risk is named by it.
            name = one["risk"] if isinstance(one, dict) and "risk" in one else ""
            found |= paths(one, f"{path}.[{name}]")
        return found
    return {path}


def right_for(leaf: str, scopes: frozenset[str]) -> str | None:
    """The right it takes to see a leaf; None where nobody may, or not with these scopes."""
    segments = leaf.split(".")
    risk = None
    if segments[0] == "risks":
        risk, segments[1] = segments[1], "<risk>"
    elif segments[0] == "rules":
        risk, segments[1] = segments[1].strip("[]"), "[<risk>]"
    if risk is not None and (risk not in scopes or risk not in POLICY.risks):
        return None
    declared = POLICY.members["Answer"]
    for length in range(len(segments), 0, -1):
        right = declared.get(".".join(segments[:length]))
        if right is not None:
            return right
    return None


def exists(principal: Principal, row: tuple[str, str, str, int]) -> bool:
    """Whether the policy lets a principal know of a movement."""
    system, country, post, hours = row
    rows = POLICY.roles[principal.role].rows
    if rows.within == "none" or hours > (rows.hours or hours):
        return False
    inside = country in principal.countries
    if rows.within != "own_country":
        inside = inside and post in principal.posts
    if rows.within == "own_submissions":
        inside = inside and system in principal.source_systems
    return inside


def principals(role: str) -> list[Principal]:
    """Somebody in a role, with each choice of risks."""
    held = POLICY.roles[role]
    somebody = Principal(
        "id", held.who, "name", role, ("MK",), ("MK-GR-01",), frozenset(held.acts), ("own",)
    )
    chosen = [c for n in range(len(held.risks) + 1) for c in combinations(held.risks, n)]
    return [replace(somebody, scopes=somebody.scopes | set(risks)) for risks in chosen]


@pytest.mark.parametrize("role", POLICY.roles)
def test_every_cell_is_as_declared(role: str) -> None:
    fields, leaves = Fields(POLICY), paths(ANSWER)
    for principal in principals(role):
        shown = paths(fields.shown(principal, "Answer", ANSWER))
        for row in ROWS:
            seen = may_see(POLICY, principal, Row(*row[:3], NOW - row[3] * HOUR), now=NOW)
            assert seen is exists(principal, row), (principal, row)
            for leaf in leaves:
                right = right_for(leaf, principal.scopes)
                allowed = seen and right in POLICY.roles[role].fields
                assert (seen and leaf in shown) is allowed, (principal, row, leaf)


def test_the_cells_are_many_and_not_all_alike() -> None:
    fields = Fields(POLICY)
    counts = {
        role: len(paths(fields.shown(principals(role)[-1], "Answer", ANSWER)))
        for role in POLICY.roles
    }

    cells = sum(len(principals(role)) for role in POLICY.roles) * len(ROWS) * len(paths(ANSWER))
    assert cells >= 20_000
    assert len(set(counts.values())) >= 4
    assert counts["customs_system"] > counts["shift_supervisor"] > counts["field_officer"]


def test_nothing_that_was_not_declared_is_shown_to_anybody() -> None:
    fields = Fields(POLICY)
    for role in POLICY.roles:
        for principal in principals(role):
            assert "undeclared" not in str(fields.shown(principal, "Answer", ANSWER))
            assert "irregularity" not in str(fields.shown(principal, "Answer", ANSWER))


def test_the_answer_itself_stays_as_it_was() -> None:
    before = str(ANSWER)
    Fields(POLICY).shown(principals("field_officer")[-1], "Answer", ANSWER)

    assert str(ANSWER) == before
