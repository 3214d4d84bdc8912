"""What every command of `vardar` owes those who type it and those who call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

import vardar

#: Without an answer to print: what they print is JSON or a text already, or they write a file or page.
_SPEAK_FOR_THEMSELVES = {
    "map": "prints a record as JSON",
    "submit": "prints the answer as JSON",
    "quarantine show": "prints the line as JSON",
    "serve": "goes on until it is stopped",
    "catalogue": "changes catalogues in the tree",
    "states": "writes a page of the tree",
    "scenario describe": "writes a page",
}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by the words that call it."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if hasattr(command, "commands"):
            for name, one in command.commands.items():
                yield from below(one, (*words, name))
        else:
            yield " ".join(words), command

    yield from below(typer.main.get_command(vardar.app), ())


_COMMANDS = dict(commands())


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_help_of_a_command_ends_with_an_example_of_it(name: str) -> None:
    example = (_COMMANDS[name].help or "").strip().splitlines()[-1]

    assert example.startswith(f"Example: vardar {name}"), example


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_answers_machines_unless_it_speaks_json_or_writes_a_page(name: str) -> None:
    takes_json = any("--json" in one.opts for one in _COMMANDS[name].params)

    assert takes_json == (name not in _SPEAK_FOR_THEMSELVES)


def test_what_speaks_for_itself_is_a_command() -> None:
    assert set(_SPEAK_FOR_THEMSELVES) < set(_COMMANDS)
