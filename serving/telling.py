"""A stored answer in the reader's language: what is stored is English and stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.languages import Language
from models.words import base_rate, rate


def told_in(
    answer: Mapping[str, Any], spoken: Language, *, abstained: Mapping[str, str]
) -> Mapping[str, Any]:
    """The answer with every sentence in a language, made anew from the values beside it.

    Args:
        answer: What the client is told, in English.
        spoken: The language.
        abstained: By risk: why the model abstained, in that language.
    """
    if spoken.is_english:
        return answer
    return {
        **answer,
        "risks": {
            risk: _risk(said, spoken, abstained.get(risk)) for risk, said in answer["risks"].items()
        },
        "rules": [{**rule, "sentence": spoken.words(rule["sentence"])} for rule in answer["rules"]],
        **spoken_of(spoken),
    }


def spoken_of(spoken: Language) -> dict[str, Any]:
    """What an answer says of its language."""
    return {"language": spoken.tag, "translation_reviewed": spoken.reviewed}


def _risk(said: Mapping[str, Any], spoken: Language, abstained: str | None) -> dict[str, Any]:
    if "probability" not in said:
        return {**said, "reason": abstained or said["reason"]}
    return {
        **said,
        "in_words": base_rate(said["probability"], language=spoken),
        "base_rate_in_words": rate(said["base_rate"], language=spoken),
    }
