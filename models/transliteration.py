"""Serbian in its two scripts: Cyrillic made from Latin letter by letter, and back.

What is no Serbian word stays as it stands: placeholders, codes and identifiers, units, addresses,
Roman numerals. Letters that only look like one of the digraphs lj, nj, dž stay two letters, as in
in-jekcija and nad-živeti.
"""

from __future__ import annotations

import re
import unicodedata

_SINGLE = dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш", strict=True))
_DIGRAPHS = {"lj": "љ", "nj": "њ", "dž": "џ"}
_TO_CYRILLIC = _SINGLE | _DIGRAPHS
_TO_LATIN = {cyrillic: latin for latin, cyrillic in _TO_CYRILLIC.items()}
#: One code point for each digraph, which few keyboards but some registers write.
_LIGATURES = str.maketrans(
    {
        "ǆ": "dž",
        "ǅ": "Dž",
        "Ǆ": "DŽ",
        "ǉ": "lj",
        "ǈ": "Lj",
        "Ǉ": "LJ",
        "ǌ": "nj",
        "ǋ": "Nj",
        "Ǌ": "NJ",
    }
)

#: Beginnings of words, or of words after a prefix, in which the letters belong to two morphemes.
_TWO_LETTERS = re.compile(
    r"^(?P<nj>(?:de|re|dis)?(?:in|kon)(?=j(?:e[kc]|un|ug|ur))|(?:po)?van(?=jez)|tan(?=jug|juš)|an(?=jon))"
    r"|^(?P<dž>(?:po|pre|na)d(?=ž)(?!žak)|od(?=ž(?:iv|al|val|vak|de?r)))",
    re.IGNORECASE,
)

#: Written in Latin letters in Cyrillic text too.
_LATIN_WORDS = frozenset(
    {
        "kg",
        "km",
        "h",
        "HS",
        "CN",
        "TARIC",
        "UTC",
        "HTTP",
        "JSON",
        "UTF",
        "VIN",
        "MRN",
        "ISO",
        "URL",
        "CSV",
        "AUC",
        "LightGBM",
        "OpenAPI",
        "Prometheus",
    }
)
_ROMAN = re.compile(r"(?=[IVXLCDM]{2,}$)M*(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")

#: A placeholder, quoted code, address or identifier; else a word, of letters alone.
_TOKENS = re.compile(
    r"\{[^{}]*\}|`[^`]*`|\w+://\S+|(?<!\w)/\w[\w/.{}-]*|[\w.-]+@[\w.-]+\w|[\w-]*[\d_/@][\w/@-]*|[^\W\d_]+"
)


def to_cyrillic(text: str) -> str:
    """Serbian Latin text in Cyrillic letters."""
    composed = unicodedata.normalize("NFC", text).translate(_LIGATURES)
    return _TOKENS.sub(lambda found: _word_to_cyrillic(found[0]), composed)


def to_latin(text: str) -> str:
    """Serbian Cyrillic text in Latin letters; other letters stay."""
    made = []
    for place, letter in enumerate(text):
        latin = _TO_LATIN.get(letter.lower(), letter)
        if letter.isupper() and letter.lower() in _TO_LATIN:
            # Of a word in capitals both letters are: ЊЕГОШ is NJEGOŠ, Његош is Njegoš.
            whole = text[place + 1 : place + 2].isupper() or (
                text[place - 1 : place].isupper() and not text[place + 1 : place + 2].islower()
            )
            latin = latin.upper() if whole else latin.capitalize()
        made.append(latin)
    return "".join(made)


def _word_to_cyrillic(word: str) -> str:
    if not word.isalpha() or word in _LATIN_WORDS or _ROMAN.match(word):
        return word
    lower = word.lower()
    if any(letter not in _SINGLE for letter in lower):
        # A letter that Serbian has not: a foreign name or a code.
        return word
    apart = _TWO_LETTERS.match(lower)
    split = apart.end() - 1 if apart else -1
    made, place = [], 0
    while place < len(word):
        pair = lower[place : place + 2]
        wide = 2 if pair in _DIGRAPHS and place != split else 1
        cyrillic = _TO_CYRILLIC[lower[place : place + wide]]
        made.append(cyrillic.upper() if word[place].isupper() else cyrillic)
        place += wide
    return "".join(made)
