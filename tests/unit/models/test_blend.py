"""Trees and a regression added up are one scorer: exact, whole, and refused when they do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from models.blend import Blend
from models.calibration import Calibration
from models.errors import HeadRefusedError
from models.heads import load_head, save_head
from models.linear import Linear, LinearColumn
from models.risk_model import RiskModel
from models.trees import Trees
from tests.heads import NAMES, a_calibration, a_card, booster_text, rows


def a_blend(trees_weight: float = 0.6, linear_weight: float = 0.3) -> Blend:
    columns = tuple(
        LinearColumn(name=name, coefficient=0.1 * (j + 1), mean=float(j), missing_coefficient=0.2)
        for j, name in enumerate(NAMES)
    )
    return Blend(
        Trees(booster_text()), Linear(intercept=-3.0, columns=columns), trees_weight, linear_weight
    )


def test_margins_are_the_weighted_sum_of_both() -> None:
    made, X = a_blend(), rows()[:50]

    expected = 0.6 * made.trees.margins(X) + 0.3 * made.linear.margins(X)

    assert made.margins(X).tolist() == expected.tolist()


def test_contributions_sum_to_the_margin() -> None:
    made, X = a_blend(), rows()[:200]

    total = made.contributions(X).sum(axis=1)

    assert np.abs(total - made.margins(X)).max() < 1e-9


def test_one_row_alone_has_the_same_margin_as_among_others() -> None:
    made, X = a_blend(), rows()[:40]

    alone = [float(made.margins(X[j : j + 1])[0]) for j in range(len(X))]

    assert alone == made.margins(X).tolist()


def test_a_saved_head_says_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    head = RiskModel(a_card(kind="blend"), a_calibration(), a_blend())
    manifest = save_head(head, tmp_path)

    loaded = load_head(tmp_path, manifest_sha256=manifest)

    assert isinstance(loaded.scorer, Blend)
    assert loaded.scorer.to_bytes() == head.scorer.to_bytes()
    assert loaded.margins(rows()[:30]).tolist() == head.margins(rows()[:30]).tolist()


def test_a_head_that_becomes_a_blend_leaves_no_booster_behind(tmp_path: Path) -> None:
    save_head(RiskModel(a_card(), a_calibration(), Trees(booster_text())), tmp_path)
    save_head(RiskModel(a_card(kind="blend"), a_calibration(), a_blend()), tmp_path)

    assert sorted(path.name for path in tmp_path.glob("b*")) == ["blend.json"]
    load_head(tmp_path, manifest_sha256=None)


def test_parts_that_read_different_columns_are_refused() -> None:
    made = a_blend()
    fewer = made.linear.model_copy(update={"columns": made.linear.columns[:-1]})

    with pytest.raises(HeadRefusedError, match="different columns"):
        replace(made, linear=fewer)


@pytest.mark.parametrize(
    ("field", "value"),
    [("trees_weight", 0.0), ("linear_weight", -1.0), ("format", 2), ("booster", 5), ("more", 1)],
)
def test_a_file_that_holds_something_else_is_refused_by_its_field(
    field: str, value: object
) -> None:
    content = orjson.loads(a_blend().to_bytes()) | {field: value}

    with pytest.raises(HeadRefusedError, match=field):
        Blend.from_bytes(orjson.dumps(content))


def test_a_card_of_another_kind_is_refused() -> None:
    with pytest.raises(HeadRefusedError, match="blend"):
        RiskModel(a_card(), Calibration((-4.0, 4.0), (0.1, 0.9)), a_blend())
