"""What a trained model says about itself: columns, bands, where it comes from, what it has seen."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.spec import Column
from models.errors import InvalidCardError, first_fault
from models.files import canonical_json, write_whole

BandName = Literal["low", "medium", "high", "very_high"]
BANDS: tuple[BandName, ...] = get_args(BandName)

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Part(BaseModel):
    """Nothing extra, nothing converted, no NaN, no change after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class CardColumn(_Part):
    """One column the model reads, in the words of `features.spec.Column`.

    Attributes:
        usual_low: 10th percentile over the training movements; None for a categorical column,
            or one that was never known.
        usual_high: 90th percentile, likewise.
        levels: For a categorical column the categories the head knows: the text of each, and the
            raw code that stands for it in the column (`models.levels` makes small codes of them).
    """

    name: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    unit: str
    reason: str = Field(min_length=1)
    direction: Literal[-1, 0, 1] = 0
    categorical: bool = False
    field_role: bool = True
    usual_low: float | None = None
    usual_high: float | None = None
    levels: dict[str, int] | None = None

    @classmethod
    def of(
        cls,
        column: Column,
        *,
        usual_low: float | None = None,
        usual_high: float | None = None,
        levels: dict[str, int] | None = None,
    ) -> CardColumn:
        """The card's entry for a column of the catalogue."""
        return cls(
            name=column.name,
            sentence=column.sentence,
            unit=column.unit,
            reason=column.reason,
            direction=column.direction,
            categorical=column.categorical,
            field_role=column.field_role,
            usual_low=usual_low,
            usual_high=usual_high,
            levels=levels,
        )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.categorical and (self.usual_low, self.usual_high) != (None, None):
            raise ValueError(f"column {self.name} is categorical and has no usual range")
        if self.levels is not None and not self.categorical:
            raise ValueError(f"column {self.name} has levels but is not categorical")
        return self


class ColumnSupport(_Part):
    """What training saw in one column.

    Attributes:
        lowest: Smallest value seen; None if never known, or categorical.
        highest: Largest value seen, likewise.
        share_missing: Share of the training movements in which it was not known.
        codes: Codes seen, of a categorical column, in order.
        share_new: Share of movements to be expected with a code not seen (Good-Turing: codes
            seen just once, over the rows).
    """

    lowest: float | None = None
    highest: float | None = None
    share_missing: Share = 0.0
    codes: tuple[int, ...] = ()
    share_new: Share = 0.0


class ClassSupport(_Part):
    """What training saw of the record's numbers among the movements of one category.

    Attributes:
        column: The categorical column, and `code` the category in it.
        ranges: Smallest and largest value seen, of columns in which that is narrower than among
            all movements.
        always: Columns that were known of every movement of the category, though not of all others.
        never: Columns that were known of none of them, though of others.
    """

    column: str
    code: int
    ranges: dict[str, tuple[float, float]] = {}
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Support(_Part):
    """What training saw: outside it a model abstains (`models.support` has the rules).

    Attributes:
        columns: One entry for each column of the card.
        key_columns: Columns that are known only if one of the movement's keys is: its history.
        share_without_keys: Share of the training movements that lacked all of those.
        classes: What was seen within single categories.
        gap_columns: Columns of the record whose gaps are watched: those known of some movements only.
        gaps: Which of those were not known of one movement, for every combination there was.
    """

    columns: dict[str, ColumnSupport]
    key_columns: tuple[str, ...] = ()
    share_without_keys: Share = 0.0
    classes: tuple[ClassSupport, ...] = ()
    gap_columns: tuple[str, ...] = ()
    gaps: tuple[tuple[str, ...], ...] = ()


class Card(_Part):
    """The card of one head: a subject and a risk.

    Attributes:
        target_results: Inspection results that count as a hit.
        bands: Each band's name and the lowest probability in it, from low to very high.
        top_shares: (share, p): this share of the training movements scored p or more; shares
            grow. A policy reads its thresholds here.
        trained_from: ISO time of the first training movement.
        trained_to: ISO time of the last.
        spec_sha256: Hash of the feature spec, the finish and the reference tables.
        extra_keys: Entity keys the import mapping declared.
        extension: Attributes the import mapping declared, and what they are.
    """

    format: Literal[1] = 1
    name: str = Field(pattern=r"^[a-z]+-[a-z_]+$")
    version: str = Field(min_length=1)
    subject: Literal["consignment", "crossing"]
    risk: Name
    target_results: tuple[str, ...] = Field(min_length=1)
    kind: Literal["boosted_trees", "logistic", "blend"]
    columns: tuple[CardColumn, ...] = Field(min_length=1)
    base_rate: Share
    bands: tuple[tuple[BandName, Share], ...]
    top_shares: tuple[tuple[Share, Share], ...] = ()
    trained_from: str
    trained_to: str
    trained_rows: int = Field(ge=1)
    trained_hits: int = Field(ge=0)
    spec_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    extra_keys: tuple[str, ...] = ()
    extension: dict[str, Literal["numeric", "categorical"]] = {}
    support: Support
    metrics: dict[str, float] = {}
    notes: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in the order the model reads them."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def reason_groups(self) -> dict[str, tuple[int, ...]]:
        """Places of the columns that share each reason's code, in the order of the columns."""
        found: dict[str, list[int]] = {}
        for j, column in enumerate(self.columns):
            found.setdefault(column.reason, []).append(j)
        return {code: tuple(places) for code, places in found.items()}

    @cached_property
    def reason_ranks(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """By column (f,), its reason's place among `reason_groups`; by reason, its code's among all codes."""
        codes = list(self.reason_groups)
        of_column = np.empty(len(self.columns), np.intp)
        for place, group in enumerate(self.reason_groups.values()):
            of_column[list(group)] = place
        alphabetical = {code: rank for rank, code in enumerate(sorted(codes))}
        return of_column, np.array([alphabetical[code] for code in codes], np.intp)

    @cached_property
    def sentences_said(self) -> dict[tuple[str, float, str], str]:
        """What was said of a column's value, by column, value and language; whoever keeps it bounds it."""
        return {}

    @cached_property
    def usual_said(self) -> dict[tuple[str, str, int | None], str]:
        """What was said of a column's usual range, by column, language and the class it is told with."""
        return {}

    @cached_property
    def ranges_within(self) -> dict[str, dict[int, dict[float, tuple[float, int]]]]:
        """How wide each column ranges within categories, and in which of the support's classes.

        By the column's name, then by the place of the column of categories, then by category.
        """
        names = self.column_names
        found: dict[str, dict[int, dict[float, tuple[float, int]]]] = {}
        for i, seen in enumerate(self.support.classes):
            for name, (low, high) in seen.ranges.items():
                of_column = found.setdefault(name, {}).setdefault(names.index(seen.column), {})
                code, width = float(seen.code), (high - low, i)
                of_column[code] = min(width, of_column.get(code, width))
        return found

    def band(self, probability: float) -> BandName:
        """The highest band whose lower end the probability reaches."""
        reached = BANDS[0]
        for name, lower in self.bands:
            if probability >= lower:
                reached = name
        return reached

    def to_json(self) -> bytes:
        """The card's bytes: the same card, the same bytes."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, content: bytes) -> Card:
        """Read a card.

        Raises:
            InvalidCardError: naming the first field at fault.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise InvalidCardError(f"The card is invalid at {first_fault(error)}.") from error

    def save(self, path: Path) -> None:
        """Write the card."""
        write_whole(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Card:
        """Read a card from a file; raises as `from_json`."""
        return cls.from_json(path.read_bytes())

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = self.column_names
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"columns appear twice: {', '.join(repeated)}")
        if self.name != f"{self.subject}-{self.risk}":
            raise ValueError(f"name is not {self.subject}-{self.risk}")
        if differing := sorted(set(names) ^ set(self.support.columns)):
            raise ValueError(f"support and columns differ in: {', '.join(differing)}")
        if unknown := sorted(set(self.support.key_columns) - set(names)):
            raise ValueError(f"support.key_columns are no columns: {', '.join(unknown)}")
        if unknown := sorted(_named_within(self.support) - set(names)):
            raise ValueError(f"support names what are no columns: {', '.join(unknown)}")
        if self.trained_hits > self.trained_rows:
            raise ValueError("trained_hits exceeds trained_rows")
        self._check_scales()
        if _moment(self.trained_from) > _moment(self.trained_to):
            raise ValueError("trained_from is later than trained_to")
        return self

    def _check_scales(self) -> None:
        if tuple(name for name, _ in self.bands) != BANDS:
            raise ValueError(f"bands are not {', '.join(BANDS)} in this order")
        lowers = [lower for _, lower in self.bands]
        if lowers[0] != 0 or any(low > high for low, high in pairwise(lowers)):
            raise ValueError("bands do not rise from a probability of 0")
        for (share, p), (next_share, next_p) in pairwise(self.top_shares):
            if share >= next_share or p < next_p:
                raise ValueError("top_shares do not grow in share and fall in probability")


def _named_within(support: Support) -> set[str]:
    """Columns that what was seen within categories, and together, speaks of."""
    named = {*support.gap_columns, *(name for gap in support.gaps for name in gap)}
    for seen in support.classes:
        named |= {seen.column, *seen.ranges, *seen.always, *seen.never}
    return named


def _moment(iso: str) -> datetime:
    """An ISO time; a bare date is its midnight in UTC."""
    read = datetime.fromisoformat(iso)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
