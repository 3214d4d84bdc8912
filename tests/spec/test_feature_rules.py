"""What the finished columns say, and what the catalogue refuses."""

from __future__ import annotations

import numpy as np
import pytest

from features import finish
from features.banned import BannedFeature
from features.measures import FINDS, MEASURES, measures_of
from features.record_columns import hour, weekday
from features.registry import SUBJECTS, FeatureSet, category_code
from features.spec import MISSING, Feature, Floats


def test_a_party_never_inspected_has_the_populations_share() -> None:
    share = finish.smoothed_find_share(_at(0), _at(1000), _at(0), _at(50))

    assert share == pytest.approx(51 / 1050)


def test_a_partys_own_record_outweighs_the_population_after_many_inspections() -> None:
    share = finish.smoothed_find_share(_at(1000), _at(1000), _at(500), _at(10))

    assert share == pytest.approx(0.5, abs=0.01)


def test_a_value_at_its_peers_mean_scores_zero_and_needs_peers() -> None:
    at_mean = finish.peer_z_score(_at(2048), _at(4), _at(4 * 2048), _at(4 * 2048**2))
    with np.errstate(invalid="ignore"):
        without = finish.peer_z_score(_at(2048), _at(0), _at(0), _at(0))

    assert at_mean == 0
    assert np.isnan(without)


def test_what_is_not_known_stays_not_known() -> None:
    made = finish.as_floats(np.array([7, MISSING], np.int64))

    assert made[0] == 7
    assert np.isnan(made[1])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_column_can_be_finished_from_its_integers(subject: str) -> None:
    features = FeatureSet(("depot",), (("speed", "numeric"), ("form", "categorical")))
    columns = features.columns(subject, ("arms",))
    integers = {n: np.array([3, MISSING], np.int64) for n in features.integer_names[subject]}

    made = finish.finished(columns, integers)

    assert made.shape == (2, len(columns))
    assert len({c.name for c in columns}) == len(columns)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_knows_the_past_is_not_of_the_records_family(subject: str) -> None:
    past = [
        column
        for column in FeatureSet(("depot",)).columns(subject, ("arms",))
        if any(isinstance(part, Feature) or part.startswith("convoy_") for part in column.inputs)
    ]

    assert len(past) > 30
    assert [column.name for column in past if column.family == "record"] == []


@pytest.mark.parametrize("name", ["driver_nationality", "пол", "plate_country", "shtetësia"])
def test_an_attribute_of_a_person_never_becomes_a_feature(name: str) -> None:
    features = FeatureSet((), ((name, "categorical"),))

    with pytest.raises(BannedFeature, match="protected"):
        features.columns("consignment", ("arms",))


def test_an_extra_key_gets_history_features_without_code() -> None:
    names = {c.name for c in FeatureSet(("depot",)).columns("consignment", ("arms",))}

    assert {"extra_depot_declarations_30d", "extra_depot_find_share_365d"} <= names


def test_other_features_have_another_hash() -> None:
    assert FeatureSet().sha256 != FeatureSet(("depot",)).sha256
    assert FeatureSet().sha256 == FeatureSet().sha256


def test_a_categorys_code_is_the_same_everywhere_and_fits_a_float() -> None:
    assert category_code("A") == 0x559AEAD0 >> 1  # SHA-256("A") begins 559aead0
    assert 0 <= (category_code("anything") or 0) < 2**31


def test_ten_to_the_nine_events_of_the_largest_measure_fit_int64() -> None:
    body = {
        "items": [{"commodity_code": "930200", "statistical_value_minor": 10**18}],
        "gross_mass_kg": 1e12,
        "package_count": 1,
    }
    measures = measures_of("consignment", body)

    assert set(measures) <= set(MEASURES)
    assert all(abs(value) * 10**9 < 2**63 for value in measures.values())


@pytest.mark.parametrize("result", FINDS)
def test_a_find_is_an_inspection_and_not_a_clean_one(result: str) -> None:
    assert measures_of("inspection", {"result": result}) == {"inspected": 1, f"found_{result}": 1}


def _at(value: float) -> Floats:
    return np.array([float(value)])


def test_the_hour_of_an_event_is_utc_whatever_zone_it_was_sent_in() -> None:
    body = {"event_at": "2026-03-02T01:30:00+02:00"}

    assert (hour(body), weekday(body)) == (23, 6)


def test_a_text_where_a_number_was_declared_is_not_known() -> None:
    features = FeatureSet((), (("speed", "numeric"),))
    body = {"items": [{"commodity_code": "843149"}], "event_at": "2026-03-02T01:30:00Z"}

    row = features.row_integers("consignment", body | {"extension": {"speed": "fast"}})

    assert row[-1] == MISSING
