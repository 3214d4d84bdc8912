"""The data dictionary: it is what the catalogue says, and the catalogue says enough for one."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from features import catalogue_commands
from features import dictionary as data_dictionary
from features.dictionary import COMMAND, PATH, as_json, entries, markdown, unit_or_why
from features.errors import VardarError
from features.registry import SUBJECTS, FeatureSet
from features.spec import Column
from models.card import CardColumn
from models.words import sentence

ROOT = Path(__file__).parents[2]
FEATURES = FeatureSet()
ADDED = FeatureSet(("depot",), (("fill_level", "numeric"), ("form", "categorical")))
COLUMNS = [
    pytest.param(column, id=f"{subject}-{column.name}")
    for subject in SUBJECTS
    for column in ADDED.columns(subject, ("arms",))
]
CODE = re.compile(r"[a-z][a-z0-9_]*")


def test_the_dictionary_is_what_the_catalogue_says() -> None:
    assert PATH.read_text("utf-8") == markdown(FEATURES), (
        f"features/DICTIONARY.md is out of date; write it anew: {COMMAND}"
    )


def test_the_check_tells_a_stale_dictionary_and_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_dictionary, "PATH", tmp_path / "DICTIONARY.md")
    with pytest.raises(VardarError, match=COMMAND):
        catalogue_commands.write_dictionary(check=True)

    catalogue_commands.write_dictionary()
    catalogue_commands.write_dictionary(check=True)
    with (tmp_path / "DICTIONARY.md").open("a") as file:
        file.write("A line by hand.\n")

    with pytest.raises(VardarError, match=COMMAND):
        catalogue_commands.write_dictionary(check=True)


def test_the_dictionary_is_the_same_bytes_in_another_process() -> None:
    code = "from features.dictionary import *; print(markdown(FeatureSet()), end='')"
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout.decode()
        for seed in ("1", "2")
    ]

    assert made == [markdown(FEATURES)] * 2


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_feature_is_described_once(subject: str) -> None:
    described = [entry.name for entry in entries(FEATURES, subject)]

    assert sorted(described) == sorted(c.name for c in FEATURES.columns(subject, ("arms",)))
    assert len(set(described)) == len(described)
    assert described == [e["name"] for e in orjson.loads(orjson.dumps(as_json(FEATURES)))[subject]]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_risks_differ_in_the_finds_they_count_and_in_nothing_else(subject: str) -> None:
    arms, smuggling = (
        FEATURES.columns(subject, results) for results in (("arms",), ("persons_concealed",))
    )
    for one, other in zip(arms, smuggling, strict=True):
        assert replace(one, inputs=()) == replace(other, inputs=())
        if one.inputs != other.inputs:
            assert all("found_" in name for name in {*one.input_names} ^ {*other.input_names})


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_feature_names_its_fields_and_its_windows(subject: str) -> None:
    for entry in entries(ADDED, subject):
        assert entry.sources or entry.past, entry.name
        assert bool(entry.measures) <= bool(entry.past), entry.name
        assert (entry.family == "record") <= (not entry.past), entry.name


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_says_what_it_is(column: Column) -> None:
    assert column.sentence[:1].isupper() or column.sentence.startswith("{value}")
    assert column.sentence.count("{") <= 1
    assert unit_or_why(column), "neither a unit nor a reason why there is none"
    assert column.missing.strip()
    assert CODE.fullmatch(column.name)
    assert CODE.fullmatch(column.reason)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_can_be_told_in_words(column: Column) -> None:
    on_card = CardColumn.of(column)

    told = {sentence(on_card, value) for value in (0.0, 1.0, 12.5, float("nan"))}

    assert len(told) >= 3, "values that differ are told apart"
    assert not any("{" in text or "  " in text for text in told)


def test_a_table_keeps_its_columns_whatever_the_words() -> None:
    lines = markdown(FEATURES).splitlines()
    for head, line in pairwise(lines):
        if line.startswith("|") and head.startswith("|"):
            bars = [len(re.findall(r"(?<!\\)\|", text)) for text in (head, line)]

            assert bars[0] == bars[1], line
