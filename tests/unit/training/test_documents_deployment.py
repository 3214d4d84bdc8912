"""What only an office can say must be said: a blank field is named, with where to fill it in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.documents import DEMO, a_deployment_file
from training.documents.deployment import (
    MISSING,
    DeploymentRefused,
    blanks,
    load_deployment,
    marked,
    refuse_blanks,
)
from training.documents.deployment_form import Deployment

RISKS = tuple(yaml.safe_load((DEMO.parents[1] / "params.yaml").read_text("utf-8"))["targets"])
MANDATORY = blanks(Deployment(), RISKS)


def test_the_demos_deployment_leaves_nothing_blank() -> None:
    demo = load_deployment(DEMO)

    assert blanks(demo, RISKS) == ()
    assert demo.deployment.fictitious


def test_there_is_much_that_only_an_office_can_say() -> None:
    assert len(MANDATORY) > 60
    assert {"controller.contact", "legal_basis.law", "rights.complaint"} <= set(MANDATORY)
    assert {f"purpose.risks.{risk}" for risk in RISKS} <= set(MANDATORY)


@pytest.mark.parametrize("name", MANDATORY)
def test_a_blank_mandatory_field_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    path = a_deployment_file(tmp_path, {name: None})

    with pytest.raises(DeploymentRefused) as refused:
        refuse_blanks(load_deployment(path), RISKS, path)

    assert f"one mandatory field blank: {name}. " in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("words", ["", "  ", "TODO", "TBD", "...", "-", "?"])
def test_a_placeholder_says_nothing(words: str, tmp_path: Path) -> None:
    path = a_deployment_file(tmp_path, {"controller.name": words})

    assert blanks(load_deployment(path), RISKS) == ("controller.name",)


def test_a_sentence_that_begins_like_a_placeholder_says_something(tmp_path: Path) -> None:
    path = a_deployment_file(tmp_path, {"controller.name": "todo: ask"})

    assert blanks(load_deployment(path), RISKS) == ()


def test_all_blank_fields_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deployment.yaml"
    path.write_text("controller:\n", "utf-8")

    with pytest.raises(DeploymentRefused) as refused:
        refuse_blanks(load_deployment(path), RISKS, path)

    assert f"{len(MANDATORY)} mandatory fields blank: {', '.join(MANDATORY)}. " in str(
        refused.value
    )


def test_a_risk_without_a_purpose_is_refused(tmp_path: Path) -> None:
    path = a_deployment_file(tmp_path)

    with pytest.raises(DeploymentRefused, match=r"purpose\.risks\.irregularity"):
        refuse_blanks(load_deployment(path), (*RISKS, "irregularity"), path)


def test_a_draft_marks_every_blank_text_where_it_stands() -> None:
    draft = marked(Deployment(), RISKS)

    assert draft.controller.contact == f"{MISSING}: controller.contact"
    assert draft.data.sources == (f"{MISSING}: data.sources",)
    assert draft.purpose.risks[RISKS[0]] == f"{MISSING}: purpose.risks.{RISKS[0]}"
    assert set(blanks(draft, RISKS)) == {n for n in MANDATORY if n.startswith("capacity.")}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"controller.fax": "none"}, "controller.fax"),
        ({"capacity.random_share": 0.05}, "capacity.random_share"),
        ({"capacity.inspect_share": 3}, "capacity.inspect_share"),
        ({"data.sources": "one text"}, "data.sources"),
    ],
)
def test_a_field_that_cannot_be_is_named(
    changes: dict[str, object], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(DeploymentRefused, match=fault):
        load_deployment(a_deployment_file(tmp_path, changes))


@pytest.mark.parametrize("content", ["- a list", "a: [", "\xff"])
def test_a_file_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "deployment.yaml"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(DeploymentRefused, match=r"deployment\.yaml"):
        load_deployment(path)


def test_every_field_of_the_demos_file_is_explained() -> None:
    lines = DEMO.read_text("utf-8").splitlines()
    sections = [line for line in lines if line and not line.startswith((" ", "#"))]

    assert [line.partition(":")[0] for line in sections] == list(Deployment.model_fields)
    assert yaml.safe_load(DEMO.read_text("utf-8")).keys() == Deployment.model_fields.keys()
