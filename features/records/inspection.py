"""What an inspection of a movement found, and why that movement was chosen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from features.records.base import Record
from features.records.examples import example
from features.records.fields import Code, Count, Country, PastInstant, Text, Yes

SelectionReason = Literal[
    "random", "rule", "model", "tip", "joint_operation", "mandatory", "officer_observation"
]
ControlLevel = Literal[
    "documentary", "visual", "scanner", "gas_probe", "dog", "partial_unload", "full_unload"
]
InspectionResult = Literal[
    "nothing_found",
    "arms",
    "persons_concealed",
    "other_contraband",
    "documentary",
    "inconclusive",
    "not_searched",
]
FindCategory = Literal[
    "pistol",
    "revolver",
    "rifle",
    "submachine_gun",
    "shotgun",
    "blank_alarm_signal",
    "converted",
    "deactivated",
    "air_gas",
    "part_component",
    "ammunition",
    "explosive_device",
    "persons",
    "other",
]


class Find(BaseModel):
    """One kind of thing an inspection found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: FindCategory = Field(description="UNODC firearms questionnaire category.")
    quantity: Count = Field(description="Pieces, or persons.")
    marking_status: Literal["marked", "erased", "none", "unknown"] | None = Field(
        default=None, description="Marking of a firearm."
    )
    concealment_class: (
        Literal["cargo", "vehicle_structure", "luggage", "parcel", "vehicle_exterior", "other"]
        | None
    ) = Field(default=None, description="Where it was hidden.")
    origin_dispatch_country: Country | None = Field(
        default=None, description="Where the thing was sent from; ISO 3166-1 alpha-2."
    )
    intended_destination: Country | None = Field(
        default=None, description="Where the thing was going; ISO 3166-1 alpha-2."
    )


class Inspection(Record):
    """A check of one movement, from its selection to its result."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [example("inspection", datetime(2026, 11, 2, 9, 0, tzinfo=UTC))]
        }
    )

    movement_source_system: Code | None = Field(
        default=None, description="System of the movement inspected; null: the inspection's own."
    )
    movement_source_record_id: Code = Field(description="Id of the movement inspected, there.")
    selection_reason: SelectionReason = Field(description="Why this movement was chosen.")
    selection_propensity: Annotated[float, Strict(), Field(gt=0, le=1)] | None = Field(
        default=None,
        description="Probability of being chosen, in (0, 1]; null where nobody can know it.",
    )
    score_id_shown: Code | None = Field(default=None, description="Score the officer was shown.")
    score_hidden_until_view: Yes | None = Field(
        default=None, description="The officer gave a view before the score was shown."
    )
    officer_prior_view: Literal["search", "no_search"] | None = Field(
        default=None, description="The officer's view before the score was shown."
    )
    control_level: ControlLevel = Field(description="How thorough the check was.")
    started_at: PastInstant | None = Field(default=None, description="RFC 3339 with zone.")
    ended_at: PastInstant | None = Field(default=None, description="RFC 3339 with zone.")
    result: InspectionResult = Field(description="What the check came to.")
    result_confirmed_at: PastInstant | None = Field(default=None, description="RFC 3339 with zone.")
    four_eyes_by: Code | None = Field(
        default=None, description="Role id of the second pair of eyes."
    )
    reason_text: Text | None = Field(default=None, description="Reason in words.")
    finds: list[Find] = Field(default_factory=list, max_length=99, description="What was found.")
