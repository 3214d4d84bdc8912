"""The watch of a season: quiet while finds are as expected, and what follows once they fall."""

from __future__ import annotations

import re
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from models.errors import HeadRefusedError
from models.risk_model import RiskModel
from tests import movements as season
from tests.watched_seasons import (
    BEGINS,
    FALLS_ON,
    SINCE,
    UNTIL,
    a_head,
    calm,
    fallen,
    movements,
)
from training.errors import NothingToWatch
from training.params import WatchParams
from training.watching.alarm_states import Acknowledgement
from training.watching.finds import Inspected
from training.watching.job import Watch, figures, watch_all
from training.watching.metrics import metrics_text
from training.watching.page import page
from training.watching.scored import DAY


def watched(
    outcomes: pd.DataFrame, *acknowledgements: Acknowledgement, until: int = UNTIL
) -> Watch:
    return watch_all(
        [a_head()],
        {"crossing": movements()},
        outcomes,
        features=season.FEATURES,
        params=WatchParams(),
        since=SINCE,
        until=until,
        silent={"crossing-arms": "12 hits were known; a model needs 20 <at least>."},
        acknowledgements=acknowledgements,
    )


def test_while_finds_are_as_expected_all_is_quiet() -> None:
    made = watched(calm())

    assert [of.state for of in made.finds] == ["quiet"]
    assert made.proposal is None


def test_a_fall_raises_the_alarm_and_asks_for_chance_and_for_retraining() -> None:
    made = watched(fallen())

    assert made.finds[0].state == "raised"
    first = made.finds[0].alarms[0]
    assert first.direction == "fall"
    assert FALLS_ON < first.day < FALLS_ON + timedelta(days=30)
    assert made.proposal is not None
    assert made.proposal.retrain == ("crossing-smuggling",)
    # Everything was inspected by chance in this season: more than the bounds allow to ask for.
    assert (made.proposal.now, made.proposal.random_share) == (1.0, 0.3)


def test_what_somebody_has_seen_to_asks_for_nothing_more_on_its_own() -> None:
    seen_to = Acknowledgement(
        risk="smuggling", heads=watched(fallen()).finds[0].heads, up_to=BEGINS + timedelta(days=400),
        by="j.doe", note="The route moved",
    )  # fmt: skip

    made = watched(fallen(), seen_to)
    of_other_heads = watched(fallen(), seen_to.model_copy(update={"heads": ("another 1",)}))

    assert made.finds[0].state == "acknowledged"
    assert of_other_heads.finds[0].state == "raised"


def test_nothing_is_known_that_became_known_later() -> None:
    before = (20_000 + 120) * DAY
    early = watched(fallen(), until=before)
    later = watched(fallen()[fallen()["u"] < before], until=before)

    assert figures(early) == figures(later)
    assert early.heads[0].whole.delays.rows == later.heads[0].whole.delays.rows
    assert early.heads[0].watched[1] == BEGINS + timedelta(days=119)


def test_the_random_slice_is_compared_month_by_month_and_told_as_insufficient_below_ten_hits() -> (
    None
):
    outcomes = calm().copy()
    outcomes.loc[np.arange(len(outcomes)) % 40 > 0, "selection_reason"] = "rule"

    months = watched(outcomes).heads[0].months

    for month in months[:-1]:
        assert month.sufficient == (month.random_hits >= 10)
        assert np.isfinite(month.calibration.low) == month.sufficient
    assert sum(month.movements for month in months[:-1]) == months[-1].movements
    assert sum(month.random_hits for month in months[:-1]) == months[-1].random_hits
    assert not months[0].sufficient


def test_metrics_can_be_parsed_and_their_labels_are_few() -> None:
    made = watched(fallen())

    text = metrics_text(made, at=1.5, top_columns=3).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}

    states = {s.labels["state"]: s.value for s in families["vardar_watch_alarm"].samples}
    assert states == {"quiet": 0.0, "raised": 1.0, "acknowledged": 0.0}
    assert families["vardar_watch_retraining_asked"].samples[0].value == 1.0
    assert families["vardar_watch_until_seconds"].samples[0].value == 1.5
    assert len(families["vardar_watch_column_stability_index"].samples) == 3
    labels = {name for of in families.values() for s in of.samples for name in s.labels}
    assert labels == {"head", "risk", "state", "known", "column"}


def test_the_page_asks_nobody_for_anything_and_escapes_what_it_is_told() -> None:
    html = page(watched(fallen()), top_columns=3, threshold=730, known_share=0.9)

    assert not re.search(r"https?:|//|<script|url\(|@import|<link|<img|src=", html)
    assert "&lt;b&gt;&amp;" in html
    assert "&lt;at least&gt;" in html
    assert "<b>" not in html
    assert html.count("<svg") == html.count("<title>") - 1
    assert "prefers-color-scheme: dark" in html


def test_a_head_of_other_features_is_refused() -> None:
    head = a_head()
    other = RiskModel(
        card=head.card.model_copy(update={"spec_sha256": "0" * 64}),
        calibration=head.calibration,
        scorer=head.scorer,
    )

    with pytest.raises(HeadRefusedError, match="train it anew"):
        watch_all(
            [other], {"crossing": movements()}, calm(), features=season.FEATURES,
            params=WatchParams(), since=SINCE, until=UNTIL,
        )  # fmt: skip


def test_where_nothing_lies_beyond_the_training_it_says_what_to_do() -> None:
    with pytest.raises(NothingToWatch, match="import what has happened since"):
        watch_all(
            [a_head()], {"crossing": movements()}, calm(), features=season.FEATURES,
            params=WatchParams(), since=None, until=20_000 * DAY,
        )  # fmt: skip


def test_what_is_inspected_has_an_expectation_of_its_own() -> None:
    inspected: Inspected = watched(calm()).heads[0].inspected

    assert len(inspected.days) == len(inspected.expected) == len(inspected.hit)
    assert (inspected.known >= inspected.days).all()
    assert inspected.expected.sum() == pytest.approx(inspected.hit.sum(), rel=0.15)
