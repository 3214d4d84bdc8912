"""The policy's file: read strictly, complete, and nothing in it that is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import FastAPI

from serving import schemas
from serving.access.policy import SEEDED, PolicyRefused, RightsRefused, load_policy
from serving.access.routes import addresses, check_register
from serving.application import Application


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    declared = yaml.safe_load(SEEDED.read_text())
    change(declared)
    path = tmp_path / "access.yaml"
    path.write_text(yaml.safe_dump(declared))
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["roles"]["auditor"]["acts"].append("fly"), "auditor: acts: nobody knows fly"),
        (lambda d: d["roles"]["auditor"]["risks"].append("x"), "risks: nobody knows x"),
        (lambda d: d["roles"]["auditor"]["fields"].append("x"), "fields: nobody knows x"),
        (lambda d: d["roles"]["auditor"].update(rows={"within": "all"}), "within"),
        (lambda d: d["roles"]["auditor"].update(colour="red"), "colour"),
        (lambda d: d["endpoints"].update({"GET /x": {}}), "needs an act"),
        (lambda d: d["endpoints"].update({"GET /x": {"act": "fly"}}), "nobody knows fly"),
        (lambda d: d["endpoints"].update({"LOOK /x": {"open_to": "public"}}), "no method"),
        (lambda d: d["endpoints"]["POST /v1/crossings"].update(budget="x"), "nobody knows x"),
        (lambda d: d["endpoints"]["POST /v1/crossings"].update(kind="x"), "no kind of record"),
        (lambda d: d["budgets"]["views"]["person"].update(most=0), "most"),
        (lambda d: d["from_claims"].append({"claim": "a", "value": "b", "role": "x"}), "knows x"),
        (lambda d: d["from_claims"].append(
            {"claim": "a", "value": "b", "role": "customs_system"}), "no role of people"),
        (lambda d: d["risks"].append("submit"), "both acts and risks"),
        (lambda d: d.pop("roles"), "roles"),
    ],
)  # fmt: skip
def test_a_policy_that_is_wrong_is_refused_with_what_is_wrong(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    with pytest.raises(PolicyRefused, match=says):
        load_policy(changed(tmp_path, change))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(PolicyRefused, match="cannot be read"):
        load_policy(tmp_path / "broken.yaml")


def routes() -> FastAPI:
    return Application()._routes


def test_the_policy_names_every_address_and_no_other() -> None:
    assert addresses(routes()) == set(load_policy().endpoints)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["endpoints"].pop("GET /v1/model"), "does not say who may ask: GET /v1/model"),
        (lambda d: d["endpoints"].update({"GET /x": {"open_to": "public"}}), "not there: GET /x"),
    ],
)
def test_a_service_does_not_start_with_a_policy_that_leaves_an_address_out(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    with pytest.raises(PolicyRefused, match=says):
        check_register(routes(), load_policy(changed(tmp_path, change)))


ANSWERS = ("Answer", "Explanation", "MovementVersions", "ServingModel")


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_policy_names_every_member_of_an_answer(answer: str) -> None:
    declared = set(load_policy().members[answer])

    assert {m for m in members(answer) if not covered(m, declared)} == set()
    assert {d for d in declared if not any(within(m, d) for m in members(answer))} == set()


def members(answer: str) -> set[str]:
    """Paths of an answer's members as its schema has them, lists and maps of risks alike."""
    schema = getattr(schemas, answer).model_json_schema()

    def walk(part: dict[str, Any], path: str) -> set[str]:
        if "anyOf" in part:
            return {
                m for one in part["anyOf"] if one.get("type") != "null" for m in walk(one, path)
            }
        if "$ref" in part:
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
            # An answer within an answer is shown as itself.
            if part["title"] in ANSWERS:
                return {path}
        if "items" in part:
            return walk(part["items"], f"{path}[]")
        if "properties" in part:
            return {m for n, p in part["properties"].items() for m in walk(p, f"{path}.{n}")}
        return {path}

    return {m.lstrip(".") for m in walk(schema, "")}


def plain(path: str) -> list[str]:
    """A path without what stands for many."""
    return [s.removesuffix("[]") for s in path.split(".") if s not in ("<risk>", "[]", "[<risk>]")]


def within(member: str, declared: str) -> bool:
    # A map of risks has no named members in a schema.
    short, long = sorted((plain(member), plain(declared)), key=len)
    return long[: len(short)] == short


def covered(member: str, declared: set[str]) -> bool:
    return any(within(member, one) for one in declared)


@pytest.mark.parametrize(
    ("role", "who", "rights", "says"),
    [
        ("king", "person", {}, "no role king"),
        ("auditor", "system", {"countries": ["MK"]}, "for a person"),
        ("customs_system", "person", {}, "for a system"),
        ("auditor", "person", {}, "needs a country"),
        ("field_officer", "person", {"countries": ["MK"]}, "needs a post"),
        ("customs_system", "system", {"countries": ["*"], "posts": ["*"]}, "source system"),
        ("admin", "person", {"scopes": ["consult"]}, "cannot hold: consult"),
        ("admin", "person", {"scopes": ["arms"]}, "cannot hold: arms"),
        ("auditor", "person", {"countries": ["*"], "kinds": ["x"]}, "No kind of record: x"),
    ],
)
def test_rights_that_a_role_cannot_hold_are_refused(
    role: str, who: Any, rights: dict[str, Any], says: str
) -> None:
    with pytest.raises(RightsRefused, match=says):
        load_policy().rights(role, who=who, **rights)


def test_what_must_be_named_is_not_held_by_default() -> None:
    policy = load_policy()
    where: dict[str, Any] = {"countries": ["*"], "posts": ["*"], "source_systems": ["*"]}

    usual = policy.rights("customs_system", who="system", **where)
    named = policy.rights("customs_system", who="system", scopes=["submit", "explain"], **where)

    assert "explain" not in usual.scopes
    assert "metrics" not in usual.scopes
    assert {"submit", "arms", "smuggling"} <= set(usual.scopes)
    assert named.scopes == ("explain", "submit")
