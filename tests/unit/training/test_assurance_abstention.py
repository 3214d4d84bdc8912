"""Heads keep silent about what they never learnt from: how that is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.finish import finished
from features.spec import MISSING, Integers
from tests.movements import FEATURES, crossings, outcomes, params
from training.assurance.abstention import (
    ORDINARY,
    Silence,
    abstention_figures,
    abstention_tables,
    out_of_support_share,
    pooled,
    silences,
)
from training.assurance.out_of_support import Ordinary, families_of
from training.heads import TrainedHead, train_head
from training.labels import Flags

COLUMNS = FEATURES.columns("consignment", ("arms",))
NAMES = sorted({name for column in COLUMNS for name in column.input_names})
N = 400


def declarations(seed: int, **changes: Integers) -> dict[str, Integers]:
    """Integers of declarations by road and by post, of shoes and phones."""
    rng = np.random.default_rng(seed)
    made = {name: rng.integers(0, 2, N) for name in NAMES}
    post = rng.random(N) < 0.3
    made["mode_of_transport"] = np.where(post, 5, 3)
    made["procedure"] = np.where(rng.random(N) < 0.1, 53, 40)
    made["chapter"] = np.where(rng.random(N) < 0.5, 64, 85)
    made["heading"] = made["chapter"] * 100 + 4
    made["gross_mass_g"] = np.where(post, 2_000, 2_000_000) + rng.integers(0, 500, N)
    made["net_mass_g"] = made["gross_mass_g"] - 100
    made["value_minor"] = np.where(post, 5_000, 3_000_000) + rng.integers(0, 900, N)
    made["package_count"] = np.where(post, 1, rng.integers(10, 90, N))
    made["transit_minutes"] = np.where(rng.random(N) < 0.3, MISSING, 1_900)
    return made | changes


def ordinary(**changes: Integers) -> Ordinary:
    return Ordinary(later=declarations(2), past=declarations(1) | changes, columns=COLUMNS)


def changed(name: str, of: Ordinary | None = None) -> tuple[Ordinary, dict[str, Integers], Flags]:
    given = of or ordinary()
    (family,) = [f for f in families_of("consignment") if f.name == name]
    made = family.change(given, np.random.default_rng(1))
    return given, {**given.later, **made.integers}, made.moved


def test_a_category_never_seen_is_one_the_past_lacks() -> None:
    of, now, moved = changed("new_mode")

    assert np.all(moved)
    assert not set(now["mode_of_transport"]) & set(of.past["mode_of_transport"])


def test_where_the_past_has_every_category_nothing_is_moved() -> None:
    everything = np.resize(np.arange(1, 10), N)

    _, _, moved = changed("new_mode", ordinary(mode_of_transport=everything))

    assert not np.any(moved)


def test_a_new_chapter_takes_its_headings_along() -> None:
    _, now, _ = changed("new_chapter")

    assert np.array_equal(now["heading"] // 100, now["chapter"])


def test_whoever_names_nobody_has_no_past() -> None:
    _, now, _ = changed("nobody_named")
    names = [column.name for column in COLUMNS]

    X = finished(COLUMNS, now)

    assert np.isnan(X[:, names.index("consignee_declarations_365d")]).all()
    assert not np.isnan(X[:, names.index("gross_mass_kg")]).any()


def test_what_is_not_known_is_not_moved() -> None:
    of, now, moved = changed("seconds", replace(ordinary(), later=declarations(2) | {
        name: np.full(N, MISSING) for name in ("minutes_late", "minutes_lodged_before")
    }))  # fmt: skip

    gone = of.later["transit_minutes"] == MISSING
    assert np.array_equal(now["transit_minutes"] == MISSING, gone)
    assert np.array_equal(moved, ~gone)
    assert set(now["transit_minutes"][~gone]) == {1_900 * 60}


def test_logarithms_follow_the_value_they_are_of() -> None:
    of, now, _ = changed("other_currency")

    risen = (now["log_unit_value"] / 1024) - np.log2(of.later["value_minor"] / of.later["gross_mass_g"])  # fmt: skip
    assert np.allclose(risen, np.log2(117), atol=0.002)


def test_numbers_are_exchanged_between_post_and_freight_alone() -> None:
    of, now, moved = changed("other_mode")
    post = of.later["mode_of_transport"] == 5

    assert np.array_equal(now["mode_of_transport"], of.later["mode_of_transport"])
    assert (now["gross_mass_g"][moved & post] >= 2_000_000).all()
    assert (now["gross_mass_g"][moved & ~post] < 3_000).all()


def test_shuffled_columns_keep_their_values_and_lose_their_company() -> None:
    of, now, _ = changed("shuffled")

    assert np.array_equal(np.sort(now["gross_mass_g"]), np.sort(of.later["gross_mass_g"]))
    assert not np.array_equal(now["gross_mass_g"], of.later["gross_mass_g"])
    assert not np.array_equal(
        np.argsort(now["gross_mass_g"], kind="stable"), np.argsort(now["net_mass_g"], kind="stable")
    )


@pytest.fixture(scope="module")
def head() -> TrainedHead:
    movements = crossings()
    made = train_head(
        movements, outcomes(movements), features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return made


def found(head: TrainedHead, seed: int = 1) -> list[Silence]:
    movements = crossings()
    told = silences(
        head.head, movements, outcomes(movements), features=FEATURES, params=params(), seed=seed
    )
    return list(told)


def test_ordinary_movements_are_those_of_the_test_days(head: TrainedHead) -> None:
    first, *families = found(head)

    assert (first.family, first.head) == (ORDINARY, "crossing-smuggling")
    assert 500 < first.movements < 700  # 20 days of 100
    assert first.abstained == 0
    assert [of.family for of in families] == [f.name for f in families_of("crossing")]


def test_a_head_keeps_silent_about_what_is_far_outside_and_says_what(head: TrainedHead) -> None:
    by_family = {of.family: of for of in found(head)}

    assert by_family["huge_weight"].share.value == 1
    assert by_family["huge_weight"].because[0] in ("Weighbridge kg", "Declared load kg")
    assert by_family["nobody_named"].share.value == 1
    assert by_family["noise"].share.value == 1
    # Made crossings of every class are alike, so that those of others are no surprise.
    assert by_family["other_class"].share.value < 0.1
    assert by_family["new_class"].movements == 0


def test_the_same_seed_makes_the_same_movements(head: TrainedHead) -> None:
    assert found(head) == found(head)


def silence(family: str, abstained: int, *, of: int = 100, head: str = "a") -> Silence:
    return Silence(head, family, family, of, abstained, ("Mass",) if abstained else ())


def test_families_count_alike_however_many_they_move() -> None:
    told = [silence(ORDINARY, 1), silence("x", 10, of=10), silence("y", 500, of=1000)]

    share = out_of_support_share(told)

    assert share.value == 0.75
    assert share.low < 0.75 < share.high


def test_periods_are_added_up_before_shares_are_taken() -> None:
    (both,) = pooled([silence("x", 10, of=10), silence("x", 0, of=90)])

    assert (both.abstained, both.movements, both.share.value) == (10, 100, 0.1)


def test_the_worst_head_and_the_family_least_passed_by_are_the_figures() -> None:
    figures = abstention_figures([
        silence(ORDINARY, 0), silence("x", 100),
        silence(ORDINARY, 2, head="b"), silence("x", 80, head="b"), silence("y", 100, head="b"),
        silence("none", 0, of=0, head="b"),
    ])  # fmt: skip

    assert figures["ordinary"] == 0.02
    assert figures["out_of_support"] == 0.9
    assert figures["lowest_family"] == 0.8
    assert figures["b_y"] == 1
    assert "b_none" not in figures


def test_the_table_has_a_line_a_family_and_the_mean() -> None:
    (table,) = abstention_tables([silence(ORDINARY, 0), silence("x", 100), silence("y", 0, of=0)])

    assert table.row_count == 4
    assert list(table.columns[2].cells) == ["0.00%", "100.00%", "none", "100.00%"]
