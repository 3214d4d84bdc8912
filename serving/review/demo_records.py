"""A night at the posts of the demonstration: records of the made-up period, some days on.

They are lines of the period's own files, read by its own import mapping, so that traders and vehicles
have the history that the ledger holds of them. Whoever passed once in the period is somebody new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from features.records.check import CheckSettings, check_record
from features.records.identifiers import is_broken_trader_id
from features.records.mapping import ImportMapping, load_mapping, payloads
from features.records.mapping_files import Line
from features.records.problems import RecordRefused

MAPPING = Path(__file__).parents[2] / "seeds" / "mappings" / "scenario.yaml"

#: How many declarations and crossings are taken as they were, by post.
ORDINARY: Mapping[str, tuple[int, int]] = {
    "MK-GR-01": (26, 66),
    "MK-GR-03": (6, 20),
    "MK-RS-01": (14, 30),
}
#: Movements of traders and vehicles with which something was found before, at these posts.
KNOWN = 14
#: Declarations that are amended in the course of the night.
AMENDED = 4

_FOUND = ("arms", "persons_concealed")
#: Columns that name whoever is behind a movement, in the period's files.
_NAMES = (
    "plate",
    "trailer",
    "exporter_no",
    "importer_no",
    "broker_no",
    "haulier_no",
    "operator_no",
)
_TRADERS = ("consignor_id", "consignee_id", "declarant_id", "carrier_id")
_LAST_DAYS = 28
_OF_ANY_TIME = CheckSettings(future_minutes=None, retention_days=None)


@dataclass(frozen=True)
class Sent:
    """A record on its way to the service.

    Attributes:
        at: When it comes in, microseconds since 1970 UTC.
        payload: As a system submits it.
    """

    at: int
    kind: str
    payload: dict[str, Any]


def night(season: Path, *, begin: int, end: int, seed: int = 1) -> list[Sent]:
    """What comes in between two moments, in its order; the same for the same period and seed.

    Args:
        season: Folder of the period's files.
        begin: Microseconds since 1970 UTC; `end` too.
        end: When the last record has come in.
        seed: Of what is taken and when it comes.

    Raises:
        VardarError: when the files are not those of a made-up period.
    """
    mapping = load_mapping(MAPPING)
    rng = Random(seed)  # noqa: S311 (made-up records, not a secret)
    read = _read(mapping, season)
    chosen = [record for line in _chosen(read, rng) for record in _records(mapping, line)]
    odd = _odd_ones(chosen, rng)
    declared = {payload.get("declaration_ref") for kind, payload in chosen if kind == "consignment"}
    renamed = _Renaming(rng, read.seen, declared)
    moments = sorted(rng.randint(begin, end) for _ in chosen)
    rng.shuffle(chosen)
    coming = list(zip(moments, _declared_first(chosen), strict=True))
    # Early, so that somebody has had to do with them when the night is over.
    coming += [(rng.randint(begin, (begin + end) // 2), one) for one in odd]
    sent = [Sent(at, kind, renamed.of(payload, at)) for at, (kind, payload) in coming]
    return sorted([*sent, *_amendments(sent, end, rng)], key=lambda one: one.at)


@dataclass
class _Read:
    """The period's last weeks at the posts, and how often each name occurs in all of it."""

    lines: list[tuple[str, Line]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    #: Movements with which something was found, and whoever was behind them.
    found: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)


def _read(mapping: ImportMapping, season: Path) -> _Read:
    read = _Read()
    for line in mapping.lines(season / "inspections.csv"):
        if line.raw.get("outcome") in _FOUND:
            read.found.add(str(line.raw.get("subject_no")))
    last = ""
    for name, number, filed in (
        ("consignments.csv", "entry_no", "registered_at"),
        ("crossings.csv", "passage_no", "registered_at"),
    ):
        for line in mapping.lines(season / name):
            names = _names(line)
            read.seen.update([*names, str(line.raw.get(number))])
            last = max(last, str(line.raw.get(filed)))
            if line.raw.get(number) in read.found:
                read.known.update(names)
            if line.raw.get("post") in ORDINARY:
                read.lines.append((name, line))
    since = f"{datetime.fromisoformat(last) - timedelta(days=_LAST_DAYS):%Y-%m-%dT%H:%M:%SZ}"
    read.lines = [one for one in read.lines if str(one[1].raw.get("registered_at")) >= since]
    return read


def _names(line: Line) -> list[str]:
    return [str(line.raw[name]) for name in _NAMES if line.raw.get(name)]


def _chosen(read: _Read, rng: Random) -> Iterator[tuple[str, Line]]:
    """The lines that are taken: a fair sample of each post, known ones, and what belongs to them."""
    taken: dict[int, tuple[str, Line]] = {}
    known = [one for one in read.lines if read.known.intersection(_names(one[1]))]
    for one in rng.sample(known, min(KNOWN, len(known))):
        taken[id(one[1])] = one
    for post, (declarations, crossings) in ORDINARY.items():
        for name, most in (("consignments.csv", declarations), ("crossings.csv", crossings)):
            of_post = [o for o in read.lines if o[0] == name and o[1].raw.get("post") == post]
            for one in rng.sample(of_post, min(most, len(of_post))):
                taken[id(one[1])] = one
    references = {str(line.raw.get("lrn")) for name, line in taken.values()}
    for one in read.lines:
        if references.intersection(str(one[1].raw.get("declarations") or "").split(";")) - {""}:
            taken[id(one[1])] = one
    return iter(taken.values())


def _records(mapping: ImportMapping, one: tuple[str, Line]) -> list[tuple[str, dict[str, Any]]]:
    name, line = one
    try:
        made = payloads(mapping.input_of(Path(name)), line)
        for kind, payload in made:
            check_record(kind, payload, now=datetime.now(UTC), settings=_OF_ANY_TIME)
    except RecordRefused:
        return []  # the period has broken lines too
    return [(kind, dict(payload)) for kind, payload in made]


def _odd_ones(
    chosen: Iterable[tuple[str, dict[str, Any]]], rng: Random
) -> list[tuple[str, dict[str, Any]]]:
    """What no season is sure to bring in one night: a mandatory rule, a class never seen before."""
    declared = [p for kind, p in chosen if kind == "consignment" and p.get("items")]
    passed = [p for kind, p in chosen if kind == "crossing" and p["vehicle_class"] == "M1"]
    odd: list[tuple[str, dict[str, Any]]] = []
    if declared:
        first, *rest = rng.choice(declared)["items"]
        cartridges = {
            **first,
            "commodity_code": "93063090",
            "description": "Cartridges and parts thereof",
            "document_codes": ["N730", "N380"],
        }
        odd.append(("consignment", {**rng.choice(declared), "items": [cartridges, *rest]}))
    if passed:
        body = rng.choice(passed)
        dropped = ("weighbridge_kg", "tare_kg", "trailer_id")
        motorcycle = {name: value for name, value in body.items() if name not in dropped}
        odd.append(("crossing", {**motorcycle, "vehicle_class": "L", "axle_count": 2}))
    return odd


def _declared_first(
    records: list[tuple[str, dict[str, Any]]],
) -> list[tuple[str, dict[str, Any]]]:
    """The records in an order in which goods are declared before they pass."""
    place = {
        payload["declaration_ref"]: i
        for i, (kind, payload) in enumerate(records)
        if kind == "consignment" and payload.get("declaration_ref")
    }
    ordered = list(records)
    for i, (_, payload) in enumerate(records):
        for reference in payload.get("linked_declaration_refs") or ():
            j = place.get(reference, -1)
            if j > i:
                ordered[i], ordered[j] = ordered[j], ordered[i]
                break
    return ordered


@dataclass(frozen=True)
class _Renaming:
    """Gives records of the past the identity of tonight.

    Attributes:
        seen: How often each name and number occurs in the period.
        declared: References of the declarations that come in again.
    """

    rng: Random
    seen: Counter[str]
    declared: Set[str | None]
    given: dict[str, str] = field(default_factory=dict)

    def of(self, payload: Mapping[str, Any], at: int) -> dict[str, Any]:
        """The record as if it came in at this moment."""
        came: datetime = payload.get("known_at") or payload["event_at"]
        comes = datetime.fromtimestamp(at / 1e6, UTC).replace(microsecond=0)
        later = comes - came
        made: dict[str, Any] = {
            name: value + later if isinstance(value, datetime) else value
            for name, value in payload.items()
            if name != "known_at" and value is not None
        }
        made["source_record_id"] = self._number(made["source_record_id"], comes)
        made["record_version"] = 1
        if "declaration_ref" in made:
            made["declaration_ref"] = self._same_for_all(made["declaration_ref"], comes)
        if "linked_declaration_refs" in made:
            made["linked_declaration_refs"] = [
                self._same_for_all(one, comes) if one in self.declared else one
                for one in made["linked_declaration_refs"]
            ]
        for name in ("vehicle_id", "trailer_id", *_TRADERS):
            if self.seen.get(made.get(name, ""), 2) == 1:
                made[name] = self._somebody_new(made[name])
        return made

    def _number(self, before: str, day: datetime) -> str:
        """A number of the same series that the period has not given."""
        while True:
            made = f"{before[0]}{day:%y%m%d}{self.rng.randint(0, 9_999_999):07}"
            if made not in self.seen:
                self.seen[made] += 1
                return made

    def _same_for_all(self, reference: str, day: datetime) -> str:
        if reference not in self.given:
            self.given[reference] = self._number(reference, day)
        return self.given[reference]

    def _somebody_new(self, name: str) -> str:
        """Another number of the same shape, right or wrong as that one is."""
        if name in self.given:
            return self.given[name]
        broken = is_broken_trader_id(name, None)
        for _ in range(1000):
            tail = "".join(self.rng.choice("0123456789") if c.isdigit() else c for c in name[-5:])
            made = name[:-5] + tail
            if made not in self.seen and is_broken_trader_id(made, None) == broken:
                return self.given.setdefault(name, made)
        return name


def _amendments(sent: list[Sent], end: int, rng: Random) -> Iterator[Sent]:
    """Second versions of some declarations: heavier, and described in fewer words."""
    early = [one for one in sent if one.kind == "consignment" and one.at < end - 90 * 60_000_000]
    for one in rng.sample(early, min(AMENDED, len(early))):
        heavier = 1 + rng.choice((5, 12, 20, 40)) / 100
        items = [dict(item) for item in one.payload["items"]]
        for item in items:
            for name in ("net_mass_kg", "gross_mass_kg"):
                if item.get(name) is not None:
                    item[name] = round(item[name] * heavier, 2)
        items[0]["description"] = str(items[0].get("description", "Goods")).split(",")[0]
        changed = {"record_version": 2, "items": items}
        if one.payload.get("gross_mass_kg") is not None:
            changed["gross_mass_kg"] = round(one.payload["gross_mass_kg"] * heavier, 2)
        changed["amendment_count"] = (one.payload.get("amendment_count") or 0) + 1
        at = one.at + rng.randint(20, 80) * 60_000_000
        yield Sent(at, one.kind, {**one.payload, **changed})
