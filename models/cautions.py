"""Why a score may be wrong: what is thin, doubtful or unheard of about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from features.spec import Floats
from models.card import Card
from models.doubts import doubts_in_words
from models.languages import ENGLISH, Language
from models.words import sentence, value_in_words, within_a_sentence

#: A party seen fewer times than this in a year has hardly a past to learn from.
THIN = 5
#: Records that reach back fewer days than this make the frequent look rare.
SHORT_DAYS = 90
#: A head that learnt from fewer finds than this knows its probabilities roughly.
FEW_FINDS = 100
#: Trade changes: a head is old this many days after its last training movement.
OLD_DAYS = 180
#: Columns known of at least this share of training's movements are usually known.
_USUALLY = 0.5
#: A share of those, and a number, from which it is a caution that they are not known.
_MANY_SHARE, _MANY = 0.1, 5
#: So many values beyond what was seen are told.
_MOST_TOLD = 3

PARTY = "party"
#: Whose past the columns tell, by what their names open with.
PARTIES = ("consignee", "consignor", "declarant", "carrier", "vehicle", "trailer")


@dataclass(frozen=True)
class Caution:
    """One reason to doubt a score: a code for machines, a sentence for people."""

    code: str
    sentence: str


def cautions(
    card: Card,
    x: Floats,
    *,
    quality_flags: Sequence[str],
    on: date,
    rehearsal: bool,
    language: Language = ENGLISH,
) -> list[Caution]:
    """Why the head's score of a movement may be wrong, the weightiest first.

    Args:
        card: The head's card.
        x: The row (f,) it read, NaN where not known.
        quality_flags: Of the record.
        on: The day the movement became known.
        rehearsal: Whether the service's clock is a rehearsal's.
        language: What the sentences are written in.
    """
    told = [
        Caution("thin_history", _thin(card, x, language)),
        Caution("short_records", _short(card, x, language)),
        Caution("natural_person", _natural_person(card, x, language)),
        Caution("quality_flags", _doubtful(quality_flags, language)),
        Caution("much_missing", _missing(card, x, language)),
        Caution("outside_training", _beyond(card, x, language)),
        Caution("few_finds", _few_finds(card, language)),
        Caution("old_model", _old(card, on, language)),
        Caution("rehearsal", _rehearsal(rehearsal, language)),
    ]
    return [caution for caution in told if caution.sentence]


def _thin(card: Card, x: Floats, language: Language) -> str:
    measure = "crossings" if card.subject == "crossing" else "declarations"
    seen = {c.name: value for c, value in zip(card.columns, x.tolist(), strict=True)}
    thin = [p for p in PARTIES if seen.get(f"{p}_{measure}_365d", np.nan) < THIN]
    if not thin:
        return ""
    parties = ", ".join(language.words(party, context=PARTY) for party in thin)
    return language.say(
        "Seen fewer than {n} times in a year, so little is known of their past: {parties}.",
        n=THIN,
        parties=parties,
    )


def _short(card: Card, x: Floats, language: Language) -> str:
    for column, value in zip(card.columns, x.tolist(), strict=True):
        if column.name == "days_observed" and value < SHORT_DAYS:
            days = value_in_words(column, value, language=language)
            return language.say(
                "Records reach back {days} only: what looks rare or new may be neither.", days=days
            )
    return ""


def _natural_person(card: Card, x: Floats, language: Language) -> str:
    for column, value in zip(card.columns, x.tolist(), strict=True):
        if column.name == "natural_person_trader" and value == 1:
            return language.words("A trader is a natural person, of whom no history is kept.")
    return ""


def _doubtful(flags: Sequence[str], language: Language) -> str:
    if not flags:
        return ""
    doubts = "; ".join(map(within_a_sentence, doubts_in_words(flags, language=language)))
    return language.say("The record is doubtful: {doubts}.", doubts=doubts)


def _missing(card: Card, x: Floats, language: Language) -> str:
    usual = np.array([card.support.columns[n].share_missing < _USUALLY for n in card.column_names])
    lacking = int(np.count_nonzero(np.isnan(x) & usual))
    if lacking < max(_MANY, _MANY_SHARE * usual.sum()):
        return ""
    return language.say(
        "Of {m} things that are usually known, {n} are not known here.",
        n=lacking,
        m=int(usual.sum()),
    )


def _beyond(card: Card, x: Floats, language: Language) -> str:
    unseen = []
    for column, value in zip(card.columns, x.tolist(), strict=True):
        seen = card.support.columns[column.name]
        if seen.lowest is None or seen.highest is None:
            # A category's codes are no range; one nobody had is unseen all the same.
            if column.categorical and value == value and int(value) not in seen.codes:
                unseen.append(sentence(column, value, language=language))
        elif value < seen.lowest or value > seen.highest:
            unseen.append(sentence(column, value, language=language))
    if not unseen:
        return ""
    return language.say(
        "No movement the model learnt from was like this: {sentences}.",
        sentences="; ".join(unseen[:_MOST_TOLD]),
    )


def _few_finds(card: Card, language: Language) -> str:
    if card.trained_hits >= FEW_FINDS:
        return ""
    return language.say_counted(
        "The model learnt from {n} find only: its probabilities are rough.",
        "The model learnt from {n} finds only: its probabilities are rough.",
        n=card.trained_hits,
    )


def _old(card: Card, on: date, language: Language) -> str:
    learnt = datetime.fromisoformat(card.trained_to).date()
    if (on - learnt).days <= OLD_DAYS:
        return ""
    return language.say(
        "The model learnt from movements up to {date}; it knows nothing of what changed since.",
        date=language.date(learnt),
    )


def _rehearsal(rehearsal: bool, language: Language) -> str:
    return (
        language.words("This is a rehearsal: the service's clock is not real.") if rehearsal else ""
    )
