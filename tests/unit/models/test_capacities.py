"""An office writes down what its posts can inspect; what cannot be is refused by its field."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.capacities import Capacities, ShiftCapacity, load_capacities
from models.errors import InvalidPolicyError
from tests.post_traffic import a_capacity

SEEDS = Path(__file__).parents[3] / "seeds" / "capacities.yaml"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"random_share": 0.0}, "random_share is 0.0; at least 0.1", id="no chance"),
        pytest.param({"random_share": 0.0999}, "random_share", id="too little chance"),
        pytest.param({"random_share": float("nan")}, "random_share", id="no number"),
        pytest.param({"inspections": 0.0}, "inspections", id="nothing to share"),
        pytest.param({"inspections": float("inf")}, "inspections", id="no end"),
        pytest.param({"document_checks": -1.0}, "document_checks", id="less than none"),
        pytest.param({"rules_share": 0.91}, "rules_share", id="more than chance leaves"),
        pytest.param({"shifts_begin": ()}, "shifts_begin", id="no shift"),
        pytest.param({"shifts_begin": (6, 6)}, "shifts_begin", id="one hour twice"),
        pytest.param({"shifts_begin": (14, 6)}, "shifts_begin", id="falling"),
        pytest.param({"shifts_begin": (6, 24)}, "shifts_begin", id="no such hour"),
        pytest.param({"carried": -0.1}, "carried", id="nothing can be carried back"),
        pytest.param({"usual_movements": 0.0}, "usual_movements", id="no traffic"),
    ],
)
def test_a_capacity_that_cannot_be_is_refused_by_its_field(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidPolicyError, match=said):
        a_capacity(**changes)


def test_changing_a_capacity_does_not_get_past_its_checks() -> None:
    with pytest.raises(InvalidPolicyError, match="random_share"):
        replace(a_capacity(), random_share=0.0)


def test_the_example_can_be_read_and_posts_differ_only_where_it_says() -> None:
    read = load_capacities(SEEDS)

    assert read.of("MK-GR-01") == read.default
    assert read.of("XK-ME-01") == replace(
        read.default, inspections=0.5, document_checks=1, shifts_begin=(7, 19)
    )


def test_posts_without_their_own_capacity_have_the_default() -> None:
    capacities = Capacities(ShiftCapacity(3.0), {"A": ShiftCapacity(1.0)})

    assert capacities.of("A").inspections == 1
    assert capacities.of("B").inspections == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[", "YAML", id="not yaml"),
        pytest.param("posts: {}", "default", id="no default"),
        pytest.param("default: {document_checks: 3}", "default.inspections", id="no inspections"),
        pytest.param("default: {inspections: six}", "default.inspections", id="a word"),
        pytest.param("default: {inspections: .nan}", "default.inspections", id="no number"),
        pytest.param("default: {inspections: 6, bribes: 1}", "default.bribes", id="unknown field"),
        pytest.param(
            "default: {inspections: 6}\nposts: {A: {random_share: 0}}",
            "posts.A: random_share is 0",
            id="a post without chance",
        ),
        pytest.param(
            "default: {inspections: 6, shifts_begin: [six]}", "default.shifts_begin", id="no hour"
        ),
        pytest.param("default: {inspections: 6}\nrandom: off", "random", id="unknown part"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_post_and_field(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "capacities.yaml"
    path.write_text(text)

    with pytest.raises(InvalidPolicyError, match=said):
        load_capacities(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicyError, match=r"nowhere\.yaml"):
        load_capacities(tmp_path / "nowhere.yaml")
