"""The page of a case's states: it is what the data says."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import VardarError
from models.languages import ENGLISH
from serving.review import commands, states_document, step_words
from serving.review.states import STEPS, State, Step
from serving.review.states_document import COMMAND, PATH, markdown, mermaid
from serving.review.wording import STATES


def test_the_page_is_what_the_data_says() -> None:
    assert PATH.read_text("utf-8") == markdown(), (
        f"{PATH.name} is out of date; write it anew: {COMMAND}"
    )


def test_the_check_tells_a_stale_page_and_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states_document, "PATH", tmp_path / "STATES.md")
    with pytest.raises(VardarError, match=COMMAND):
        commands.states(check=True)

    commands.states()
    commands.states(check=True)
    with (tmp_path / "STATES.md").open("a") as file:
        file.write("A line by hand.\n")

    with pytest.raises(VardarError, match=COMMAND):
        commands.states(check=True)


def test_every_state_and_step_has_words_a_rule_and_a_place_on_the_page() -> None:
    page = markdown()

    assert set(STEPS) == set(Step) == set(step_words.deeds(ENGLISH))
    assert set(STATES) == set(State)
    assert all(f"| {name.value} |" in page for name in (*State, *Step))
    assert all(f"{state.value} --> " in mermaid() for state in State)
