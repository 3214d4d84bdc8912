"""The command that says what has to be translated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from features.commands import console
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.catalogue import Message, faults, locales, messages_of, said_in, update
from models.languages import catalogue_path
from models.rules import load_rules
from serving.problems import DETAILS, TYPES
from serving.review.pages import TEMPLATES
from serving.template_texts import said_in_templates


def all_messages(rules: Path) -> Iterator[Message]:
    """Everything there is to translate, with the rules of a file."""
    features = FeatureSet()
    columns = {
        subject: {column.name for column in features.columns(subject, FINDS)}
        for subject in SUBJECTS
    }
    yield from messages_of(features, load_rules(rules, columns=columns))
    for kind, (_, title, way_out) in TYPES.items():
        yield Message(title, about=f"problem {kind}")
        yield Message(way_out, about=f"problem {kind}, the way out")
    for detail in DETAILS:
        yield Message(detail, about="detail of a problem")
    yield from said_in(Path(__file__).parent)
    for texts in said_in_templates(TEMPLATES):
        yield from texts.messages


def template_faults() -> list[str]:
    """Texts of templates that no catalogue could know, a sentence each."""
    return [fault for texts in said_in_templates(TEMPLATES) for fault in texts.faults]


def catalogue(
    check: Annotated[
        bool, typer.Option("--check", help="Fail where a translation is missing or doubtful.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--update", help="Bring the catalogues up to the texts there are.")
    ] = False,
    rules: Annotated[Path, typer.Option(help="The rules whose sentences are translated.")] = Path(
        "seeds/rules.yaml"
    ),
) -> None:
    """Say what has to be translated, and where.

    A new column, unit, rule or sentence is put into every catalogue by --update, without a
    translation; --check names each that has none, and each whose placeholders differ.

    Example: vardar catalogue --update
    """
    messages = list(all_messages(rules))
    found = template_faults()
    for locale in locales():
        if write:
            update(locale, messages)
        found += faults(locale, messages)
        console.print(f"{locale}: {catalogue_path(locale)}")
    for fault in found:
        console.print(f"- {fault}", markup=False)
    console.print(
        f"{len(found)} to mend in {len(locales())} catalogues of {len(messages)} messages."
        if found
        else "Everything is translated."
    )
    if check and found:
        raise typer.Exit(1)
