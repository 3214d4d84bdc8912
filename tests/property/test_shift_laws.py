"""Laws of recommendations made one after the other, whatever comes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.policy import Recommendation
from models.random_moments import DAY, HOUR
from models.shifts import ShiftBook, ShiftCapacity
from tests.post_traffic import MONDAY, SECRET, a_book, a_movement, recommended

POSTS = ("A", "B")
SCORES = st.sampled_from([None, 0.0, 0.1, 0.1, 0.2, 0.9])


@st.composite
def capacities(draw: st.DrawFn) -> ShiftCapacity:
    return ShiftCapacity(
        inspections=draw(st.sampled_from([0.1, 1.0, 2.5, 6.0])),
        document_checks=draw(st.sampled_from([0.0, 2.0])),
        random_share=draw(st.sampled_from([0.1, 0.3])),
        rules_share=draw(st.sampled_from([0.0, 0.2, 0.7])),
        carried=draw(st.sampled_from([0.0, 1.0])),
    )


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "probabilities": {"arms": draw(SCORES), "smuggling": draw(SCORES)},
        "rule_points": {"arms": draw(st.sampled_from([0, 0, 3, 10]))},
        "mandatory": draw(st.integers(0, 9)) == 0,
    }


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Movements at two posts, some in one moment, some days apart, some amended."""
    at = MONDAY + draw(st.integers(0, 7)) * DAY
    stream: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([0, 1, HOUR // 7, 5 * HOUR, 3 * DAY]))
        amended = number > 3 and draw(st.integers(0, 5)) == 0
        identity = str(draw(st.integers(0, number - 1)) if amended else number)
        first = next((m for m in stream if m["identity"] == identity), None)
        post = first["post"] if first else draw(st.sampled_from(POSTS))
        stream.append(
            a_movement(at=at, post=post, identity=identity) | draw(contents())
        )  # fmt: skip
    return stream


@given(capacity=capacities(), stream=streams(), data=st.data())
def test_the_same_secret_and_movements_give_the_same_recommendations_also_after_a_restart(
    capacity: ShiftCapacity, stream: list[dict[str, Any]], data: st.DataObject
) -> None:
    pause = data.draw(st.integers(0, len(stream)))
    whole = recommended(a_book(capacity), stream)

    before = a_book(capacity)
    first = recommended(before, stream[:pause])
    after = a_book(capacity)
    after.restore(json.loads(json.dumps(before.to_json())))

    assert first + recommended(after, stream[pause:]) == whole


@given(capacity=capacities(), stream=streams(), other=st.binary(min_size=32, max_size=32))
def test_another_secret_changes_nothing_but_whom_chance_names(
    capacity: ShiftCapacity, stream: list[dict[str, Any]], other: bytes
) -> None:
    mine = recommended(a_book(capacity), stream)
    others = recommended(a_book(capacity, secret=other), stream)

    for one, two in zip(mine, others, strict=True):
        assert one.propensity == two.propensity
        assert one.random_probability == two.random_probability
        if "random" not in (one.because, two.because):
            assert one == two


@given(capacity=capacities(), stream=streams(), instead=contents())
def test_the_probability_of_chance_is_known_before_the_movement_comes(
    capacity: ShiftCapacity, stream: list[dict[str, Any]], instead: dict[str, Any]
) -> None:
    other = [*stream[:-1], stream[-1] | instead]

    mine, others = (recommended(a_book(capacity), one) for one in (stream, other))

    assert mine[-1].random_probability == others[-1].random_probability
    assert (mine[-1].because == "random") == (others[-1].because == "random")


@given(capacity=capacities(), stream=streams())
def test_a_propensity_is_one_or_chances_own_and_chance_can_name_anybody(
    capacity: ShiftCapacity, stream: list[dict[str, Any]]
) -> None:
    first: dict[str, Recommendation] = {}
    for movement, told in zip(stream, recommended(a_book(capacity), stream), strict=True):
        assert 0 < told.random_probability <= 1
        assert told.propensity in (1.0, told.random_probability)
        if told.action == "inspect" and told.because != "random":
            assert told.propensity == 1
        if movement["mandatory"]:
            assert (told.action, told.propensity) == ("inspect", 1.0)
        if (before := first.get(movement["identity"])) is not None:
            assert told.random_probability == before.random_probability
            assert told.propensity >= before.propensity
            assert before.action != "inspect" or told.action == "inspect"
            if before.because == "random":
                assert replace(told, propensity=before.propensity) == before
        first[movement["identity"]] = told


@given(capacity=capacities(), stream=streams())
def test_model_and_rules_keep_the_capacity_of_every_shift(
    capacity: ShiftCapacity, stream: list[dict[str, Any]]
) -> None:
    stream = [movement | {"mandatory": False} for movement in stream]
    budget = capacity.inspections * (1 - capacity.random_share)
    selected: dict[tuple[str, int], set[str]] = {}
    sure: set[str] = set()
    for movement, told in zip(stream, recommended(a_book(capacity), stream), strict=True):
        shift = (movement["post"], (movement["at"] - 6 * HOUR) // (8 * HOUR))
        if told.propensity == 1 and told.random_probability < 1:
            if movement["identity"] not in sure:
                selected.setdefault(shift, set()).add(movement["identity"])
            sure.add(movement["identity"])

    assert all(len(inspected) < budget + capacity.carried + 1 for inspected in selected.values())


def test_what_is_told_of_a_state_survives_json_to_the_bit() -> None:
    book = ShiftBook(ShiftCapacity(2.0), secret=SECRET)
    recommended(book, [a_movement(at=MONDAY + i * HOUR // 3, identity=str(i)) for i in range(200)])

    kept = json.dumps(book.to_json())
    again = ShiftBook(ShiftCapacity(2.0), secret=SECRET)
    again.restore(json.loads(kept))

    assert json.dumps(again.to_json()) == kept
