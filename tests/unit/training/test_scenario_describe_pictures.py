"""Pictures and words of the page about a period say what the numbers say."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scenario.describe import words as describe_words
from training.scenario.describe.figures import Share, auc, one_in, ticks
from training.scenario.describe.labels import Box, Circle, Labels, beside
from training.scenario.describe.map import Place, crossing_places, draw_map
from training.scenario.describe.truth import found_at
from training.scenario.files.truth import STRATA
from training.scenario.office.control import LEVELS, REASONS, RESULTS
from training.scenario.typologies import CODES


@pytest.mark.parametrize("width", [720, 360])
def test_the_area_of_a_circle_is_the_volume(width: float) -> None:
    volumes = {"BG-TR-01": 9_000, "MK-RS-01": 4_500, "GR-P2": 90, "RO-P1": 1}
    svg = draw_map(crossing_places(volumes), {}, width=width, named=4)
    circles = re.findall(r'r="([\d.]+)"><title>[^<]*: ([\d,]+) movements', svg)
    sizes = {int(volume.replace(",", "")): float(radius) ** 2 for radius, volume in circles}
    assert sizes.keys() == {0, 1, 90, 4_500, 9_000}
    for volume, size in sizes.items():
        assert size == pytest.approx(sizes[9_000] * volume / 9_000, rel=0.01, abs=1e-3)


def test_places_lie_as_on_a_map() -> None:
    places = [Place(i, i, "road", lat, lon, 1) for i, lat, lon in
              (("here", 42.0, 21.0), ("north", 43.0, 21.0), ("east", 42.0, 22.0))]  # fmt: skip
    svg = draw_map(places, {}, width=500, named=0)
    found = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+"><title>(\w+):', svg)
    at = {name: (float(x), float(y)) for x, y, name in found}
    assert at["north"][0] == at["here"][0]
    assert at["east"][1] == at["here"][1]
    up, right = at["here"][1] - at["north"][1], at["east"][0] - at["here"][0]
    assert right / up == pytest.approx(math.cos(math.radians(42.5)), abs=1e-3)


circles = st.lists(
    st.builds(Circle, st.floats(0, 300), st.floats(0, 200), st.floats(0, 25)), max_size=12
)


@given(circles)
def test_no_name_covers_another_or_leaves_the_map(drawn: list[Circle]) -> None:
    frame, kept = Box(0, 0, 300, 200), Box(0, 150, 80, 200)
    labels = Labels(frame, kept_free=[kept], avoided=[c.box() for c in drawn])
    for circle in drawn:
        rivals = [other for other in drawn if other is not circle]
        if not labels.written("Tabanovce", beside(circle), look="name", rivals=rivals):
            labels.led("Tabanovce", circle, look="name")
    boxes = labels.taken
    assert boxes[0] == kept
    for i, box in enumerate(boxes[1:]):
        assert box.within(frame)
        assert not any(box.shared(other) for other in boxes[: i + 1])


@given(st.lists(st.integers(0, 6), min_size=1), st.lists(st.integers(0, 6), min_size=1))
def test_the_area_under_the_curve_counts_pairs_won_and_half_of_those_tied(
    carrying: list[int], others: list[int]
) -> None:
    won = [(c > o) + (c == o) / 2 for c in carrying for o in others]
    area = auc(np.array(carrying, dtype=float), np.array(others, dtype=float))
    assert area == pytest.approx(sum(won) / len(won))


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_in_its_interval_and_both_between_nothing_and_all(
    hits: int, rest: int
) -> None:
    share = Share(hits, hits + rest)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.of:
        assert low - 1e-12 <= share.value <= high + 1e-12


def test_the_interval_is_wilsons() -> None:
    low, high = Share(15, 100).interval
    assert (round(low, 4), round(high, 4)) == (0.0931, 0.2328)


@given(st.floats(1e-6, 1e9))
def test_an_axis_is_round_and_holds_its_data_with_little_to_spare(top: float) -> None:
    steps = ticks(top)
    assert steps[0] == 0
    assert steps[-1] >= top * (1 - 1e-9)
    assert steps[-2] < top
    assert len(steps) <= 6
    assert f"{steps[1]:e}"[0] in "125"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.5, "50.0 %"), (0.01, "1.0 %"), (0.004, "1 in 250"), (0.0, "none"), (math.nan, "–")],
)
def test_shares_below_one_per_cent_are_told_as_one_in_so_many(share: float, words: str) -> None:
    assert one_in(share) == words


def test_inspecting_from_the_riskiest_down_finds_most_first() -> None:
    every, carrying = np.array([80, 15, 5]), np.array([1, 3, 4])
    found = found_at(every, carrying, np.array([0.0, 0.05, 0.2, 1.0]))
    assert found.tolist() == [0.0, 0.5, 0.875, 1.0]
    assert np.isnan(found_at(every, np.zeros(3, dtype=int), np.array([0.1]))).all()


def test_everything_that_is_drawn_has_a_word() -> None:
    assert tuple(describe_words.STRATUM) == STRATA
    assert ["", *describe_words.TYPOLOGY] == list(CODES)
    assert tuple(describe_words.REASON) == REASONS
    assert tuple(describe_words.LEVEL) == LEVELS
    assert tuple(describe_words.RESULT) == RESULTS
    for code in ("01", "61", "84", "86", "97"):
        assert describe_words.chapter(code).startswith(code)
        assert len(describe_words.chapter(code)) <= 46
