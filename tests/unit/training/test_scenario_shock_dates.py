"""Shocks are switched on by name and date, or not at all."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from features.errors import VardarError
from training.scenario.profile import Profile, load_profile
from training.scenario.shock_dates import shock_names, with_shocks


def five_days() -> Profile:
    return dataclasses.replace(load_profile("demo"), first_day=date(2026, 3, 3), days=5)


def test_a_shock_is_switched_on_at_its_date() -> None:
    made = with_shocks(five_days(), ["post_closes=2026-03-04"])
    assert made.shocks.post_closes == date(2026, 3, 4)
    assert dataclasses.replace(made, shocks=five_days().shocks) == five_days()
    assert "smuggling_falls" in shock_names()
    assert "smuggling_left" not in shock_names()


@pytest.mark.parametrize(
    ("switch", "message"),
    [
        pytest.param("flood=2026-03-04", "no shock 'flood'.*post_closes", id="unknown"),
        pytest.param("closed_post=2026-03-04", "no shock 'closed_post'", id="not a date's"),
        pytest.param("post_closes", "post_closes=YYYY-MM-DD", id="no date"),
        pytest.param("post_closes=4 March", "'4 March'", id="no such date"),
        pytest.param("post_closes=2026-03-08", "outside the period demo", id="a day late"),
        pytest.param("post_closes=2026-03-02", "outside the period demo", id="a day early"),
    ],
)
def test_a_shock_nobody_can_draw_is_refused(switch: str, message: str) -> None:
    with pytest.raises(VardarError, match=message):
        with_shocks(five_days(), [switch])
