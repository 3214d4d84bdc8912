"""What would have lowered a score: only what was feasible, judged by the head itself."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import lightgbm
import numpy as np
import pytest

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from features.spec import Floats
from models.calibration import Calibration
from models.card import BANDS, CardColumn
from models.languages import language
from models.lowering import FEASIBLE, Lowering, lowering
from models.risk_model import RiskModel
from models.support import support_of
from models.trees import Trees
from tests.heads import a_card

COLUMNS = {c.name: c for s in SUBJECTS for c in FeatureSet().columns(s, FINDS)}
#: Columns of the head below, with the values they take: feasible ones, and some that are not.
DRAWN = {
    "documents_missing": (0, 2),
    "seal_count": (0, 4),
    "description_words": (1, 12),
    "minutes_late": (-100, 700),
    "linked_weight_residual_kg": (-300, 2500),
    "description_disagreement": (0, 1),
    "consignee_finds_365d": (0, 5),
    "hour": (0, 23),
    "gross_mass_kg": (100, 30_000),
}
NAMES = tuple(DRAWN)
WHOLE = [NAMES.index(n) for n in NAMES if n not in ("description_disagreement", "gross_mass_kg")]


def rows(n: int, seed: int) -> Floats:
    """Rows (n, 9) of all kinds, some values missing."""
    rng = np.random.default_rng(seed)
    low, high = np.array(list(DRAWN.values()), np.float64).T
    X = rng.uniform(low, high, (n, len(NAMES)))
    X[:, WHOLE] = np.round(X[:, WHOLE])
    X[rng.random(X.shape) < 0.05] = np.nan
    return X


@cache
def head() -> RiskModel:
    """A head whose hits follow every one of its columns."""
    X = rows(4000, seed=1)
    Z = np.nan_to_num((X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0))
    z = Z @ np.array([1, -1, -1, 1, 1, 1, 1, 1, 1]) - 2
    hits = np.random.default_rng(2).random(len(X)) < 1 / (1 + np.exp(-z))
    settings = {"objective": "binary", "num_leaves": 8, "num_threads": 1, "verbose": -1}
    data = lightgbm.Dataset(X, hits.astype(float), feature_name=list(NAMES))
    ends = np.nanpercentile(X, (10, 90), axis=0).T.tolist()
    card = a_card(
        columns=tuple(
            CardColumn.of(COLUMNS[name], usual_low=low, usual_high=high)
            for name, (low, high) in zip(NAMES, ends, strict=True)
        ),
        bands=(("low", 0.0), ("medium", 0.1), ("high", 0.3), ("very_high", 0.6)),
        support=support_of(X, names=NAMES),
    )
    booster = lightgbm.train(settings, data, 120).model_to_string()
    return RiskModel(card, Calibration((-6.0, 0.0, 6.0), (0.0025, 0.5, 0.9975)), Trees(booster))


def now(x: Floats) -> float:
    """The probability of a row as it is."""
    return float(head().probabilities(head().margins(x[np.newaxis]))[0])


def column(name: str) -> tuple[float, float]:
    """The usual range of a column of the head."""
    of = head().card.columns[NAMES.index(name)]
    assert of.usual_low is not None
    assert of.usual_high is not None
    return of.usual_low, of.usual_high


def level(probability: float) -> int:
    """The band of a probability, as a number that grows with it."""
    return BANDS.index(head().band(probability))


@cache
def all_found() -> list[tuple[Floats, list[Lowering]]]:
    """Rows, and what would have lowered them."""
    return [(x, lowering(head(), x)) for x in rows(80, seed=3)]


def test_something_is_found_and_at_most_three_changes_are_told() -> None:
    found = [len(changes) for _, changes in all_found()]

    assert max(found) == 3
    assert sum(found) > len(found)


def test_every_figure_is_the_heads_own_of_the_changed_row() -> None:
    for x, changes in all_found():
        for change in changes:
            changed = x.copy()
            changed[NAMES.index(change.column)] = change.instead
            (margin,) = head().margins(changed[np.newaxis])
            assert change.margin == margin
            assert change.probability == head().calibration.probability_of(margin)
            assert change.band == head().band(change.probability)
            assert head().support_problem(changed) is None


def test_every_change_lowers_the_probability() -> None:
    for x, changes in all_found():
        for change in changes:
            lower_band = level(change.probability) < level(now(x))
            assert lower_band or change.probability <= 0.95 * now(x)
            assert change.probability < now(x)


def test_only_feasible_columns_change_and_only_the_feasible_way() -> None:
    seen = set()
    for _, changes in all_found():
        for change in changes:
            seen.add(change.column)
            low, high = column(change.column)
            assert max(low, 0.0) <= change.instead <= high
            if change.value is not None:
                less = change.instead < change.value
                assert less == (FEASIBLE[change.column].way == "less")
    assert seen == set(NAMES) & FEASIBLE.keys()


def test_what_is_counted_changes_by_whole_things() -> None:
    counted = {"documents_missing", "seal_count", "description_words"}
    found = [c for _, changes in all_found() for c in changes if c.column in counted]

    assert found
    assert all(change.instead.is_integer() for change in found)


def test_a_lower_band_comes_before_a_lower_probability() -> None:
    for x, changes in all_found():
        reaches = [level(change.probability) < level(now(x)) for change in changes]
        assert reaches == sorted(reaches, reverse=True)


def test_no_smaller_change_of_a_counted_column_reaches_a_lower_band() -> None:
    met = 0
    for x, changes in all_found():
        for change in changes:
            if change.column != "seal_count" or change.value is None:
                continue
            if level(change.probability) == level(now(x)):
                continue
            for fewer in range(int(change.value) + 1, int(change.instead)):
                met += 1
                nearer = x.copy()
                nearer[NAMES.index("seal_count")] = fewer
                assert level(now(nearer)) == level(now(x)) or fewer < column("seal_count")[0]
    assert met > 0


def test_what_is_not_known_may_be_told() -> None:
    given = [c for _, changes in all_found() for c in changes if c.value is None]

    assert given
    assert all("Not known: " in change.sentence for change in given)


def test_nothing_is_told_where_nothing_feasible_is_left_to_change() -> None:
    x = rows(1, seed=5)[0]
    for name in set(NAMES) & FEASIBLE.keys():
        low, high = column(name)
        x[NAMES.index(name)] = max(low, 0.0) if FEASIBLE[name].way == "less" else high

    assert lowering(head(), x) == []


def test_a_row_the_head_would_not_answer_for_is_no_change() -> None:
    """A head whose training never saw a record without missing documents abstains on one."""
    seen = head().card.support.columns["documents_missing"].model_copy(update={"lowest": 1.0})
    columns = head().card.support.columns | {"documents_missing": seen}
    support = head().card.support.model_copy(update={"columns": columns})
    strict = replace(head(), card=head().card.model_copy(update={"support": support}))

    def instead(of: RiskModel) -> set[float]:
        found = [change for x in rows(80, seed=3) for change in lowering(of, x)]
        return {change.instead for change in found if change.column == "documents_missing"}

    assert 0.0 in instead(head())
    assert instead(strict) == {1.0}


def test_a_column_without_a_usual_range_is_left_alone() -> None:
    columns = tuple(
        c.model_copy(update={"usual_low": None, "usual_high": None}) for c in head().card.columns
    )
    bare = replace(head(), card=head().card.model_copy(update={"columns": columns}))

    assert all(lowering(bare, x) == [] for x in rows(20, seed=3))


@pytest.mark.parametrize("name", sorted(FEASIBLE))
def test_a_feasible_column_is_of_the_movement_and_of_no_partys_past(name: str) -> None:
    feasible = COLUMNS[name]

    assert not feasible.categorical
    # The record's own, or what was weighed of the movement's own declaration.
    assert all(isinstance(i, str) or i.key == "declaration" for i in feasible.inputs)
    assert not {"time", "traders", "goods", "value", "mass"} & {feasible.reason}


def test_a_change_reads_in_the_readers_language() -> None:
    x, english = next((x, found) for x, found in all_found() if found)
    spoken = lowering(head(), x, language=language("mk"))

    assert [(c.column, c.instead, c.margin) for c in spoken] == [
        (c.column, c.instead, c.margin) for c in english
    ]
    assert spoken[0].sentence.startswith("Наместо „")
    assert english[0].sentence.startswith("Instead of “")
