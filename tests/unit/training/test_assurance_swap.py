"""Answers of two services are compared as bytes, ids and moments aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.deployments import a_home
from training.assurance.swap import answers_differ, crossings_like, swapped, without_ids
from training.errors import HeadsMissing

ANSWER = (
    b'{"score_id":"019f1c43-0000-7000-8000-000000000001","as_of":1782885612891589,'
    b'"supersedes":"019f1c43-0000-7000-8000-000000000000","risks":{"arms":{"probability":0.027}}}'
)


def test_ids_and_moments_alone_may_differ() -> None:
    other = ANSWER.replace(b"019f1c43", b"019f1c44").replace(
        b"1782885612891589", b"1782885612891590"
    )

    assert not answers_differ(ANSWER, other)
    assert b"019f1c43" not in without_ids(ANSWER)


def test_a_probability_that_differs_in_its_last_digit_differs() -> None:
    assert answers_differ(ANSWER, ANSWER.replace(b"0.027", b"0.028"))


def test_crossings_are_of_every_class_and_the_same_for_the_same_seed() -> None:
    one, same = (crossings_like(np.random.default_rng(1), 21) for _ in range(2))

    assert one == same
    assert len({crossing["vehicle_class"] for crossing in one}) == 7
    assert len({crossing["vehicle_id"] for crossing in one}) == 21
    assert not any("plate_country" in crossing for crossing in one)


def test_without_heads_of_crossings_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(HeadsMissing, match="no head of crossings"):
        swapped(
            tmp_path / "none", tmp_path / "work", crossings=2, plates=2, seed=1,
            progress=lambda _: None,
        )  # fmt: skip


@pytest.mark.nightly
def test_two_real_services_answer_alike_whatever_country_the_plates_are_of(tmp_path: Path) -> None:
    models = a_home(tmp_path / "made", heads=[("crossing", "arms")]).models

    found = swapped(
        models, tmp_path / "work", crossings=7, plates=3, seed=1, progress=lambda _: None
    )

    assert (found.answers, found.countries, found.differing, found.first) == (21, 3, 0, None)
    assert found.distinct > 5
