"""Charts and numbers of a case page say what they are made of."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from math import fsum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.languages import ENGLISH, language
from serving.review.amounts import country, money
from serving.review.month_chart import Month, month_chart
from serving.review.post_time import both_times
from serving.review.similar import PastCase, share
from serving.review.strip import strip
from serving.review.waterfall import waterfall
from tests.deployments import a_home, deployed, submitted

_REASONS = st.lists(
    st.floats(-3, 3, allow_subnormal=False).filter(bool), min_size=0, max_size=30
).map(lambda sizes: sorted(sizes, key=abs, reverse=True))


def explained(sizes: list[float], base: float) -> dict[str, object]:
    reasons = [{"sentence": f"S{n}", "contribution": size} for n, size in enumerate(sizes)]
    return {"margin": fsum([base, *sizes]), "base_margin": base, "reasons": reasons}


@given(sizes=_REASONS, base=st.floats(-8, 2))
def test_bars_sum_to_the_margin_and_each_begins_where_the_last_ends(
    sizes: list[float], base: float
) -> None:
    made = waterfall(explained(sizes, base), ENGLISH)

    assert made is not None
    assert fsum([made.base, *(bar.contribution for bar in made.bars)]) == pytest.approx(
        made.margin, abs=1e-9
    )
    starts = [bar.start for bar in made.bars]
    assert starts == [made.base, *(bar.end for bar in made.bars[:-1])]
    assert made.bars[-1].label == "Everything else"
    for bar in made.bars:
        x, width = map(float, re.findall(r'(?:x|width)="([\d.]+)"', str(bar.drawn)))
        assert x >= -1e-9
        assert x + width <= 100.61


def test_bars_of_a_real_score_sum_to_the_margin_it_was_answered_with(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path))
    score = submitted(here, "consignment").score  # type: ignore[union-attr]
    told = here.explainer.explanation(score)["risks"]

    assert told.keys() == {"arms", "smuggling"}
    for risk, of_risk in told.items():
        made = waterfall(of_risk, ENGLISH)
        assert made is not None
        margin = score.answer["basis"]["margins"][risk]
        assert abs(fsum([made.base, *(b.contribution for b in made.bars)]) - margin) < 1e-9


def test_a_score_that_was_not_given_has_no_bars() -> None:
    assert waterfall(explained([1.0], 0.0) | {"margin": None}, ENGLISH) is None
    assert waterfall({}, ENGLISH) is None


@given(value=st.floats(-1e9, 1e9), low=st.floats(-1e9, 1e9), size=st.floats(0, 1e9))
def test_a_strip_keeps_order_and_stays_inside(value: float, low: float, size: float) -> None:
    high = low + size
    made = str(strip(value, usual_low=low, usual_high=high, said="Usual.", spoken=ENGLISH))

    start, width = map(float, re.findall(r'usual" x="([\d.]+)" y="3" width="([\d.]+)"', made)[0])
    mark = float(re.findall(r'mark" x="(-?[\d.]+)"', made)[0]) + 0.8
    assert start >= 0
    assert start + width <= 100
    assert 5 <= mark <= 95
    if value > high:
        assert mark >= start + width - 1.3
    if value < low:
        assert mark <= start + 0.1
    if low <= value <= high:
        assert start - 0.1 <= mark <= start + width + 0.1


def test_what_is_not_a_number_has_no_strip() -> None:
    for value, low in ((None, 1.0), (1.0, None)):
        assert strip(value, usual_low=low, usual_high=2.0, said="", spoken=ENGLISH) is None


def test_a_strip_of_numbers_far_apart_is_logarithmic() -> None:
    made = str(strip(100.0, usual_low=1.0, usual_high=10_000.0, said="", spoken=ENGLISH))
    mark = float(re.findall(r'mark" x="([\d.]+)"', made)[0]) + 0.8

    assert 45 < mark < 55


def test_a_chart_draws_months_without_anything_as_nothing() -> None:
    months = [Month(date(2026, 1, 1), 0, 0, 0), Month(date(2026, 2, 1), 40, 3, 120)]
    drawn = str(month_chart("Con<signee", months, ENGLISH))

    assert drawn.count('class="volume"') == 2
    assert 'height="0' in drawn
    assert drawn.count('class="clean"') == drawn.count('class="find"') == 1
    assert "Con&lt;signee: 40 declarations and crossings in 2 months, 3 clean" in drawn
    assert "120 finds</title>" in drawn


def a_past_case(result: str, propensity: float | None) -> PastCase:
    return PastCase(1, 1, "crossing", "s", "1", {}, result, "visual", propensity, 0)


def test_a_share_is_weighed_by_how_likely_each_was_chosen() -> None:
    suspected = [a_past_case("arms", 1.0)] * 10
    by_chance = [a_past_case("nothing_found", 0.1)] * 90

    found = share([*suspected, *by_chance], ("arms",))

    assert found is not None
    assert (found.hits, found.of) == (10, 100)
    # 10 of 910, not 10 of 100.
    assert found.low < 10 / 910 < found.high < 0.06


def test_a_share_of_none_begins_at_none_and_knows_no_more_than_its_number() -> None:
    few, many = (share([a_past_case("nothing_found", 0.5)] * n, ("arms",)) for n in (10, 1000))

    assert few is not None
    assert many is not None
    assert few.low == many.low == 0.0
    assert 0.25 < few.high < 0.35
    assert 0.003 < many.high < 0.005


def test_whatever_nobody_can_know_the_chance_of_does_not_measure() -> None:
    tips = [a_past_case("arms", None)] * 5

    assert share(tips, ("arms",)) is None
    assert share([*tips, a_past_case("nothing_found", 1.0)], ("arms",)).hits == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        pytest.param(4_812_500, "EUR", "48,125.00 EUR", id="two digits"),
        pytest.param(4_812_500, "ALL", "48,125.00 ALL", id="two by ISO, though written with none"),
        pytest.param(4_812_500, "JPY", "4,812,500 JPY", id="none"),
        pytest.param(4_812_500, "KWD", "4,812.500 KWD", id="three"),
        pytest.param(5, None, "5 minor units, currency not known", id="no currency"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor: int, currency: str | None, said: str) -> None:
    assert money(minor, currency, ENGLISH) == said


def test_a_country_is_named_in_the_readers_language() -> None:
    assert country("XK", ENGLISH) == "Kosovo (XK)"
    assert country("MK", language("sq")) == "Maqedonia e Veriut (MK)"
    assert country("ZZ", ENGLISH) != ""


def test_a_time_is_told_by_the_posts_clock_and_by_utc() -> None:
    evening = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)

    assert both_times(evening, country="MK", spoken=ENGLISH) == (
        "2 Jul 2026, 00:30 local time (1 Jul 2026, 22:30 UTC)"
    )
    assert both_times(evening, country="TR", spoken=ENGLISH).startswith("2 Jul 2026, 01:30 local")
    assert both_times(evening, country="JP", spoken=ENGLISH) == "1 Jul 2026, 22:30 UTC"
