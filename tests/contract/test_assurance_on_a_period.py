"""Promises are measured on a made-up period as it comes: drawn, imported, learnt from, and judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.movements import params
from training.assurance.abstention import ORDINARY, out_of_support_share, silences
from training.assurance.calibration_by_truth import judged
from training.assurance.calibration_table import lines_of
from training.assurance.faithfulness import faithful
from training.assurance.period_heads import Learnt, learnt_period
from training.params import Params
from training.scenario.profile import load_profile

pytestmark = pytest.mark.slow

DEMO = load_profile("demo")
#: Six weeks in which far more is carried than anywhere, so that few movements make a head.
PROFILE = replace(DEMO, days=42, movements=5000, rate_multiplier=600)


@pytest.fixture(scope="module")
def asked() -> Params:
    columns = {"arms": "carries_arms", "smuggling": "carries_people"}
    return params(
        subjects=["consignment", "crossing"],
        targets={"arms": ["arms"], "smuggling": ["persons_concealed"]},
        split={"valid_days": 7, "test_days": 10, "embargo_days": 1},
        fit={"minimum_hits": 5, "most_levels": 50},
        evaluate={
            "truth": {
                "path": "set-by-the-period.parquet",
                "capacity": 0.03,
                "risk": {"arms": "true_risk_arms", "smuggling": "true_risk_smuggling"},
                "carried": columns,
            }
        },
    )


@pytest.fixture(scope="module")
def learnt(asked: Params, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    work = tmp_path_factory.mktemp("periods")
    made = learnt_period(PROFILE, 101, work, params=asked, progress=lambda _: None)
    again = learnt_period(PROFILE, 101, work, params=asked, progress=lambda _: None)
    assert {n: h.head.manifest_sha256 for n, h in made.heads.items()} == {
        n: h.head.manifest_sha256 for n, h in again.heads.items()
    }
    return made


def test_heads_score_what_is_ordinary_and_keep_silent_about_most_of_what_is_not(
    learnt: Learnt, asked: Params
) -> None:
    for name, made in learnt.heads.items():
        found = list(
            silences(
                made.head,
                learnt.movements[made.head.card.subject],
                learnt.outcomes,
                features=learnt.features,
                params=asked,
                seed=1,
            )
        )

        ordinary, *families = found
        assert ordinary.family == ORDINARY
        # A few weeks show less of what is ordinary than a year and a half.
        assert ordinary.share.value < 0.05, name
        assert out_of_support_share(families).value > 0.85, name


def test_what_heads_say_is_compared_with_the_risk_movements_were_drawn_by(
    learnt: Learnt, asked: Params
) -> None:
    found = [judged(learnt, n, params=asked, outcomes=PROFILE.outcomes) for n in learnt.heads]

    for of in found:
        assert 0 < of.risk.mean() < 1
        # Controls miss a third to two thirds of what is there.
        assert 0.33 < of.finding.mean() / of.risk.mean() < 0.67
        assert len(of.probability) == len(of.risk) == len(of.finding) == len(of.band)
    assert {line.head for line in lines_of(found)} == set(learnt.heads)


def test_every_reason_given_is_true_of_its_record(learnt: Learnt, asked: Params) -> None:
    for name in learnt.heads:
        found = faithful(learnt, name, movements=60, params=asked, seed=1)

        assert found.untrue == ()
        assert found.widest_gap < 1e-9
        assert found.compared > 0
