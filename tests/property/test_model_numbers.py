"""Laws of margins, probabilities and contributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration import Calibration
from models.reasons import reasons
from models.risk_model import RiskModel
from tests.heads import a_head, a_logistic_head, rows

HEADS = [
    pytest.param(a_head(), id="boosted trees"),
    pytest.param(a_logistic_head(), id="logistic"),
]


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    margins = sorted(draw(st.sets(st.floats(-20, 20), min_size=2, max_size=12)))
    probabilities = sorted(
        draw(st.lists(st.floats(0, 1), min_size=len(margins), max_size=len(margins)))
    )
    return Calibration(tuple(margins), tuple(probabilities))


@given(calibrations(), st.lists(st.floats(-25, 25), min_size=1, max_size=30))
def test_a_higher_margin_never_has_a_lower_probability(
    calibration: Calibration, margins: list[float]
) -> None:
    near_knots = [np.nextafter(m, side) for m in calibration.knots_margin for side in (-99, 99)]
    ordered = np.sort([*margins, *calibration.knots_margin, *near_knots])

    probabilities = calibration.probability(ordered)

    assert (np.diff(probabilities) >= 0).all()
    assert probabilities.min() >= calibration.knots_probability[0]
    assert probabilities.max() <= calibration.knots_probability[-1]


@given(calibrations(), st.lists(st.floats(), min_size=1, max_size=30))
def test_a_margin_has_the_same_probability_alone_as_in_an_array(
    calibration: Calibration, margins: list[float]
) -> None:
    together = calibration.probability(np.array(margins))
    alone = np.array([calibration.probability_of(margin) for margin in margins])

    assert together.tobytes() == alone.tobytes() or np.array_equal(together, alone, equal_nan=True)


@given(calibrations(), st.lists(st.floats(-25, 25), min_size=1, max_size=30))
def test_between_knots_it_is_the_straight_line(
    calibration: Calibration, margins: list[float]
) -> None:
    expected = np.interp(margins, calibration.knots_margin, calibration.knots_probability)

    np.testing.assert_allclose(
        calibration.probability(np.array(margins)), expected, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("model", HEADS)
@given(places=st.lists(st.integers(0, 1999), min_size=1, max_size=40))
def test_a_row_has_the_same_margin_alone_as_in_a_batch(model: RiskModel, places: list[int]) -> None:
    X = rows()[places]

    alone = np.concatenate([model.margins(X[i : i + 1]) for i in range(len(X))])

    assert model.margins(X).tobytes() == alone.tobytes()
    assert model.margins(np.asfortranarray(X)).tobytes() == alone.tobytes()


@pytest.mark.parametrize("model", HEADS)
@given(place=st.integers(0, 1999))
def test_reasons_account_for_the_whole_margin(model: RiskModel, place: int) -> None:
    X = rows()[place : place + 1]
    contributions = model.contributions(X)[0]

    found = reasons(model.card, X[0], contributions, limit=None)

    margin = sum(reason.contribution for reason in found) + contributions[-1]
    assert margin == pytest.approx(model.margins(X)[0], abs=1e-8)
    assert sum(reason.share for reason in found) == pytest.approx(1, abs=1e-8)
    assert [r.share for r in found] == pytest.approx(sorted((r.share for r in found), reverse=True))
    assert len({reason.code for reason in found}) == len(found)
