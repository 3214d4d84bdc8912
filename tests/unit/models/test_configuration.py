"""What an office decides is signed, checked before it holds, and refused when altered."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.configuration import (
    FILE,
    load_configuration,
    shipped_texts,
    texts_in_force,
    write_configuration,
)
from models.errors import InvalidPolicyError, InvalidRulesError, PointerRefusedError
from models.signature import create_signing_key

COLUMNS = {"consignment": {"heavy"}, "crossing": {"night"}}
RULES = """
rules:
  - {code: R1, subject: crossing, risk: arms, sentence: By night., all: [{column: night, equals: 1}], points: 3}
"""
CAPACITIES = "default: {inspections: 2.0}\n"


def test_what_was_signed_holds(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "office.key")

    digest = write_configuration(
        tmp_path, rules=RULES, capacities=CAPACITIES, columns=COLUMNS, key=key
    )

    held = load_configuration(tmp_path, columns=COLUMNS, trusted=[key.public_key()])
    assert held.sha256 == digest
    assert [rule.code for rule in held.rules] == ["R1"]
    assert held.capacities.of("anywhere").inspections == 2.0
    assert len(held.signed_by) == 1
    assert texts_in_force(tmp_path) == (RULES, CAPACITIES)


def test_an_altered_one_is_refused(tmp_path: Path) -> None:
    key = create_signing_key(tmp_path / "office.key")
    write_configuration(tmp_path, rules=RULES, capacities=CAPACITIES, columns=COLUMNS, key=key)
    path = tmp_path / FILE
    path.write_text(path.read_text().replace("inspections: 2.0", "inspections: 9.0"))

    with pytest.raises(PointerRefusedError, match="altered after it was signed"):
        load_configuration(tmp_path, columns=COLUMNS, trusted=[key.public_key()])


def test_one_that_a_stranger_signed_is_refused(tmp_path: Path) -> None:
    stranger = create_signing_key(tmp_path / "stranger.key")
    ours = create_signing_key(tmp_path / "ours.key")
    write_configuration(tmp_path, rules=RULES, capacities=CAPACITIES, columns=COLUMNS, key=stranger)

    with pytest.raises(PointerRefusedError, match="anybody we trust"):
        load_configuration(tmp_path, columns=COLUMNS, trusted=[ours.public_key()])


@pytest.mark.parametrize(
    ("rules", "capacities", "error"),
    [
        pytest.param(
            RULES.replace("night,", "moon,"), CAPACITIES, InvalidRulesError, id="no such column"
        ),
        pytest.param(
            RULES, "default: {inspections: 0.0}", InvalidPolicyError, id="no capacity at all"
        ),
        pytest.param(
            RULES,
            "default: {inspections: 2.0, random_share: 0.0}",
            InvalidPolicyError,
            id="nothing left to chance",
        ),
    ],
)
def test_what_cannot_be_is_never_signed(
    tmp_path: Path, rules: str, capacities: str, error: type[Exception]
) -> None:
    key = create_signing_key(tmp_path / "office.key")
    write_configuration(tmp_path, rules=RULES, capacities=CAPACITIES, columns=COLUMNS, key=key)

    with pytest.raises(error):
        write_configuration(tmp_path, rules=rules, capacities=capacities, columns=COLUMNS, key=key)

    assert texts_in_force(tmp_path) == (RULES, CAPACITIES)


def test_without_one_what_is_shipped_holds_unsigned(tmp_path: Path) -> None:
    assert texts_in_force(tmp_path) == shipped_texts()
