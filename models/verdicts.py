"""How bands, recommendations and the lack of a model read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from models.card import BandName
from models.languages import ENGLISH, Language
from models.words import number

BAND = "band"

#: Words of the bands, told apart from other uses by their context.
BANDS_IN_WORDS: Mapping[BandName, str] = MappingProxyType(
    {"low": "low", "medium": "medium", "high": "high", "very_high": "very high"}
)

#: What is recommended, by action and what it is because of.
RECOMMENDATIONS: Mapping[tuple[str, str], str] = MappingProxyType({
    ("inspect", "model"): "Inspect: the risk is high enough for an inspection.",
    ("inspect", "random"): "Inspect: chance named this movement, as it may name any.",
    ("inspect", "rule"): "Inspect: the office's rules ask for it.",
    ("check_documents", "model"): "Check the documents: the risk is raised, but not enough for an inspection.",
    ("check_documents", "rule"): "Check the documents: the office's rules ask for it.",
    ("release", "model"): "Release: the risk is not high enough for an inspection.",
    ("release", "rule"): "Release: no rule of the office asks for more.",
})  # fmt: skip

NO_MODEL = "There is no model for this risk yet; rules and chance decide."
SWITCHED_OFF = "The models are switched off; rules and chance decide."
TOO_FEW_HITS = (
    "{hits} hits were known when training ended; a model needs {least}. "
    "Rules and chance serve until then."
)
ONLY_HITS = (
    "Every inspection known when training ended was a hit; a model needs some that found "
    "nothing. Rules and chance serve until then."
)
#: Why there may be no model, as assessing and training say it.
REASONS_WITHOUT_MODEL = (NO_MODEL, SWITCHED_OFF, TOO_FEW_HITS, ONLY_HITS)


def band_in_words(band: BandName, *, language: Language = ENGLISH) -> str:
    """A band: "very high"."""
    return language.words(BANDS_IN_WORDS[band], context=BAND)


def recommendation_in_words(action: str, because: str, *, language: Language = ENGLISH) -> str:
    """What to do and why; a person decides."""
    return language.words(RECOMMENDATIONS[action, because])


def why_no_model(reason: str, *, language: Language = ENGLISH) -> str:
    """A stored reason why a risk has no model; itself where it is none of ours."""
    for template in REASONS_WITHOUT_MODEL:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\d+)", re.escape(template))
        if found := re.fullmatch(pattern, reason):
            values = {n: number(float(v), language=language) for n, v in found.groupdict().items()}
            return language.say(template, **values)
    return reason
