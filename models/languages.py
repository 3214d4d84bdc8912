"""The languages sentences are read in: translations, plural forms, and the signs of numbers.

A language is a gettext catalogue, `models/locales/<locale>/LC_MESSAGES/vardar.po`, read as it
stands at first use; what has no translation, or a fuzzy one, is said in English. English is what
the program says itself. Serbian in Cyrillic is made from Serbian in Latin letters, never
translated apart. Locale data (plural rules, signs, names of months) are Babel's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from models.transliteration import to_cyrillic

LOCALES = Path(__file__).parent / "locales"

#: Each language by its BCP 47 tag, with Babel's name of its locale.
TAGS: Mapping[str, str] = MappingProxyType(
    {"en": "en_GB", "mk": "mk", "sq": "sq", "sr-Latn": "sr_Latn", "sr-Cyrl": "sr_Cyrl"}
)
#: Languages that have a catalogue of their own.
TRANSLATED = ("mk", "sq", "sr-Latn")

#: What the comment at the head of a catalogue says once a native speaker has read it.
REVIEWED = "Read by a native speaker: yes"

#: CLDR's plural categories in the order of gettext's forms, of the languages there are.
_FORMS = ("one", "few", "other")

_Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Language:
    """One language.

    Attributes:
        tag: BCP 47.
        reviewed: Whether a native speaker has read the translations.
        texts: Translation by (context, English); of counted things, the forms in the order of
            gettext.
    """

    tag: str
    reviewed: bool = True
    texts: Mapping[_Key, str | tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def is_english(self) -> bool:
        """Whether the program's own words are said."""
        return self.tag == "en"

    @cached_property
    def locale(self) -> Locale:
        """Babel's data of the locale."""
        return Locale.parse(TAGS[self.tag])

    def knows(self, text: str, *, context: str = "") -> bool:
        """Whether there is a translation; English has its own text."""
        return self.is_english or (context, text) in self.texts

    def words(self, text: str, *, context: str = "") -> str:
        """The translation of an English text; the text itself where there is none."""
        said = self.texts.get((context, text), text)
        return said if isinstance(said, str) else said[-1]

    def say(self, text: str, **values: object) -> str:
        """A sentence with its values: `say("Not known: {name}", name=...)`."""
        return self.words(text).format(**values)

    def say_counted(self, one: str, more: str, *, n: int, **values: object) -> str:
        """A sentence about n things, in the form that goes with the number, written as `{n}`."""
        return self.counted(one, more, Decimal(n)).format(n=self.signed(f"{n:,}"), **values)

    def counted(self, one: str, more: str, number: Decimal, *, context: str = "") -> str:
        """The form of a counted thing that goes with a number as it is written."""
        forms = self.texts.get((context, one))
        if not isinstance(forms, tuple):
            return one if number == 1 else more
        # English has its own eyes for a written "1"; the others count fractions and signs too.
        return forms[min(self._categories.index(self.plural(number)), len(forms) - 1)]

    def plural(self, number: Decimal) -> str:
        """CLDR's plural category of a number as it is written: one, few, other."""
        category: str = self.locale.plural_form(number)
        return category

    def signed(self, written: str) -> str:
        """A number as English writes it, 1,240.5, with the language's own signs."""
        # Both signs at once, so that a comma put in is not taken out again.
        return written.translate(self._signs)

    def percent(self, written: str) -> str:
        """A written number as a percentage."""
        return self._percent.replace("#,##0", written)

    def date(self, day: date) -> str:
        """A day as it is written out."""
        return format_date(day, "long", locale=self.locale)

    @cached_property
    def _categories(self) -> tuple[str, ...]:
        there = {*self.locale.plural_form.tags, "other"}
        return tuple(form for form in _FORMS if form in there)

    @cached_property
    def _signs(self) -> dict[int, str]:
        signs = self.locale.number_symbols["latn"]
        return {ord(","): signs["group"], ord("."): signs["decimal"]}

    @cached_property
    def _percent(self) -> str:
        # English texts of ours have always set the sign apart, as standards do.
        return "#,##0 %" if self.is_english else self.locale.percent_formats[None].pattern


ENGLISH = Language("en")


@cache
def language(tag: str) -> Language:
    """The language of a tag of `TAGS`; its catalogue is read at first use and kept.

    Raises:
        KeyError: when there is no such language.
    """
    match tag:
        case "en":
            return ENGLISH
        case "sr-Cyrl":
            latin = language("sr-Latn")
            texts = {key: _in_cyrillic(said) for key, said in latin.texts.items()}
            return Language(tag, latin.reviewed, texts)
        case _:
            catalogue = read_catalogue(TAGS[tag])
            reviewed = REVIEWED in catalogue.header_comment
            return Language(tag, reviewed, _texts(catalogue))


def all_languages() -> tuple[Language, ...]:
    """Every language there is, its catalogue read."""
    return tuple(language(tag) for tag in TAGS)


def catalogue_path(locale: str) -> Path:
    """Where the catalogue of a locale stands."""
    return LOCALES / locale / "LC_MESSAGES" / "vardar.po"


def read_catalogue(locale: str) -> Catalog:
    """A locale's catalogue as it stands."""
    with catalogue_path(locale).open("rb") as file:
        return read_po(file, locale=locale, domain="vardar", ignore_obsolete=True)


def _texts(catalogue: Catalog) -> dict[_Key, str | tuple[str, ...]]:
    texts: dict[_Key, str | tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy or not message.string:
            continue
        if isinstance(message.id, str):
            texts[message.context or "", message.id] = str(message.string)
        elif all(message.string):
            texts[message.context or "", message.id[0]] = tuple(message.string)
    return texts


def _in_cyrillic(said: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return to_cyrillic(said) if isinstance(said, str) else tuple(map(to_cyrillic, said))
