"""What every record says about itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from features.records.fields import Code, EventInstant, KnownCountry, PastInstant, QualityFlags


class Record(BaseModel):
    """One fact as a source system reported it; its identity is system, id and version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_system: Code = Field(description="The system the record comes from.")
    source_record_id: Code = Field(description="The record's id in that system.")
    record_version: Annotated[int, Strict(), Field(ge=1, le=1_000_000)] = Field(
        default=1,
        description="1 for the first report; a correction has the next number and supersedes.",
    )
    event_at: EventInstant = Field(description="When it happened; RFC 3339 with zone.")
    known_at: PastInstant | None = Field(
        default=None,
        description="When the source knew it; RFC 3339 with zone. Null: when it arrives.",
    )
    time_precision: Literal["instant", "day"] = Field(
        default="instant", description='"day" if only the date of event_at is known.'
    )
    owner_country: KnownCountry = Field(
        description="Country whose administration owns the record; ISO 3166-1 alpha-2 or XK."
    )
    owner_post: Code = Field(description="Office or post that owns the record.")
    quality_flags: QualityFlags = Field(
        default_factory=list,
        description="Codes of what is doubtful about the record; set on intake, sent empty.",
    )
