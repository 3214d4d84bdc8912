"""What an import mapping may say: the shape of its YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from features.errors import VardarError


class MappingRefused(VardarError):
    """The mapping, or a file it is laid on, is not what it has to be; the message says where."""


def _texts(codes: object) -> object:
    """Codes as cells hold them: YAML reads 10 as a number and, unquoted, NO as false."""
    if isinstance(codes, dict):
        if any(isinstance(code, bool) for code in codes):
            raise ValueError("quote the codes that YAML reads as true or false, such as 'NO'")
        return {str(code): value for code, value in codes.items()}
    return codes


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """Where one field's value comes from: one constant, one column, or columns joined.

    An empty cell is an absent value. Nothing is coerced silently: a cell that does not read as the
    rule says is a problem of its line.
    """

    value: bool | int | float | str | None = Field(default=None, description="A constant.")
    column: str | None = Field(default=None, description="The column to read.")
    columns: tuple[str, ...] = Field(default=(), description="Columns to join.")
    join: str = Field(default="-", description="What stands between joined columns.")
    codes: Annotated[dict[str, bool | int | float | str | None], BeforeValidator(_texts)] = Field(
        default_factory=dict, description="Translation of the column's codes."
    )
    otherwise: bool | int | float | str | None = Field(
        default=None, description="Value of codes not listed; without it they are a problem."
    )
    keep_others: bool = Field(default=False, description="Codes not listed stay as they are.")
    unit: Literal["kg", "t", "g", "lb"] = Field(
        default="kg", description="Unit of a mass; becomes kg."
    )
    decimal: Literal[".", ","] = Field(default=".", description="The decimal mark.")
    minor_units: int | None = Field(
        default=None,
        ge=0,
        le=4,
        description="Decimals of the currency: the amount becomes minor units.",
    )
    round: bool = Field(
        default=False, description="Round amounts to whole minor units, half to even."
    )
    date: str | None = Field(default=None, description='strptime format, or "iso".')
    zone: str = Field(default="UTC", description="IANA zone of times that name none.")
    plus_days: int = Field(default=0, description="Days added to the date.")
    plus_hours: float = Field(default=0, description="Hours added to the date.")
    json_text: bool = Field(default=False, alias="json", description="The cell holds JSON.")
    split: str | None = Field(
        default=None, min_length=1, description="The cell is a list, so separated."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [name for name in ("value", "column", "columns") if name in self.model_fields_set]
        if len(sources) != 1:
            raise ValueError("a rule has exactly one of value, column, columns")
        return self

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, ZoneInfoNotFoundError) as error:
            raise ValueError("no such IANA zone; write one such as Europe/Skopje") from error
        return zone

    @property
    def read_columns(self) -> tuple[str, ...]:
        """Columns the rule reads."""
        return self.columns if self.column is None else (self.column,)


class ExtraAttribute(_Part):
    """An extension attribute: a column of numbers or of categories."""

    column: str
    type: Literal["numeric", "categorical"]
    decimal: Literal[".", ","] = "."


_Fields: TypeAlias = dict[str, Rule]


class RecordMapping(_Part):
    """How one line becomes a record of one kind."""

    kind: Literal["consignment", "crossing", "inspection", "incident"]
    when: dict[str, str | int | list[str | int]] = Field(default_factory=dict)
    fields: _Fields
    items: tuple[_Fields, ...] | Rule = ()
    keys: _Fields = Field(default_factory=dict)
    extra: dict[str, ExtraAttribute] = Field(default_factory=dict)


class InputMapping(_Part):
    """The files of one shape, and the records each of their lines becomes."""

    files: str = Field(
        description='Glob such as "declarations_*.csv.gz"; the suffix says the format.'
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    records: tuple[RecordMapping, ...] = Field(min_length=1)


class MappingFile(_Part):
    """One import mapping, as written."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    source_system: str
    inputs: tuple[InputMapping, ...] = Field(min_length=1)

    @field_validator("inputs", mode="before")
    @classmethod
    def _listed(cls, inputs: Any) -> Any:
        return tuple(inputs) if isinstance(inputs, list) else inputs


def read_mapping_file(path: Path) -> MappingFile:
    """The mapping as written.

    Raises:
        MappingRefused: It cannot be read, or its shape is wrong; names the place in the YAML.
    """
    try:
        written = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingRefused(f"The mapping {path} cannot be read: {error}.") from error
    try:
        return MappingFile.model_validate(written)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise MappingRefused(f"The mapping {path} is refused: {places}.") from error
