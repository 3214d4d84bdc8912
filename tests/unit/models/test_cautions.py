"""Why a score may be wrong: each doubt has its cause, and without a cause there is none."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from features.spec import Floats
from models.card import Card
from models.cautions import FEW_FINDS, Caution, cautions
from models.languages import all_languages, language
from tests.deployments import a_real_head

CARD = a_real_head("consignment", "arms").card
#: The last day the card learnt from is the end of 2025.
DAY = date(2026, 1, 20)


def a_row(**values: float) -> Floats:
    """A row that nothing is odd about, but for the values given."""
    x = np.array([_middle(name) for name in CARD.column_names])
    for name, value in {"natural_person_trader": 0, "days_observed": 365, **values}.items():
        x[CARD.column_names.index(name)] = value
    return x


def _middle(name: str) -> float:
    seen = CARD.support.columns[name]
    if seen.codes:
        return float(seen.codes[0])
    if seen.lowest is None or seen.highest is None:
        return 50.0
    return min(max(50.0, seen.lowest), seen.highest)


def told(x: Floats, *, card: Card = CARD, **changes: Any) -> list[Caution]:
    given: dict[str, Any] = {"quality_flags": [], "on": DAY, "rehearsal": False} | changes
    return cautions(card, x, **given)


def codes(found: list[Caution]) -> list[str]:
    return [caution.code for caution in found]


def learnt(**changes: Any) -> Card:
    return CARD.model_copy(update=changes)


def test_nothing_odd_is_no_reason_for_doubt() -> None:
    assert told(a_row()) == []


@pytest.mark.parametrize(("seen", "thin"), [(0, True), (4, True), (5, False), (np.nan, False)])
def test_a_party_seen_less_than_five_times_a_year_has_a_thin_past(seen: float, thin: bool) -> None:
    found = told(a_row(consignee_declarations_365d=seen))

    assert ("thin_history" in codes(found)) == thin


def test_all_thin_parties_are_named() -> None:
    (found,) = told(a_row(consignee_declarations_365d=1, vehicle_declarations_365d=0))

    assert found.sentence == (
        "Seen fewer than 5 times in a year, so little is known of their past: consignee, vehicle."
    )


def test_short_records_are_a_reason() -> None:
    (found,) = told(a_row(days_observed=12))

    assert found == Caution(
        "short_records",
        "Records reach back 12 days only: what looks rare or new may be neither.",
    )


def test_of_a_natural_person_no_past_is_kept() -> None:
    assert codes(told(a_row(natural_person_trader=1))) == ["natural_person"]


def test_doubts_about_the_record_are_spelt_out() -> None:
    (found,) = told(a_row(), quality_flags=["net_mass_zero", "mrn_shape", "of_another_version"])

    assert found.sentence == (
        "The record is doubtful: the net mass is zero; the MRN is not written as such numbers "
        "are; of_another_version."
    )


def test_many_gaps_are_counted() -> None:
    x = a_row()
    x[:30] = np.nan

    (found,) = told(x)

    assert found.code == "much_missing"
    assert f"Of {len(x)} things" in found.sentence
    assert "30 are not known" in found.sentence


def test_few_gaps_are_ordinary() -> None:
    x = a_row()
    x[:4] = np.nan

    assert told(x) == []


def test_a_value_beyond_all_that_was_seen_is_told() -> None:
    highest = CARD.support.columns["gross_mass_kg"].highest
    assert highest is not None

    assert told(a_row(gross_mass_kg=highest)) == []
    (found,) = told(a_row(gross_mass_kg=highest * 1.01))

    assert found.code == "outside_training"
    assert "Gross mass" in found.sentence


def test_a_category_nobody_had_is_told() -> None:
    (found,) = told(a_row(chapter=12345))

    assert found.sentence == (
        "No movement the model learnt from was like this: Goods of HS chapter 12345."
    )


@pytest.mark.parametrize(
    ("finds", "said"),
    [
        (1, "The model learnt from 1 find only: its probabilities are rough."),
        (FEW_FINDS - 1, "The model learnt from 99 finds only: its probabilities are rough."),
        (FEW_FINDS, None),
    ],
)
def test_a_head_of_few_finds_is_rough(finds: int, said: str | None) -> None:
    found = told(a_row(), card=learnt(trained_hits=finds))

    assert [c.sentence for c in found] == ([said] if said else [])


def test_an_old_head_knows_nothing_of_what_changed() -> None:
    (found,) = told(a_row(), on=date(2026, 7, 15))

    assert found.code == "old_model"
    assert "up to 31 December 2025;" in found.sentence


def test_a_rehearsal_is_told() -> None:
    assert codes(told(a_row(), rehearsal=True)) == ["rehearsal"]


def test_every_doubt_is_told_in_every_language() -> None:
    x = a_row(consignee_declarations_365d=1, days_observed=12, natural_person_trader=1)
    x[:20] = np.nan
    x[CARD.column_names.index("chapter")] = 12345
    given: dict[str, Any] = dict(
        card=learnt(trained_hits=3), quality_flags=["net_mass_zero"], on=date(2027, 1, 1),
        rehearsal=True,
    )  # fmt: skip

    english = told(x, **given)

    assert len(english) == 9
    for spoken in all_languages()[1:]:
        said = told(x, **given, language=spoken)
        assert codes(said) == codes(english)
        assert not {c.sentence for c in said} & {c.sentence for c in english}


def test_a_doubt_reads_in_albanian() -> None:
    (found,) = told(a_row(), card=learnt(trained_hits=21), language=language("sq"))

    assert found.sentence == (
        "Modeli mësoi vetëm nga 21 gjetje: probabilitetet e tij janë të përafërta."
    )
