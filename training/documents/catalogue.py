"""What goes into a score and what may never: features, the fields they are made of, and the refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import yaml

from features.banned import BANNED_FIELDS, stored_fields
from features.dictionary import Entry, entries
from features.records.reference import REFERENCE
from features.registry import SUBJECTS, FeatureSet
from models.card import Card


@dataclass(frozen=True)
class Catalogue:
    """The features of the documented heads.

    Attributes:
        features: Those this program has, with what the heads' mappings declare.
        entries: Features of each subject that has a head, by reason and name.
        used: Fields of stored records that some feature of these is made of.
        banned: Fields that records have and no feature may read, and why.
        unused: Other fields of stored records that no feature reads.
        refused: Protected attributes refused by name, and the languages their names are known in.
        languages: Those languages.
        differs: Heads that were trained with other features than this program has.
    """

    features: FeatureSet
    entries: Mapping[str, Sequence[Entry]]
    used: Sequence[str]
    banned: Sequence[tuple[str, str]]
    unused: Sequence[str]
    refused: Sequence[tuple[str, int]]
    languages: Sequence[str]
    differs: Sequence[str]


def catalogue(cards: Sequence[Card]) -> Catalogue:
    """The features that these heads read, by this program's own registry."""
    features = _features(cards)
    subjects: list[str] = sorted({card.subject for card in cards}) or list(SUBJECTS)
    by_subject = {subject: entries(features, subject) for subject in subjects}
    used = {
        field.partition(".")[2] if field.partition(".")[0] in _KINDS else field
        for of_subject in by_subject.values()
        for entry in of_subject
        for field in entry.sources
    }
    # "items" says nothing beside "items.net_mass_kg".
    fields = stored_fields() - {"items", "finds", "extension", "extra_keys"}
    names = _names()
    return Catalogue(
        features=features,
        entries=by_subject,
        used=sorted(used - {"items"}),
        banned=sorted(BANNED_FIELDS.items()),
        unused=sorted(fields - used - BANNED_FIELDS.keys()),
        refused=[(name, sum(map(len, of.values()))) for name, of in sorted(names.items())],
        languages=sorted({language for of in names.values() for language in of}),
        differs=[card.name for card in cards if card.spec_sha256 != features.sha256],
    )


_KINDS = ("consignment", "crossing", "inspection", "incident")


def _features(cards: Sequence[Card]) -> FeatureSet:
    if not cards:
        return FeatureSet()
    # Heads of one ledger share what its mappings declare.
    return FeatureSet(cards[0].extra_keys, tuple(sorted(cards[0].extension.items())))


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    read = yaml.safe_load((REFERENCE / "deny_list.yaml").read_text("utf-8"))
    names: dict[str, dict[str, list[str]]] = read["names"]
    return names
