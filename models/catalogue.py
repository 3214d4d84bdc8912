"""What has to be translated, and whether it is: the messages of columns, units, rules and program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.cautions import PARTIES, PARTY
from models.doubts import DOUBTS
from models.files import write_whole
from models.languages import TAGS, TRANSLATED, catalogue_path, read_catalogue
from models.rules import Rule
from models.verdicts import BAND, BANDS_IN_WORDS, REASONS_WITHOUT_MODEL, RECOMMENDATIONS
from models.words import CLAIM, COLUMN, SHARE, UNIT, name_in_words, singular

_PLACEHOLDER = re.compile(r"\{\w*\}")


@dataclass(frozen=True)
class Message:
    """One text to translate.

    Attributes:
        context: Tells equal texts apart; "" for sentences.
        plural: The form for more than one; None of a text that counts nothing.
        about: For the translator: where it is said.
    """

    text: str
    context: str = ""
    plural: str | None = None
    about: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        """As gettext names it."""
        return self.text if self.plural is None else (self.text, self.plural)


def messages_of(features: FeatureSet, rules: Iterable[Rule]) -> Iterator[Message]:
    """Messages of the catalogue of features, of rules, and of what the models say about a score."""
    for subject in SUBJECTS:
        for column in features.columns(subject, FINDS):
            yield Message(column.sentence, about=f"{subject}: {column.name}")
            yield Message(name_in_words(column.name), COLUMN, about=subject)
            if column.unit not in ("", CLAIM, SHARE):
                yield Message(singular(column.unit), UNIT, column.unit)
    for rule in rules:
        yield Message(rule.sentence, about=f"rule {rule.code}")
    for flag, text in DOUBTS.items():
        yield Message(text, about=f"quality flag {flag}")
    for band in BANDS_IN_WORDS.values():
        yield Message(band, BAND)
    for party in PARTIES:
        yield Message(party, PARTY)
    for text in (*RECOMMENDATIONS.values(), *REASONS_WITHOUT_MODEL):
        yield Message(text, about="recommendation, or why there is no model")
    yield from said_in(Path(__file__).parent)


def said_in(package: Path) -> Iterator[Message]:
    """Literal texts of `say`, `words` and `say_counted` in a package's modules."""
    for path in sorted(package.rglob("*.py")):
        about = f"{package.name}/{path.relative_to(package)}"
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call):
                continue
            texts = _literals(node)
            match _called(node):
                case "say" | "words" if texts:
                    yield Message(texts[0], about=about)
                case "say_counted" if len(texts) == 2:
                    yield Message(texts[0], plural=texts[1], about=about)


def template(messages: Iterable[Message]) -> Catalog:
    """The messages as gettext's catalogue without translations."""
    made = Catalog(domain="vardar", charset="utf-8")
    for message in messages:
        made.add(
            message.id,
            context=message.context or None,
            auto_comments=[message.about] if message.about else [],
        )
    return made


def faults(locale: str, messages: Iterable[Message]) -> list[str]:
    """What is wrong with a locale's catalogue, a sentence for each fault."""
    catalogue, wanted = read_catalogue(locale), template(messages)
    found = []
    for message in wanted:
        if not message.id:
            continue
        there = catalogue.get(message.id, message.context)
        english = message.id if isinstance(message.id, str) else message.id[0]
        name = f"{locale}: {english!r}"
        if there is None:
            found.append(f"{name} is missing: vardar catalogue --update, then translate it.")
            continue
        forms = _forms(there.string)
        if isinstance(message.id, tuple) and len(forms) != catalogue.num_plurals:
            found.append(f"{name} needs {catalogue.num_plurals} forms.")
        if not all(forms):
            found.append(f"{name} is not translated.")
        elif there.fuzzy:
            found.append(f"{name} is fuzzy: look at it, then remove the mark.")
        elif any(_placeholders(form) != _placeholders(english) for form in forms):
            found.append(f"{name} has other placeholders in its translation.")
    found += [
        f"{locale}: {message.id!r} is said no more: vardar catalogue --update."
        for message in catalogue
        if message.id and wanted.get(message.id, message.context) is None
    ]
    return found


def update(locale: str, messages: Iterable[Message]) -> None:
    """Bring a locale's catalogue up to the messages there are: new ones stand empty, old ones go."""
    catalogue = read_catalogue(locale)
    # A near match is a wrong translation that looks like one: nothing is guessed.
    wanted = template(messages)
    # The day of the last run is no news: the same messages, the same file.
    wanted.creation_date = catalogue.creation_date
    catalogue.update(wanted, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    written = BytesIO()
    write_po(
        written, catalogue, width=100, sort_output=False, no_location=True, ignore_obsolete=True
    )
    write_whole(catalogue_path(locale), written.getvalue())


def locales() -> list[str]:
    """Locales that have a catalogue of their own."""
    return [TAGS[tag] for tag in TRANSLATED]


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _literals(call: ast.Call) -> list[str]:
    """The literal texts a call begins with."""
    texts = []
    for argument in call.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            break
        texts.append(argument.value)
    return texts


def _forms(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ())  # type: ignore[arg-type]


def _placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))
