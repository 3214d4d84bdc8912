"""A sentence is true of a record if a reader takes from it what the record holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.registry import FeatureSet
from models.card import CardColumn
from models.words import sentence
from training.assurance.reading_back import is_true

NAN = float("nan")
CATALOGUE = [
    CardColumn.of(column)
    for subject in ("consignment", "crossing")
    for column in FeatureSet(("drop_point",), ()).columns(subject, ("arms",))
]


def column(**changes: Any) -> CardColumn:
    given: dict[str, Any] = {
        "name": "consignee_declarations_30d",
        "sentence": "This consignee: {value} in 30 days",
        "unit": "declarations",
        "reason": "volume",
    }
    return CardColumn(**given | changes)


@pytest.mark.parametrize("of", CATALOGUE, ids=lambda of: of.name)
def test_every_sentence_of_the_catalogue_is_true_of_its_own_value_and_of_no_other(
    of: CardColumn,
) -> None:
    rng = np.random.default_rng(1)
    values = [NAN, 0.0, 1.0, 2.0, 37.0, *(10 ** rng.uniform(-4, 7, 10)), -12.5, -3.0]
    if of.categorical or of.unit == "yes/no":
        values = [NAN, 0.0, 1.0, 40.0] if of.categorical else [NAN, 0.0, 1.0]

    for value in values:
        told = sentence(of, value)

        assert is_true(told, of, value), told
        for other in (value * 1.1, value + 3, -value - 1, NAN):
            if not same_words(of, value, other):
                assert not is_true(told, of, other), (told, other)


def same_words(of: CardColumn, value: float, other: float) -> bool:
    """Whether a reader could not tell two values apart: claims say only whether they hold."""
    if np.isnan(value) or np.isnan(other):
        return bool(np.isnan(value) and np.isnan(other))
    says_only_whether = "{value}" not in of.sentence or of.unit == "yes/no"
    return value == other or (says_only_whether and bool(value) == bool(other))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("This consignee: 4 declarations in 30 days", 5.0),
        ("This consignee: 4 declarations in 30 days", NAN),
        ("This consignor: 4 declarations in 30 days", 4.0),
        ("This consignee: 4 crossings in 30 days", 4.0),
        ("This consignee: declarations in 30 days", 4.0),
        ("Not known: consignee declarations in 30 days", 4.0),
        ("Not known: consignee declarations in 90 days", NAN),
        ("This consignee: 1,240 declarations in 30 days", 1290.0),
    ],
)
def test_a_sentence_that_is_not_true_is_seen(said: str, value: float) -> None:
    assert not is_true(said, column(), value)


def test_a_claim_that_does_not_hold_must_say_so() -> None:
    claim = column(name="is_night", sentence="Crossing at night", unit="")

    assert is_true("Crossing at night", claim, 1.0)
    assert not is_true("Crossing at night", claim, 0.0)
    assert is_true("Not the case: crossing at night", claim, 0.0)
    assert not is_true("Not the case: crossing at night", claim, 1.0)
    assert not is_true("Not the case: crossing by day", claim, 0.0)


def test_a_category_is_read_by_its_text() -> None:
    mode = column(
        name="mode", sentence="By {value}", unit="", categorical=True, levels={"road": 3, "rail": 2}
    )

    assert is_true("By road", mode, 3.0)
    assert not is_true("By rail", mode, 3.0)
    assert is_true("By code 9", mode, 9.0)
