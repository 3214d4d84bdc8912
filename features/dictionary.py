"""The data dictionary: what every feature says, what it is made of, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from features.banned import key_sources, measure_sources
from features.keys import POPULATION_KEYS
from features.measures import MEASURES
from features.records import KINDS
from features.registry import SUBJECTS, FeatureSet
from features.sources import INTEGER_SOURCES, SEPARATE_KEYS, sources_of
from features.spec import Column, Feature

#: Where the dictionary of the catalogue lies.
PATH = Path(__file__).with_name("DICTIONARY.md")

#: Writes it anew.
COMMAND = "uv run vardar dictionary"

#: Results that count as a find in what is described; another risk has others in the same places.
RESULTS = ("arms",)

#: Integers of the ledger that are no feature's window, and the window they have all the same.
_OTHER_PAST = {
    "convoy_candidates": "post and direction: 15 minutes",
    "convoy_leader_crossings": "vehicle at post: 90 days",
    "convoy_leaders": "pair of vehicles: 90 days",
    "convoy_meetings": "pair of vehicles: 90 days",
}

#: Numbers whose sentence says what they count.
_BARE_NUMBERS = {"hour": "hour of the day, UTC", "weekday": "day of the week, Monday is 0"}

_DIRECTIONS = {
    1: "the risk may only rise with it",
    -1: "the risk may only fall with it",
    0: "",
}


@dataclass(frozen=True)
class Entry:
    """One feature of a subject.

    Attributes:
        subject: consignment or crossing.
        name: Its column in models, cards and explanations.
        sentence: What an officer reads; `{value}` stands for the value with its unit.
        unit: The unit, or what the bare value is.
        past: The windows it looks at, such as "consignee: 365 days"; none for the record alone.
        measures: What is summed over those windows.
        sources: Fields of the stored bodies it is made of; "inspection.result" is a field of
            another kind of record, "items.net_mass_kg" one of the items.
        reason: The code of the reason it is grouped under.
        family: What it is made of: record, history, graph, convoy or text.
        direction: +1 if the risk may only grow with the value, -1 if only fall, 0 if free.
        roles: Who may see it.
        missing: What a missing value means.
        categorical: The value is a code, not a quantity.
    """

    subject: str
    name: str
    sentence: str
    unit: str
    past: tuple[str, ...]
    measures: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    family: str
    direction: int
    roles: tuple[str, ...]
    missing: str
    categorical: bool


def entries(features: FeatureSet, subject: str) -> list[Entry]:
    """Every feature of a subject, by reason and name."""
    rows = dict(features.row_functions[subject])
    made = [_entry(column, subject, rows) for column in features.columns(subject, RESULTS)]
    return sorted(made, key=lambda entry: (entry.reason, entry.name))


def as_json(features: FeatureSet) -> dict[str, list[dict[str, object]]]:
    """The entries of each subject, as plain values."""
    return {subject: [asdict(e) for e in entries(features, subject)] for subject in SUBJECTS}


def markdown(features: FeatureSet) -> str:
    """The dictionary as readable Markdown, the same bytes for the same catalogue."""
    by_subject = {subject: entries(features, subject) for subject in SUBJECTS}
    lines = [_INTRODUCTION, *_families(by_subject)]
    for subject, of_subject in by_subject.items():
        lines += [f"## Features of a {subject}", ""]
        for reason, group in groupby(of_subject, key=lambda entry: entry.reason):
            lines += [f"### {_capital(reason)} (`{reason}`)", "", *_table(_HEAD, map(_row, group))]
    lines += ["## What an import mapping adds", "", _MAPPING, *_of_mappings()]
    lines += ["## Keys", "", _KEYS, *_table(_KEY_HEAD, map(_key_row, sorted(features.key_kinds)))]
    lines += ["## Measures", "", _MEASURES, *_table(_MEASURE_HEAD, _measure_rows())]
    return "\n".join(lines).rstrip() + "\n"


def unit_or_why(column: Column) -> str:
    """The unit of a column's value, or why it has none; "" if it should have one."""
    if column.unit:
        return column.unit
    if column.categorical:
        return "a code"
    if "{value}" not in column.sentence:
        return "yes or no"
    if column.name.startswith("extension_"):
        return "as its mapping has it"
    return _BARE_NUMBERS.get(column.name, "")


_INTRODUCTION = f"""# Data dictionary

Every feature that a model reads, what it is made of, and what it says to whom. This file is
written from the catalogue; after a change of features: `{COMMAND}`.

- **Feature**: the name of the column in models, cards and explanations. **Says**: what an officer
  reads, the value in place of "…".
- **Past**: the kind of key whose earlier events are counted, and for how long: that many whole UTC
  days before today, and today up to the moment before. Keys that everybody shares (see *Keys*)
  count closed days only. Nothing in it means that the record alone is read.
- **Made of**: fields of the stored record. `…_key` is the pseudonym of the `…_id` that was
  submitted. `items.` is a field of the goods items, and a kind of record, such as `inspection.`,
  is named where the field is another's. An inspection counts for the keys of the movement it
  names. `known_at` is the moment the ledger knew of the record.
- **Not known**: what it means that there is no value. A model tells it from zero.
- A feature that counts finds counts those of the risk a model is for: arms for *arms*, concealed
  persons for *smuggling*. Everything else is the same for every risk.
- **Supervisors only** marks what field officers do not see.

What may never become a feature, and is refused when a catalogue or an import mapping is loaded:
the country of a plate, nationality, citizenship, language, religion, ethnicity, sex, age or name,
make, model, colour or age of a vehicle, a rental flag, drivers and their papers, personal history,
free text that may speak of people, addresses below a region. A test runs everything that makes a
feature and compares the fields it reads with those given here.
"""

_MAPPING = """For every extra key that an import mapping declares (`NAME` below), and for every further
attribute, which becomes a feature as it stands:
"""

_KEYS = """What movements are counted by. A key of one kind means the same in every kind of record, save
`leg`, which joins countries for consignments and posts for crossings.
"""

_MEASURES = """What an event adds to its keys' history: whole numbers, so that sums are exact.
"""

_HEAD = ("Feature", "Says", "Unit", "Family", "Past", "Made of", "Not known", "Remarks")
_KEY_HEAD = ("Key", "Consignment", "Crossing", "Police report", "Seen")
_MEASURE_HEAD = ("Measure", "Kind of record", "Made of")

_Cells = Sequence[str]


def _entry(column: Column, subject: str, rows: Mapping[str, Callable[..., object]]) -> Entry:
    windows = [made_of for made_of in column.inputs if isinstance(made_of, Feature)]
    others = [made_of for made_of in column.inputs if isinstance(made_of, str)]
    past = [f"{feature.key}: {_window(feature)}" for feature in windows]
    past += [_OTHER_PAST[name] for name in others if name in _OTHER_PAST]
    sources = {field for name in others for field in _of_integer(name, rows)}
    sources.update(field for feature in windows for field in _of_feature(feature, subject))
    return Entry(
        subject=subject,
        name=column.name,
        sentence=column.sentence,
        unit=unit_or_why(column),
        past=tuple(dict.fromkeys(past)),
        measures=tuple(dict.fromkeys(feature.measure for feature in windows)),
        sources=tuple(sorted(sources, key=_own_first)),
        reason=column.reason,
        family=column.family,
        direction=column.direction,
        roles=("field officer", "supervisor") if column.field_role else ("supervisor",),
        missing=column.missing,
        categorical=column.categorical,
    )


def _of_integer(name: str, rows: Mapping[str, Callable[..., object]]) -> tuple[str, ...]:
    return sources_of(rows[name]) if name in rows else INTEGER_SOURCES[name]


def _of_feature(feature: Feature, subject: str) -> Iterator[str]:
    """Fields that find the key of this movement, and those that earlier events are counted by."""
    keys = key_sources(feature.key)
    yield from keys[subject]
    for kind, fields in measure_sources(feature.measure).items():
        # An inspection has the keys of the movement it names; others meet by a key of their own.
        meets = kind == "inspection" or kind in keys
        if kind == subject:
            yield from fields
        elif meets and not (kind in SUBJECTS and feature.key in SEPARATE_KEYS):
            yield from (f"{kind}.{field}" for field in (*keys.get(kind, ()), *fields))


def _window(feature: Feature) -> str:
    match feature.aggregate:
        case "ever":
            return "ever"
        case "sum":
            return f"{feature.days} days"
        case which:
            return f"{which} day in {feature.days}"


def _own_first(field: str) -> tuple[bool, str]:
    return field.partition(".")[0] in KINDS, field


def _families(by_subject: dict[str, list[Entry]]) -> Iterator[str]:
    counted = [entry for of_subject in by_subject.values() for entry in of_subject]
    rows = [
        (family, *(str(sum(e.family == family for e in of)) for of in by_subject.values()))
        for family in sorted({entry.family for entry in counted})
    ]
    total = ("all", *(str(len(of_subject)) for of_subject in by_subject.values()))
    return _table(("Family", *map(_capital, by_subject)), [*rows, total])


def _row(entry: Entry) -> _Cells:
    remarks = [
        "a code" if entry.categorical else "",
        _DIRECTIONS[entry.direction],
        "supervisors only" if entry.roles == ("supervisor",) else "",
    ]
    return (
        f"`{entry.name}`",
        _escaped(entry.sentence.replace("{value}", "…")),
        _escaped(entry.unit),
        entry.family,
        "<br>".join(map(_escaped, entry.past)),
        _code(entry.sources),
        _escaped(entry.missing),
        "; ".join(filter(None, remarks)),
    )


def _of_mappings() -> Iterator[str]:
    """What a mapping adds, by an extra key and an attribute with the name NAME."""
    added = FeatureSet(("name",), (("name", "numeric"),))
    rows = []
    for subject in SUBJECTS:
        there = {entry.name for entry in entries(FeatureSet(), subject)}
        for entry in entries(added, subject):
            if entry.name not in there:
                name = re.sub(r"(?<=extra_|nsion_)name", "NAME", entry.name)
                sentence = entry.sentence.replace("name", "NAME").replace("Name", "NAME")
                said = _escaped(sentence.replace("{value}", "…"))
                rows.append((f"`{name}`", subject, said, _escaped(entry.unit)))
    return _table(("Feature", "Of a", "Says", "Unit"), sorted(rows))


def _key_row(key: str) -> _Cells:
    sources = key_sources(key)
    cells = (
        _code(sources[kind]) or "everybody" if kind in sources else ""
        for kind in ("consignment", "crossing", "incident")
    )
    seen = "closed days" if key in POPULATION_KEYS else "up to the moment before"
    return (f"`{key}`", *cells, seen)


def _measure_rows() -> Iterator[_Cells]:
    for measure in sorted(MEASURES):
        for kind, fields in measure_sources(measure).items():
            yield f"`{measure}`", kind, _code(fields) or "one for each"


def _table(head: _Cells, rows: Iterable[_Cells]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _code(fields: Iterable[str]) -> str:
    return ", ".join(f"`{field}`" for field in fields)


def _escaped(text: str) -> str:
    """Plain words in a cell of a table: what Markdown reads as its own is taken literally."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", text)


def _capital(code: str) -> str:
    words = code.replace("_", " ")
    return words[:1].upper() + words[1:]
