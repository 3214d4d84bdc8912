"""What the police report: a count by area and month, or a find linked to a vehicle, firm or route."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from features.records.base import Record
from features.records.examples import example
from features.records.fields import Code, Container, Count, Plate


class Incident(Record):
    """An aggregate count or a graded report; never about a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [example("incident", datetime(2026, 11, 2, 9, 0, tzinfo=UTC))]
        }
    )

    area_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z0-9]{1,4}$")] | None = Field(
        default=None, description='Area like a NUTS 3 region, such as "MK008"; never an address.'
    )
    month: (
        Annotated[
            str, StringConstraints(pattern=r"^(19[7-9]|20[0-9]|21[0-9])[0-9]-(0[1-9]|1[0-2])$")
        ]
        | None
    ) = Field(default=None, description="Calendar month, YYYY-MM.")
    incident_type: Code = Field(description='Such as "firearm_found".')
    weapon_category: Code | None = Field(default=None, description="Category of the weapon.")
    count: Count | None = Field(default=None, description="Incidents in the area and month.")
    linked_vehicle_id: Plate | None = Field(
        default=None, description="Plate of the vehicle linked."
    )
    linked_trader_id: Code | None = Field(
        default=None, description="Legal entity linked: EORI or tax number."
    )
    linked_container_id: Container | None = Field(default=None, description="ISO 6346 number.")
    linked_route: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z]{2}$")] | None = Field(
        default=None, description='Countries of dispatch and destination, such as "RS-HU".'
    )
    source_grade: Literal["A", "B", "C", "X"] | None = Field(
        default=None, description="Reliability of the source, 4x4 scheme."
    )
    information_grade: Literal[1, 2, 3, 4] | None = Field(
        default=None, description="Reliability of the information, 4x4 scheme."
    )

    @model_validator(mode="after")
    def _counts_or_links(self) -> Self:
        counted = [self.area_code, self.month, self.count]
        links = (
            self.linked_vehicle_id,
            self.linked_trader_id,
            self.linked_container_id,
            self.linked_route,
        )
        linked = any(link is not None for link in links)
        if linked and (self.source_grade is None or self.information_grade is None):
            raise PydanticCustomError(
                "grades_missing",
                "A linked incident needs source_grade and information_grade.",
            )
        if not linked and any(part is None for part in counted):
            raise PydanticCustomError(
                "neither_count_nor_link",
                "An incident is area_code, month and count, or has a linked_ field.",
            )
        return self
