"""What comes in: the four kinds of record and what is refused at the door."""

from features.records.base import Record
from features.records.consignment import Consignment, ConsignmentItem
from features.records.crossing import Crossing
from features.records.incident import Incident
from features.records.inspection import Find, Inspection

__all__ = [
    "KINDS",
    "Consignment",
    "ConsignmentItem",
    "Crossing",
    "Find",
    "Incident",
    "Inspection",
    "Record",
]

#: Model of each kind of record, by the kind's name.
KINDS: dict[str, type[Record]] = {
    "consignment": Consignment,
    "crossing": Crossing,
    "inspection": Inspection,
    "incident": Incident,
}
