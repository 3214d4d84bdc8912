"""Knots that are no calibration are refused; what is written reads back."""

from math import nan
from pathlib import Path

import numpy as np
import pytest

from models.calibration import Calibration
from models.errors import InvalidCalibrationError
from tests.heads import a_calibration


@pytest.mark.parametrize(
    ("margins", "probabilities"),
    [
        pytest.param((0.0, 1.0), (0.5, 0.4), id="falling probabilities"),
        pytest.param((1.0, 1.0), (0.1, 0.2), id="margins that stand still"),
        pytest.param((0.0, nan), (0.1, 0.2), id="a margin that is no number"),
        pytest.param((0.0, 1.0), (0.1, nan), id="a probability that is no number"),
        pytest.param((0.0, 1.0), (0.1, 1.1), id="a probability above one"),
        pytest.param((0.0, 1.0), (0.1,), id="one probability short"),
        pytest.param((0.0,), (0.1,), id="a single knot"),
    ],
)
def test_knots_that_are_no_calibration_are_refused(
    margins: tuple[float, ...], probabilities: tuple[float, ...]
) -> None:
    with pytest.raises(InvalidCalibrationError):
        Calibration(margins, probabilities)


def test_a_margin_beyond_the_knots_takes_the_nearest_knot() -> None:
    assert a_calibration().probability(np.array([-99.0, 99.0])).tolist() == [0.001, 0.9]


def test_half_way_between_two_knots_lies_half_way_between_their_probabilities() -> None:
    assert Calibration((0.0, 2.0), (0.2, 0.4)).probability_of(1.0) == pytest.approx(0.3)


def test_just_below_a_knot_rounding_does_not_lift_a_probability_above_it() -> None:
    """The straight line alone would give 0.8500000000000001 here."""
    just_below = np.nextafter(3.2, 0)

    calibration = Calibration((-8.0, 3.2), (0.34, 0.85))

    assert calibration.probability_of(just_below) <= 0.85
    assert calibration.probability(np.array([just_below]))[0] <= 0.85


def test_a_calibration_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    a_calibration().save(tmp_path / "calibration.json")

    assert Calibration.load(tmp_path / "calibration.json") == a_calibration()


def test_a_file_that_falls_is_refused_by_its_field() -> None:
    content = b'{"format": 1, "knots_margin": [0.0, 1.0], "knots_probability": "half"}'

    with pytest.raises(InvalidCalibrationError, match="knots_probability"):
        Calibration.from_json(content)


def test_knots_from_numpy_are_written_like_any_other() -> None:
    plain = Calibration((0.1, 1.0), (0.2, 0.7))

    fitted = Calibration(tuple(np.array([0.1, 1.0])), tuple(np.array([0.2, 0.7])))

    assert fitted.to_json() == plain.to_json()
