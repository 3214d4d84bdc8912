"""A checked record as it stands at the ledger's door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from features.records import Record
from features.records.check import Checked
from features.records.pseudonyms import Identifier, Pseudonymiser


@dataclass(frozen=True)
class Arrival:
    """A record without identifiers, ready to be entered.

    Attributes:
        kind: consignment, crossing, inspection or incident.
        record: As submitted; never stored.
        body: What is stored: pseudonyms in place of identifiers.
        identifiers: What the pseudonyms stand for, to be sealed.
        content_code: Equal if and only if the contents are.
        plate_country: Set aside for the fairness audit alone.
    """

    kind: str
    record: Record
    body: dict[str, object]
    identifiers: tuple[Identifier, ...]
    content_code: str
    plate_country: str | None

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """Kind, system, id and version: what a record is known by."""
        r = self.record
        return (self.kind, r.source_system, r.source_record_id, r.record_version)

    @property
    def closed_days_only(self) -> bool:
        """Only its date is known: others see it once that day has closed."""
        return self.record.time_precision == "day"


def arrival(kind: str, checked: Checked, pseudonymiser: Pseudonymiser) -> Arrival:
    """The checked record at the ledger's door."""
    stored = pseudonymiser.stored_body(checked.record)
    return Arrival(
        kind=kind,
        record=checked.record,
        body=stored.body,
        identifiers=stored.identifiers,
        content_code=pseudonymiser.content_code(kind, checked.record),
        plate_country=checked.plate_country,
    )


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment, exactly."""
    # int(timestamp() * 1e6) would round: a double holds no such number exactly.
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond
