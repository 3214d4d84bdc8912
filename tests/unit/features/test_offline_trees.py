"""What the offline trees may be made of, so that every engine gives the same bits."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

import features
from features.ledger.export import event_schema
from features.parts import Part, Source, plan_of
from features.registry import SUBJECTS, FeatureSet

pytestmark = pytest.mark.slow

_FEATURES = FeatureSet(extra_keys=("drop_point",))
_PARTS = {
    f"{subject}-{part.name}": part
    for subject in SUBJECTS
    for part in plan_of(_FEATURES, subject).parts
}
_CASES = [
    *((name, "duckdb") for name in _PARTS),
    *((name, "spark") for name in ("crossing-vehicle", "crossing-convoy", "consignment-hs6")),
]
# How the engines write their int64.
_INT64 = {exp.DataType.Type.BIGINT}


@pytest.mark.parametrize(("name", "dialect"), _CASES)
def test_every_sum_is_cast_to_int64_at_once(name: str, dialect: str) -> None:
    sums = 0
    for total in parsed(name, dialect).find_all(exp.Sum):
        around = total.parent
        while isinstance(around, (exp.Window, exp.Filter)):
            around = around.parent
        assert isinstance(around, exp.Cast), total.sql()
        assert around.to.this in _INT64
        sums += 1
    assert sums


@pytest.mark.parametrize(("name", "dialect"), _CASES)
def test_trees_hold_neither_floats_nor_intervals_nor_lookups_by_nearness(
    name: str, dialect: str
) -> None:
    tree = parsed(name, dialect)

    assert not [n for n in tree.find_all(exp.Literal) if not n.is_string and not n.is_int]
    assert not list(tree.find_all(exp.Interval, exp.Div, exp.Avg, exp.Stddev))
    floats = {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT, exp.DataType.Type.DECIMAL}
    assert not [c for c in tree.find_all(exp.Cast) if c.to.this in floats]
    assert "ASOF" not in tree.sql().upper()


@pytest.mark.parametrize(
    "path", sorted(Path(str(features.__file__)).parent.glob("*offline*.py")), ids=lambda p: p.name
)
def test_offline_modules_write_no_float(path: Path) -> None:
    literals = [
        n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)
    ]

    assert not [value for value in literals if isinstance(value, float)]


@cache
def parsed(name: str, dialect: str) -> exp.Expr:
    """The SQL that an engine is given for a part, corrections and all."""
    part: Part = _PARTS[name]
    fields = [f for f in event_schema(_FEATURES) if not pa.types.is_floating(f.type)]
    schema = ibis.Schema.from_pyarrow(pa.schema(fields))
    source = Source(
        ibis.table(schema, name="events"), corrected=True, few=True, keep=lambda table: table
    )
    ibis_name = "pyspark" if dialect == "spark" else dialect
    return sqlglot.parse_one(str(ibis.to_sql(part.table(source), dialect=ibis_name)), read=dialect)
