"""Movements come one after the other; each shift's capacity is well spent, and chance has its part."""

import json
import math
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidPolicyError
from models.policy import Recommendation
from models.random_moments import DAY, HOUR, WEEK
from models.shifts import Capacities, ShiftBook
from tests.post_traffic import (
    MONDAY,
    SECRET,
    a_book,
    a_capacity,
    a_movement,
    recommended,
    traffic,
)

#: A busy post that has been seen for two weeks; what comes next is on a Monday.
LATER = MONDAY + 14 * DAY


def an_old_book() -> ShiftBook:
    book = a_book()
    book.restore(json.loads(_kept()))
    return book


@cache
def _kept() -> str:
    book = a_book()
    recommended(book, list(traffic({"MK-RS-01": 300}, days=14)))
    return json.dumps(book.to_json())


def after(**changes: Any) -> dict[str, Any]:
    """A movement after those that an old book has seen."""
    return a_movement(at=LATER + 8 * HOUR, identity="MK|new") | changes


HIGH = {"arms": 0.01, "smuggling": 0.9}
LOW = {"arms": 0.0001, "smuggling": 0.0001}


@pytest.mark.parametrize(
    ("changes", "action", "because"),
    [
        pytest.param({"probabilities": LOW}, "release", "model", id="an ordinary movement"),
        pytest.param({"probabilities": HIGH}, "inspect", "model", id="one risk is high"),
        pytest.param(
            {"probabilities": LOW, "mandatory": True}, "inspect", "rule", id="a mandatory rule"
        ),
        pytest.param(
            {"probabilities": LOW, "rule_points": {"arms": 90}},
            "inspect",
            "rule",
            id="more points than any lately",
        ),
        pytest.param(
            {"probabilities": {"arms": None, "smuggling": 0.0001}, "rule_points": {"arms": 90}},
            "inspect",
            "rule",
            id="rules stand in where the model abstains",
        ),
        pytest.param(
            {"probabilities": {"arms": 0.0001, "smuggling": 0.055}, "rule_points": {}},
            "check_documents",
            "model",
            id="worth a look at the documents",
        ),
        pytest.param(
            {"probabilities": {"arms": None, "smuggling": None}},
            "release",
            "rule",
            id="no model at all",
        ),
    ],
)
def test_a_movement_is_recommended_for(changes: dict[str, Any], action: str, because: str) -> None:
    given = an_old_book().recommend(**after(**changes))

    assert (given.action, given.because) == (action, because)
    assert given.propensity == (1.0 if action == "inspect" else given.random_probability)
    assert 0 < given.random_probability < 0.1


@pytest.mark.slow
def test_without_a_model_rules_have_its_part_of_the_capacity() -> None:
    rules_alone = {"arms": None, "smuggling": None}
    stream = list(traffic({"A": 300}, days=21, probabilities=rules_alone))
    with_quota, without = (
        recommended(a_book(a_capacity(rules_share=share)), stream) for share in (0.2, 0.0)
    )

    for given in (with_quota, without):
        because = Counter(r.because for r in given[2_000:] if r.action == "inspect")
        assert because["model"] == 0
        # 63 shifts less the first week's, each with some four inspections for rules.
        assert because["rule"] > 42 * 3


def test_rules_have_no_more_than_their_quota_where_the_model_answers() -> None:
    stream = list(traffic({"A": 300}, days=21, mandatory=False))

    given = recommended(a_book(a_capacity(rules_share=0.2)), stream)

    because = Counter(r.because for r in given if r.action == "inspect")
    assert 0.6 * 63 < because["rule"] <= 63 + 1
    assert because["model"] > 2.5 * 63


def test_rules_take_those_with_most_points() -> None:
    stream = list(traffic({"A": 300}, days=21))

    given = recommended(a_book(a_capacity(rules_share=0.2)), stream)

    points = [m["rule_points"]["arms"] for m in stream]
    taken = [p for p, r in zip(points, given, strict=True) if r.action == "inspect" and
             r.because == "rule" and r.propensity == 1]  # fmt: skip
    assert np.mean(taken) > np.mean([p for p in points if p]) + 2


@pytest.mark.slow
def test_a_share_of_the_capacity_is_each_risks_own() -> None:
    rng = np.random.default_rng(1)
    stream = [
        # Smuggling is a hundred times as likely; it must not take all.
        m | {"probabilities": {"arms": float(a), "smuggling": float(min(0.9, 100 * b))}}
        for m, (a, b) in zip(
            traffic({"A": 300}, days=21),
            0.001 * np.exp(rng.normal(size=(20_000, 2))),
            strict=False,
        )
    ]

    equal = recommended(a_book(), stream)
    mostly_arms = recommended(a_book(weights={"arms": 9.0, "smuggling": 1.0}), stream)

    def arms_share(given: list[Recommendation]) -> float:
        picked = [
            m["probabilities"]
            for m, r in zip(stream, given, strict=True)
            if r.action == "inspect" and r.because == "model"
        ]
        return float(np.mean([100 * p["arms"] > p["smuggling"] for p in picked]))

    assert 0.4 < arms_share(equal) < 0.6
    assert arms_share(mostly_arms) > 0.8


def test_equal_scores_share_what_capacity_there_is() -> None:
    steps = [0.3, 0.01]
    stream = [
        # Every fifth movement has the same high score: far more than can be inspected.
        m | {"probabilities": {"arms": steps[number % 5 > 0]}, "mandatory": False}
        for number, m in enumerate(traffic({"A": 300}, days=21))
    ]

    given = recommended(a_book(a_capacity(rules_share=0.0)), stream)

    selected = [r.propensity == 1 for r in given]
    high = [number % 5 == 0 for number in range(len(stream))]
    assert sum(selected) > 0.9 * 63 * 4.4
    # A score that all the others equal is taken only where a shift would else leave some over.
    assert sum(s for s, h in zip(selected, high, strict=True) if not h) < 0.05 * sum(selected)
    hour = [m["at"] // HOUR % 8 for m, s in zip(stream, selected, strict=True) if s]
    assert min(Counter(hour).values()) > 0.5 * 63 * 4.4 / 8


@pytest.mark.slow
def test_the_first_good_enough_movements_do_not_take_the_whole_shift() -> None:
    stream = list(traffic({"A": 400}, days=35, mandatory=False))

    given = recommended(a_book(a_capacity(inspections=8.0)), stream)

    hours = Counter(
        (m["at"] - 6 * HOUR) // HOUR % 8
        for m, r in zip(stream, given, strict=True)
        if r.propensity == 1 and m["at"] > MONDAY + 7 * DAY
    )
    each = 28 * 3 * 7.15 / 8
    # The last hour may take what would else be left over.
    assert all(0.7 * each < hours[hour] < 1.7 * each for hour in range(8))


@pytest.mark.slow
def test_capacity_is_not_left_over_where_traffic_suffices() -> None:
    stream = list(traffic({"A": 200}, days=42, mandatory=False))

    given = recommended(a_book(), stream)

    # 5 a shift; 0.5 are chance's and a twenty-first is the week's moment's.
    shifts = Counter(
        (m["at"] - 6 * HOUR) // (8 * HOUR)
        for m, r in zip(stream, given, strict=True)
        if r.propensity == 1 and m["at"] > MONDAY + 7 * DAY
    )
    assert np.mean(list(shifts.values())) == pytest.approx(5 * 0.9 - 1 / 21, rel=0.03)
    assert np.mean([r.action == "check_documents" for r in given]) == pytest.approx(0.15, rel=0.1)


@pytest.mark.slow
def test_a_capacity_below_one_a_shift_is_saved_up() -> None:
    stream = list(traffic({"A": 50}, days=112, mandatory=False))

    given = recommended(a_book(a_capacity(inspections=0.4)), stream)

    selected = sum(r.propensity == 1 for r in given)
    assert selected == pytest.approx(112 * 3 * (0.4 * 0.9 - 1 / 21), rel=0.1)


@pytest.mark.slow
def test_mandatory_rules_take_from_the_model_and_not_from_chance() -> None:
    plain = list(traffic({"A": 300}, days=21, mandatory=False))
    ruled = [m | {"mandatory": number % 40 == 0} for number, m in enumerate(plain)]

    before, given = recommended(a_book(), plain), recommended(a_book(), ruled)

    assert all(r.action == "inspect" for m, r in zip(ruled, given, strict=True) if m["mandatory"])
    budget = 63 * (4.5 - 1 / 21)
    assert sum(r.propensity == 1 for r in before) <= budget + 1
    assert sum(r.propensity == 1 for r in given) < 1.1 * budget
    assert sum(r.random_probability for r in given) >= sum(r.random_probability for r in before)


def test_where_mandatory_rules_overrun_the_capacity_chance_keeps_its_share() -> None:
    stream = [m | {"mandatory": number % 10 == 0}
              for number, m in enumerate(traffic({"A": 300}, days=21))]  # fmt: skip

    given = recommended(a_book(), stream)

    inspected = sum(1 - (1 - r.random_probability) * (r.propensity < 1) for r in given)
    # What the last shift owes is still to come.
    assert sum(r.random_probability for r in given) >= 0.1 * inspected - 2


def test_the_probability_of_a_draw_is_chances_share_of_capacity_over_expected_traffic() -> None:
    book = an_old_book()
    book.recommend(**after(identity="before"))

    # Right after another movement nothing of the week's moment is left to it.
    given = book.recommend(**after(identity="this", probabilities=LOW))

    # A Monday from 6 to 14: 300 * 0.84 movements a day, some 28 % of them in that shift.
    assert given.random_probability == pytest.approx(0.1 * 5 / (300 * 0.84 * 0.28), rel=0.3)
    assert given.propensity == given.random_probability


def test_after_a_pause_a_movement_is_more_likely_to_meet_the_random_moment() -> None:
    book = an_old_book()
    book.recommend(**after(identity="before"))

    soon = book.recommend(**after(identity="soon"))
    late = book.recommend(**after(identity="late", at=LATER + 20 * HOUR))
    then = book.recommend(**after(identity="then", at=LATER + 20 * HOUR))

    # 12 hours of a window that closes late on Sunday, beside the draw.
    drawn = then.random_probability
    assert (late.random_probability - drawn) / (1 - drawn) == pytest.approx(12 / 166, abs=0.002)
    assert soon.random_probability < 0.02


def test_a_young_post_is_judged_by_all_posts() -> None:
    book = an_old_book()
    new = {"post": "MK-BG-01", "at": LATER + 9 * HOUR}

    high = book.recommend(**after(**new, identity="high", probabilities=HIGH))
    low = book.recommend(**after(**new, identity="low", probabilities=LOW))

    assert (high.action, high.because) == ("inspect", "model")
    assert low.propensity < 1


def test_the_very_first_movements_are_not_all_inspected() -> None:
    stream = list(traffic({"A": 300}, days=1, mandatory=False))

    given = recommended(a_book(), stream)

    first = [r for m, r in zip(stream, given, strict=True) if m["at"] < MONDAY + 6 * HOUR]
    assert len(first) > 15
    assert sum(r.propensity == 1 for r in first) <= 5
    assert sum(r.propensity == 1 for r in given) <= 4 * 5


def test_amending_does_not_draw_again_and_never_lowers_scrutiny() -> None:
    stream = list(traffic({"A": 300}, days=3))
    book = a_book()
    first = recommended(book, stream)

    again = [
        book.recommend(**m | {"at": MONDAY + 3 * DAY + 7 * HOUR, "probabilities": LOW})
        for m in stream
    ]

    assert [r.action for r in again] == [r.action for r in first]
    assert [r.because for r in again] == [r.because for r in first]
    assert [r.random_probability for r in again] == [r.random_probability for r in first]
    # No amended version counts as traffic, or moves what scores are compared with.
    assert book.to_json()["posts"]["A"]["numbers"]["seen"] == 0
    assert len(book.to_json()["everywhere"]) == min(2_000, len(stream))


def test_an_amendment_that_raises_the_risk_is_inspected_for_sure() -> None:
    book = an_old_book()
    first = book.recommend(**after(probabilities=LOW))

    amended = book.recommend(**after(probabilities=HIGH, at=LATER + 9 * HOUR))
    once_more = book.recommend(**after(probabilities=LOW, at=LATER + 10 * HOUR))

    assert first.action == "release"
    assert (amended.action, amended.because, amended.propensity) == ("inspect", "model", 1.0)
    assert amended.random_probability == first.random_probability
    assert once_more == amended


def test_an_amendment_takes_the_same_capacity_whatever_chance_had_drawn() -> None:
    named = Recommendation("inspect", "random", 0.01, 0.01)
    released = Recommendation("release", "model", 0.01, 0.01)
    left = []
    for before in (named, released):
        book = an_old_book()

        given = book.recommend(**after(probabilities=HIGH), earlier=before)

        assert (given.action, given.propensity) == ("inspect", 1.0)
        left.append(book.to_json()["posts"]["MK-RS-01"]["numbers"])

    assert left[0] == left[1]


def test_what_the_book_has_forgotten_may_be_handed_in() -> None:
    released = Recommendation("check_documents", "rule", 0.25, 0.25)

    given = an_old_book().recommend(**after(probabilities=LOW), earlier=released)

    assert given == released


def test_a_movement_before_the_last_one_is_refused() -> None:
    book = an_old_book()
    book.recommend(**after())

    with pytest.raises(InvalidPolicyError, match="order of u"):
        book.recommend(**after(identity="older", at=LATER + 8 * HOUR - 1))


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidPolicyError, match="32 bytes"):
        a_book(secret=b"short")
    with pytest.raises(InvalidPolicyError, match="weight"):
        a_book(weights={"arms": 0.0})
    with pytest.raises(InvalidPolicyError, match="smuggling"):
        a_book(weights={"arms": 1.0}).recommend(**a_movement())
    with pytest.raises(InvalidPolicyError, match="format"):
        a_book().restore({"format": 2})


@pytest.mark.slow
def test_each_post_has_its_own_capacity_and_shifts() -> None:
    capacities = Capacities(a_capacity(), {"B": a_capacity(inspections=1.0, shifts_begin=(7, 19))})
    stream = list(traffic({"A": 150, "B": 150}, days=28, mandatory=False))

    given = recommended(a_book(capacities), stream)

    selected = Counter(m["post"] for m, r in zip(stream, given, strict=True) if r.propensity == 1)
    assert selected["A"] == pytest.approx(28 * 3 * (4.5 - 1 / 21), rel=0.1)
    assert selected["B"] == pytest.approx(28 * 2 * (0.9 - 1 / 14), rel=0.1)


def test_the_state_says_nothing_of_what_chance_will_do() -> None:
    stream = list(traffic({"A": 300, "B": 20}, days=10))
    mine, others = a_book(), a_book(secret=SECRET[::-1])

    recommended(mine, stream)
    recommended(others, stream)

    def without_the_past(book: ShiftBook) -> dict[str, Any]:
        return {name: kept for name, kept in book.to_json().items() if name != "earlier"}

    assert without_the_past(mine) == without_the_past(others)
    assert SECRET.decode() not in json.dumps(mine.to_json())


def test_a_post_that_was_closed_for_a_year_opens_again() -> None:
    book = an_old_book()

    given = book.recommend(**after(at=LATER + 52 * WEEK))

    assert math.isfinite(given.propensity)
    assert given.random_probability > 0
