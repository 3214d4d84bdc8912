"""A movement that comes alone is told what it is told among others, to the bit."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import finish_of_one
from features.finish import Finisher
from features.finish_of_one import FinishNotPlainError, FinishOfOne
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from features.spec import MISSING, Column, Floats
from models.class_support import reach
from models.rules import Rule, applying, concerning, evaluate
from models.support import SupportCheck, support_of
from tests.heads import CHAPTER, NAMES, a_card, rows

FEATURES = FeatureSet(("warehouse",), (("office_note", "categorical"), ("office_mark", "numeric")))
#: Nothing, little, the bounds of what is summed, and what is not known.
BOUNDS = (0, 1, 3, 40, 2**20, 2**62)
SPECIAL = st.sampled_from([0.0, -0.0, 1.0, -2.5, 1e-320, 1e308, inf, -inf, nan])


def columns(subject: str) -> tuple[Column, ...]:
    """Every column there is, for risks of one result and of all."""
    every = (*FEATURES.columns(subject, ("arms",)), *FEATURES.columns(subject, FINDS))
    return tuple(dict.fromkeys(every))


FINISHERS = {
    subject: (
        Finisher(columns(subject)),
        FinishOfOne(columns(subject), Finisher(columns(subject)).names),
    )
    for subject in SUBJECTS
}


def bits(row: Floats) -> bytes:
    """The row's bits; one way of not being known is as good as another."""
    return np.where(np.isnan(row), np.nan, row).tobytes()


@settings(max_examples=300)
@given(st.sampled_from(SUBJECTS), st.integers(0, 2**32 - 1), st.sampled_from(BOUNDS))
def test_one_row_is_finished_as_a_row_of_many(subject: str, seed: int, bound: int) -> None:
    many, one = FINISHERS[subject]
    rng = np.random.default_rng(seed)
    drawn = rng.integers(-bound // 3, bound, len(many.names), endpoint=True)
    drawn[rng.random(len(drawn)) < 0.2] = 0
    drawn[rng.random(len(drawn)) < 0.2] = MISSING

    alone = np.array(one.row(drawn.tolist()))

    assert bits(alone) == bits(many.matrix_of(np.column_stack((drawn, drawn)))[0])


@given(SPECIAL | st.floats(), SPECIAL | st.floats())
def test_plain_words_say_what_numpys_say(a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        said = [np.divide(a, b), np.maximum(a, b) + 1.0, np.sqrt(a)]
    numbers = finish_of_one._Numbers

    plain = [finish_of_one._quotient(a, b), numbers.maximum(a, b) + 1.0, numbers.sqrt(a)]

    assert bits(np.array(plain)) == bits(np.array(said))


def rounded_up(value: Floats) -> Floats:
    """A finish that uses a word nobody exchanged."""
    return np.ceil(value)


def test_a_finish_in_words_that_are_not_known_is_refused() -> None:
    column = Column("c", "{value}", "", "r", ("package_count",), rounded_up)

    with pytest.raises(FinishNotPlainError, match=r"rounded_up uses np\.ceil"):
        FinishOfOne([column], ["package_count"])


CONDITION = st.builds(
    lambda column, claim: {"column": column} | claim,
    st.sampled_from(("kg", "age")),
    st.one_of(
        *(
            st.fixed_dictionaries({word: st.integers(-2, 2)})
            for word in ("at_least", "at_most", "equals")
        ),
        st.fixed_dictionaries({"missing": st.booleans()}),
    ),
)
RULE = st.fixed_dictionaries({
    "subject": st.sampled_from(SUBJECTS),
    "risk": st.sampled_from(("arms", "smuggling")),
    "sentence": st.just("S."),
    "all": st.lists(CONDITION, min_size=1, max_size=3),
    "points": st.integers(1, 9),
    "mandatory": st.booleans(),
    "enabled": st.booleans(),
})  # fmt: skip
SMALL = st.integers(-3, 3).map(float) | st.just(nan)


@given(st.lists(RULE, max_size=5), st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=4))
def test_rules_that_apply_to_one_are_those_that_apply_among_many(
    drawn: list[dict[str, Any]], movements: list[tuple[float, float]]
) -> None:
    rules = [Rule.model_validate({"code": f"R{i}", **rule}) for i, rule in enumerate(drawn)]
    kg, age = np.array(movements).T
    many = evaluate(rules, "crossing", "arms", {"kg": kg, "age": age})

    for i, (one_kg, one_age) in enumerate(movements):
        said = applying(concerning(rules, "crossing", "arms"), {"kg": one_kg, "age": one_age})

        assert [rule.code for rule in said] == [code for code, hit in many.hits.items() if hit[i]]
        assert sum(rule.points for rule in said) == many.points[i]
        assert any(rule.mandatory for rule in said) == many.mandatory[i]


def seen() -> Floats:
    """Rows of three categories with numbers of their own, and a gap that only two of them know."""
    X = np.array(rows())
    of = np.arange(len(X)) % 3
    X[:, CHAPTER] = of
    X[:, 0] = np.clip(X[:, 0], 100, 10_000) / np.array([1, 10, 100])[of]
    X[of == 0, 1] = np.nan
    X[of == 1, 1] = np.nan_to_num(X[of == 1, 1]) + 1
    return X


SEEN = seen()
CARD = a_card(
    support=support_of(
        SEEN, names=NAMES, categorical={"chapter"}, key_columns=NAMES[2:4], unbounded=NAMES[2:4]
    )
)


def near(j: int) -> list[float]:
    """Values of a column at, just within and just beyond every end that is watched."""
    name, support = NAMES[j], CARD.support
    ends = {support.columns[name].lowest, support.columns[name].highest, 1.0}
    ends |= {end for of in support.classes for end in of.ranges.get(name, ())}
    known = {e for end in ends if end is not None for e in (end, *reach(end, end))}
    beside = {float(np.nextafter(e, to)) for e in known for to in (-inf, inf)}
    return sorted(known | beside)


CHANGE = st.sampled_from([(j, value) for j in range(len(NAMES)) for value in near(j)])


@settings(max_examples=500)
@given(
    st.integers(0, 99),
    st.sets(st.integers(0, len(NAMES) - 1), max_size=3),
    st.lists(CHANGE, max_size=2),
)
def test_what_is_odd_of_one_is_odd_of_it_among_many(
    place: int, gaps: set[int], changes: list[tuple[int, float]]
) -> None:
    check = SupportCheck(CARD)
    X = SEEN[[place]]
    X[0, list(gaps)] = nan
    for j, value in changes:
        X[0, j] = value
    # What was found ordinary once is looked at in another way from then on.
    for ordinary in SEEN[100:160]:
        check.problems(ordinary[np.newaxis])

    among_many, _ = check.problems(np.concatenate((X, X)))

    assert check.problems(X) == check.problems(X) == [among_many]
