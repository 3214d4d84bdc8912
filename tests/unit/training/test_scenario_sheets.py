"""What is written can be read: cells, moments, items as JSON, and the dirt planted in lines."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.scenario.files.sheets import (
    Columns,
    Layout,
    columns_of,
    field,
    labels,
    moments,
    sent,
    whole,
    with_rows,
)
from training.scenario.profile import Dirt

LAYOUT = Layout(("number", "mass", "text"), {"mass": "about, say, 12", "number": ""})
TEXTS = st.text(st.sampled_from('ab,;" \r\nč'), max_size=6)


def dirt(*, duplicates: float = 0.3, malformed: float = 0.3) -> Dirt:
    return Dirt(duplicates=duplicates, malformed=malformed, amended=0.0, corrected=0.0)


def table(texts: list[str]) -> Columns:
    numbers = [f"N{i}" for i in range(len(texts))]
    return [numbers, ["1.5"] * len(texts), [field(text) for text in texts]]


def read(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


@given(st.lists(TEXTS, max_size=8))
def test_a_reader_finds_the_texts_that_were_written(texts: list[str]) -> None:
    made = sent(table(texts), LAYOUT, dirt(duplicates=0, malformed=0), np.random.default_rng(1))

    assert read(made.text) == [[f"N{i}", "1.5", text] for i, text in enumerate(texts)]


@given(st.lists(TEXTS, max_size=30), st.integers(0, 50))
def test_planted_numbers_are_those_of_the_lines(texts: list[str], seed: int) -> None:
    made = sent(table(texts), LAYOUT, dirt(), np.random.default_rng(seed))
    lines = read(made.text)
    good = [[f"N{i}", "1.5", text] for i, text in enumerate(texts)]

    assert len(lines) == made.planted.lines
    assert len([line for line in lines if line not in good]) == made.planted.malformed
    assert len(lines) - len(good) == made.planted.malformed + made.planted.duplicates


@given(st.integers(0, 200))
def test_a_broken_line_comes_right_before_its_good_sending(seed: int) -> None:
    made = sent(table(["x"] * 12), LAYOUT, dirt(duplicates=0), np.random.default_rng(seed))
    lines = read(made.text)
    broken = [i for i, line in enumerate(lines) if line[0] == "" or line[1] != "1.5"]

    assert len(broken) == made.planted.malformed
    assert [line[0] for i, line in enumerate(lines) if i not in broken] == table(["x"] * 12)[0]
    for i in broken:
        assert lines[i][0] in ("", lines[i + 1][0])
        assert i + 1 not in broken


def test_a_day_without_lines_adds_nothing() -> None:
    made = sent(columns_of([], 3), LAYOUT, dirt(), np.random.default_rng(1))

    assert made.text == b""
    assert made.planted.lines == 0


def test_rows_added_below_stand_after_the_others() -> None:
    assert with_rows(table(["x"]), [["N9", "2.0", "y"]]) == [
        ["N0", "N9"],
        ["1.5", "2.0"],
        ["x", "y"],
    ]


def test_nobody_has_an_empty_label() -> None:
    assert labels(["a", "b,c"])[[0, 1, -1]].tolist() == ["a", '"b,c"', ""]


@given(st.lists(st.integers(-5, 4_000_000_000), max_size=20))
def test_moments_are_written_as_their_calendar_says(seconds: list[int]) -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC)

    assert moments(np.array(seconds, dtype=np.int64)) == [
        f"{(first + timedelta(seconds=s)).replace(tzinfo=None).isoformat()}Z" if s >= 0 else ""
        for s in seconds
    ]


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)), max_size=20))
def test_values_are_written_without_decimals_and_not_at_all_where_there_are_none(
    values: list[float],
) -> None:
    assert whole(np.array(values)) == ["" if v != v else str(round(v)) for v in values]
