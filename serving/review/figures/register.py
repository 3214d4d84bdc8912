"""What is scored, from which fields, and which are never used: told by the registries themselves.

Nothing here is a list of its own. Fields used are the declared sources of the feature registry, those
never used its banned fields and the deny list: what the registry changes, this changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml
from pydantic import BaseModel

from features.banned import BANNED_FIELDS
from features.dictionary import entries
from features.records import KINDS, ConsignmentItem, Find
from features.records.pseudonyms import stored_name
from features.records.reference import REFERENCE
from features.registry import SUBJECTS, FeatureSet
from models.languages import Language
from models.words import opening
from serving.review.figures import names
from serving.review.figures.facts import DAY, Facts
from serving.review.figures.tables import Table, count, few, rows_of, words


def fields_used(features: FeatureSet, *, spoken: Language) -> Table:
    """Every field of a record that a feature of some subject is made of."""
    of: Counter[tuple[str, str]] = Counter()
    for subject in SUBJECTS:
        for entry in entries(features, subject):
            of.update({_whose(subject, source) for source in entry.sources})
    described = _descriptions()
    rows = [
        [
            words(names.subject(kind, spoken), kind), words(field),
            words(described.get((kind, field), spoken.words("Declared by an import mapping."))),
            count(n, spoken),
        ]
        for (kind, field), n in sorted(of.items())
    ]  # fmt: skip
    return Table(
        name="fields-used",
        caption=spoken.words("Fields that are used"),
        heads=(
            spoken.words("Record"), spoken.words("Field"), spoken.words("What it is"),
            spoken.words("Features made of it"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "A field that ends in _key is a pseudonym of what was submitted: it shows that two "
                "records are about the same trader, vehicle or container, and not which."
            ),
        ),
    )  # fmt: skip


def fields_never_used(*, spoken: Language) -> Table:
    """Fields that records have and no feature may read."""
    told = {
        "plate_country": spoken.words("the country of the plate stands for nationality"),
        "lane_type": spoken.words("lanes are sorted by passport"),
        "reason_text": spoken.words("free text may speak of people"),
    }
    officer = spoken.words("it is about the officer")
    rows = [
        [words(field), words(told.get(field, officer if "officer" in why else why), why)]
        for field, why in BANNED_FIELDS.items()
    ]
    return Table(
        name="fields-never-used",
        caption=spoken.words("Fields that are never used"),
        heads=(spoken.words("Field"), spoken.words("Why not")),
        rows=rows_of(rows),
    )


def attributes_refused(*, spoken: Language) -> Table:
    """Attributes of persons that nothing may be named after, or hold."""
    rows = [
        [words(_attribute(name, spoken), name), count(len(languages), spoken)]
        for name, languages in _deny_list()["names"].items()
    ]
    return Table(
        name="attributes-refused",
        caption=spoken.words("What is refused wherever it comes from"),
        heads=(spoken.words("Attribute"), spoken.words("Languages in which it is recognised")),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "A column, field or feature that is named after one of these, in any of those "
                "languages, or whose values give one away, is refused; the service does not start."
            ),
        ),
    )


def public_figures(facts: Facts, *, now: int, days: int, spoken: Language) -> Table:
    """Counts that may be told to everyone; none below 5."""
    since = (now // DAY - (days - 1)) * DAY
    movements: Counter[str] = Counter()
    for _, counts in facts.movements.within(since, now):
        for (_, group), n in counts.items():
            movements[group.kind] += n
    scored = sum(sum(counts.values()) for _, counts in facts.actions.within(since, now))
    inspected = {c.movement for c in facts.controls.values() if c.movement and c.begun_u >= since}
    chance = {
        c.movement
        for c in facts.controls.values()
        if c.movement and c.begun_u >= since and c.reason == "random"
    }
    found = {
        c.movement
        for c in facts.controls.values()
        if c.movement and c.begun_u >= since and c.result in ("arms", "persons_concealed")
    }
    rows = [
        [words(names.subject(kind, spoken), kind), few(movements[kind], spoken)]
        for kind in SUBJECTS
    ]
    rows += [
        [words(spoken.words("Scores given"), "scores"), few(scored, spoken)],
        [words(spoken.words("Movements inspected"), "inspected"), few(len(inspected), spoken)],
        [words(spoken.words("Of these chosen by chance"), "random"), few(len(chance), spoken)],
        [
            words(spoken.words("Movements in which arms or concealed persons were found"), "found"),
            few(len(found), spoken),
        ],
    ]
    return Table(
        name="public-figures",
        caption=spoken.words("Figures of the last 365 days"),
        heads=(spoken.words("What"), spoken.words("How many")),
        rows=rows_of(rows),
        notes=(spoken.words("Counts below 5 are not told."),),
    )


def _whose(subject: str, source: str) -> tuple[str, str]:
    """The kind of record a declared source is a field of, and the field."""
    kind, _, field = source.partition(".")
    return (kind, field) if field and kind in KINDS else (subject, source)


@cache
def _descriptions() -> Mapping[tuple[str, str], str]:
    """What each stored field is, by kind of record, as the records themselves say."""
    told: dict[tuple[str, str], str] = {}
    for kind, record in KINDS.items():
        for field, about in record.model_fields.items():
            told[kind, stored_name(field)] = about.description or ""
    parts: dict[str, tuple[str, type[BaseModel]]]
    parts = {"consignment": ("items", ConsignmentItem), "inspection": ("finds", Find)}
    for kind, (within, model) in parts.items():
        for field, about in model.model_fields.items():
            told[kind, f"{within}.{field}"] = about.description or ""
    return told


def _attribute(name: str, spoken: Language) -> str:
    told = {
        "plate_country": spoken.words("Country of the plate"),
        "vehicle_description": spoken.words("Make, model, colour or age of a vehicle"),
        "rental": spoken.words("Whether a vehicle is rented"),
        "personal_name": spoken.words("Name of a person"),
        "birth": spoken.words("Date or place of birth"),
        "nationality": spoken.words("Nationality"),
        "citizenship": spoken.words("Citizenship"),
        "sex": spoken.words("Sex"),
        "religion": spoken.words("Religion"),
        "ethnicity": spoken.words("Ethnicity"),
        "language": spoken.words("Language"),
        "age": spoken.words("Age"),
        "contact": spoken.words("Address, telephone or e-mail of a person"),
        "person_document": spoken.words("Number of a passport, licence or identity card"),
    }
    return told.get(name, opening(name.replace("_", " ")))


@cache
def _deny_list() -> Mapping[str, Any]:
    made: Mapping[str, Any] = yaml.safe_load((REFERENCE / "deny_list.yaml").read_text("utf-8"))
    return made
