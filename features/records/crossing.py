"""What a post sees of a vehicle crossing the border."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from features.records.base import Record
from features.records.examples import example
from features.records.fields import (
    Code,
    Count,
    DeclarationRef,
    Extension,
    ExtraKeys,
    PastInstant,
    Plate,
    Quantity,
    Yes,
)

BUSES = ("M2", "M3")


def _of_buses_only(count: int, info: ValidationInfo) -> int:
    if info.data.get("vehicle_class", "M3") not in BUSES:
        raise PydanticCustomError(
            "passengers_of_buses_only",
            "Passengers are counted on buses (M2, M3) only; leave the count out.",
        )
    return count


_Passengers = Annotated[Count, AfterValidator(_of_buses_only)]


class Crossing(Record):
    """A vehicle at a border crossing point; `event_at` is when it crossed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [example("crossing", datetime(2026, 11, 2, 9, 0, tzinfo=UTC))]
        }
    )

    bcp_id: Code = Field(description='Border crossing point, such as "MK-GR-01".')
    direction: Literal["entry", "exit"] = Field(description="As seen from owner_country.")
    lane_type: Code | None = Field(default=None, description="Type of lane.")
    vehicle_class: Literal["M1", "N1", "N2", "N3", "M2", "M3", "L", "train", "vessel"] = Field(
        description="M1 car, N1 van, N2/N3 lorry, M2/M3 bus, L motorcycle, train or vessel."
    )
    vehicle_id: Plate | None = Field(default=None, description="Plate of the vehicle.")
    trailer_id: Plate | None = Field(default=None, description="Plate of the trailer.")
    carrier_id: Code | None = Field(
        default=None, description="Legal entity operating a commercial vehicle: EORI or tax number."
    )
    carrier_is_natural_person: Yes = Field(
        default=False, description="Then it gets no key or history."
    )
    is_commercial: Yes = Field(
        default=False, description="The vehicle carries goods or people for pay."
    )
    axle_count: Count | None = Field(default=None, description="Axles.")
    weighbridge_kg: Quantity | None = Field(
        default=None, description="Mass on the weighbridge, kg."
    )
    tare_kg: Quantity | None = Field(default=None, description="Mass of the empty vehicle, kg.")
    declared_load_kg: Quantity | None = Field(
        default=None, description="Declared mass of the load, kg."
    )
    declared_passengers: _Passengers | None = Field(
        default=None, description="Persons; buses only."
    )
    counted_passengers: _Passengers | None = Field(default=None, description="Persons; buses only.")
    linked_declaration_refs: list[DeclarationRef] = Field(
        default_factory=list, max_length=99, description="Declarations of the goods on board."
    )
    queue_minutes: Quantity | None = Field(default=None, description="Time in the queue, minutes.")
    document_check_s: Quantity | None = Field(
        default=None, description="Time at the window, seconds."
    )
    previous_bcp_id: Code | None = Field(default=None, description="Last crossing point passed.")
    previous_crossed_at: PastInstant | None = Field(
        default=None, description="When it was passed; RFC 3339 with zone."
    )
    extra_keys: ExtraKeys = Field(
        default_factory=dict, description="Identifiers of further entities, by declared name."
    )
    extension: Extension = Field(
        default_factory=dict, description="Further attributes, numbers or categories, by name."
    )
