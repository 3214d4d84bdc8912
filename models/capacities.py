"""What each post can inspect in a shift, as its office writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import InvalidPolicyError, first_fault
from models.policy import LEAST_RANDOM_SHARE


@dataclass(frozen=True)
class ShiftCapacity:
    """How a post's capacity is spent, shift by shift.

    Besides, whatever is written here, one random moment a post and week is inspected
    (`models.random_moments`).

    Attributes:
        inspections: In a shift; a fraction where there is less than one a shift.
        document_checks: In a shift, besides.
        shifts_begin: Hours at which shifts begin, UTC, rising.
        random_share: Share of the inspections that chance decides, at least 0.1.
        rules_share: Share of the inspections that rules may take besides the mandatory ones.
        carried: Inspections at most that a quiet shift may leave to later ones.
        usual_movements: In a shift, before any was seen; None where nobody knows.

    Raises:
        InvalidPolicyError: naming the field that cannot be.
    """

    inspections: float
    document_checks: float = 0.0
    shifts_begin: tuple[int, ...] = (6, 14, 22)
    random_share: float = LEAST_RANDOM_SHARE
    rules_share: float = 0.2
    carried: float = 1.0
    usual_movements: float | None = None

    def __post_init__(self) -> None:
        # Comparisons are written so that NaN fails them.
        if not (self.inspections > 0 and isfinite(self.inspections)):
            raise InvalidPolicyError(f"inspections is {self.inspections}; it is more than 0.")
        if not (self.document_checks >= 0 and isfinite(self.document_checks)):
            raise InvalidPolicyError(
                f"document_checks is {self.document_checks}; it is at least 0."
            )
        begin = self.shifts_begin
        if not begin or sorted(set(begin)) != list(begin) or not 0 <= begin[0] <= begin[-1] < 24:
            raise InvalidPolicyError(f"shifts_begin is {list(begin)}; it is hours 0 to 23, rising.")
        if not LEAST_RANDOM_SHARE <= self.random_share <= 1:
            raise InvalidPolicyError(
                f"random_share is {self.random_share}; at least {LEAST_RANDOM_SHARE} of the "
                f"inspections must be left to chance, or nobody can tell what the model misses."
            )
        if not 0 <= self.rules_share <= 1 - self.random_share:
            raise InvalidPolicyError(
                f"rules_share is {self.rules_share}; with random_share it is at most 1."
            )
        if not (self.carried >= 0 and isfinite(self.carried)):
            raise InvalidPolicyError(f"carried is {self.carried}; it is at least 0.")
        usual = self.usual_movements
        if usual is not None and not (usual > 0 and isfinite(usual)):
            raise InvalidPolicyError(f"usual_movements is {usual}; it is more than 0.")


@dataclass(frozen=True)
class Capacities:
    """The capacity of every post: its own, or the default."""

    default: ShiftCapacity
    posts: Mapping[str, ShiftCapacity] = field(default_factory=dict)

    def of(self, post: str) -> ShiftCapacity:
        """The capacity of a post."""
        return self.posts.get(post, self.default)


def load_capacities(path: Path) -> Capacities:
    """Read the capacities of an office's posts; raises as `capacities_of`, or when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPolicyError(f"{path} cannot be read as YAML: {error}") from error
    return capacities_of(text, where=str(path))


def capacities_of(text: str, *, where: str) -> Capacities:
    """The capacities an office wrote down.

    Args:
        text: YAML: `default:`, the fields of `ShiftCapacity`, and `posts:`, by post the fields in
            which it differs from the default.
        where: What errors call the text, such as its file.

    Raises:
        InvalidPolicyError: naming the post and the field that is wrong.
    """
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidPolicyError(f"{where} cannot be read as YAML: {error}") from error
    try:
        written = _File.model_validate(read)
    except ValidationError as error:
        raise InvalidPolicyError(f"{where} is invalid at {first_fault(error)}.") from error
    default = written.default.model_dump(exclude_unset=True)
    if "inspections" not in default:
        raise InvalidPolicyError(f"{where} does not say default.inspections.")
    return Capacities(
        _capacity(default, "default", where),
        {
            post: _capacity(default | entry.model_dump(exclude_unset=True), f"posts.{post}", where)
            for post, entry in written.posts.items()
        },
    )


Number = Annotated[float, Field(allow_inf_nan=False)]


class _Written(BaseModel):
    """The fields of one entry, each optional."""

    model_config = ConfigDict(extra="forbid", strict=True)

    inspections: Number = 0.0
    document_checks: Number = 0.0
    shifts_begin: Annotated[tuple[int, ...], Field(strict=False)] = ()
    random_share: Number = 0.0
    rules_share: Number = 0.0
    carried: Number = 0.0
    usual_movements: Number | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    default: _Written
    posts: dict[str, _Written] = {}


def _capacity(fields: Mapping[str, object], entry: str, where: str) -> ShiftCapacity:
    try:
        return ShiftCapacity(**fields)  # type: ignore[arg-type]
    except InvalidPolicyError as error:
        raise InvalidPolicyError(f"{where}, {entry}: {error}") from error
