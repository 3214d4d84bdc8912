"""JSON with one meaning."""

import pytest

from features.records.decode import decode_json
from features.records.problems import RecordRefused


@pytest.mark.parametrize(
    ("raw", "field", "rule"),
    [
        pytest.param(b'{"mass":NaN}', "/mass", "not_a_number", id="NaN"),
        pytest.param(b'{"items":[{},{"m":-Infinity}]}', "/items/1/m", "not_a_number", id="nested"),
        pytest.param(b'{"mass":1e999}', "/mass", "not_a_number", id="beyond a double"),
        pytest.param(b'{"a":1,"a":2}', "", "repeated_name", id="a name twice"),
        pytest.param(b"[" * 21 + b"]" * 21, "", "too_deep", id="21 levels"),
        pytest.param(b"[" * 9999, "", "malformed_json", id="endless depth"),
        pytest.param(b"\xff", "", "malformed_json", id="not UTF-8"),
        pytest.param(b"", "", "malformed_json", id="nothing"),
    ],
)
def test_json_of_doubtful_meaning_is_refused(raw: bytes, field: str, rule: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        decode_json(raw)

    assert [(p.field, p.rule) for p in refused.value.problems] == [(field, rule)]


def test_malformed_json_is_told_with_line_and_column() -> None:
    with pytest.raises(RecordRefused, match="line 2, column 2"):
        decode_json(b'{"a":\n tru}')


def test_the_same_name_in_two_objects_and_colons_in_texts_are_fine() -> None:
    assert decode_json(b'[{"a":"x\\": y"},{"a":2}]') == [{"a": 'x": y'}, {"a": 2}]
    assert decode_json(b"[" * 20 + b"]" * 20)
