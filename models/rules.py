"""What an office's own rules say about movements: points, and which rules gave them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, overload

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.spec import Floats, Integers
from models.errors import InvalidRulesError, first_fault


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Condition(_Part):
    """One claim about one column. A value that is not known satisfies only `missing: true`.

    Attributes:
        missing: True: the value must not be known; false: it must be.
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    equals: float | None = None
    missing: bool | None = None

    @overload
    def holds(self, values: float) -> bool: ...

    @overload
    def holds(self, values: Floats) -> NDArray[np.bool_]: ...

    def holds(self, values: Floats | float) -> NDArray[np.bool_] | bool:
        """Where the claim holds, for values (n,); or whether it does, for one."""
        if self.at_least is not None:
            return values >= self.at_least
        if self.at_most is not None:
            return values <= self.at_most
        if self.equals is not None:
            return values == self.equals
        # Only what is not known differs from itself.
        return values != values if self.missing else values == values

    @model_validator(mode="after")
    def _claims_one_thing(self) -> Self:
        claims = (self.at_least, self.at_most, self.equals, self.missing)
        if sum(claim is not None for claim in claims) != 1:
            raise ValueError("give exactly one of at_least, at_most, equals, missing")
        return self


class Rule(_Part):
    """One rule an officer can read and edit.

    Attributes:
        sentence: What a supervisor reads when it applies.
        all: It applies where every one of these holds.
        points: What it adds to the movement's points.
        mandatory: Where it applies, the movement is inspected whatever the model says.
        enabled: Whether the office has switched it on.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]*$")]
    subject: Literal["consignment", "crossing"]
    risk: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    sentence: str = Field(min_length=1)
    all: tuple[Condition, ...] = Field(min_length=1)
    points: int = Field(ge=1, le=100)
    mandatory: bool = False
    enabled: bool = True


@dataclass(frozen=True)
class RuleScores:
    """What the rules of one subject and risk say about n movements.

    Attributes:
        points: Sum of the points of the rules that apply (n,).
        hits: Where each rule applies (n,), by its code.
        mandatory: Where a mandatory rule applies (n,).
    """

    points: Integers
    hits: Mapping[str, NDArray[np.bool_]]
    mandatory: NDArray[np.bool_]


def load_rules(path: Path, *, columns: Mapping[str, Collection[str]]) -> tuple[Rule, ...]:
    """Read an office's rules from a file; raises as `rules_of`, or when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRulesError(f"{path} cannot be read as YAML: {error}") from error
    return rules_of(text, where=str(path), columns=columns)


def rules_of(text: str, *, where: str, columns: Mapping[str, Collection[str]]) -> tuple[Rule, ...]:
    """The rules an office wrote down.

    Args:
        text: YAML: `rules:`, a list of `Rule`.
        where: What errors call the text, such as its file.
        columns: Names of the columns there are, by subject.

    Raises:
        InvalidRulesError: naming the rule and its fault, such as a column that does not exist.
    """
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidRulesError(f"{where} cannot be read as YAML: {error}") from error
    if (
        not isinstance(read, dict)
        or read.keys() != {"rules"}
        or not isinstance(read["rules"], list)
    ):
        raise InvalidRulesError(f"{where} must hold one list called rules.")
    rules = tuple(_rule(entry, number, where) for number, entry in enumerate(read["rules"], 1))
    codes = [rule.code for rule in rules]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        raise InvalidRulesError(f"{where} gives a code twice: {', '.join(repeated)}.")
    for rule in rules:
        known = columns.get(rule.subject, ())
        if unknown := sorted({c.column for c in rule.all if c.column not in known}):
            raise InvalidRulesError(
                f"Rule {rule.code} in {where} reads columns that no {rule.subject} has: "
                f"{', '.join(unknown)}."
            )
    return rules


def evaluate(
    rules: Collection[Rule], subject: str, risk: str, columns: Mapping[str, Floats]
) -> RuleScores:
    """What the enabled rules of this subject and risk say.

    Args:
        rules: An office's rules.
        subject: Kind of movement.
        risk: The risk in question.
        columns: Finished columns, each (n,) float64, NaN where not known.

    Raises:
        InvalidRulesError: when a rule reads a column that is not given.
    """
    n = len(next(iter(columns.values()), ()))
    points = np.zeros(n, dtype=np.int64)
    mandatory = np.zeros(n, dtype=np.bool_)
    hits = {}
    for rule in concerning(rules, subject, risk):
        applies = np.ones(n, dtype=np.bool_)
        for condition in rule.all:
            if condition.column not in columns:
                raise InvalidRulesError(
                    f"Rule {rule.code} reads {condition.column}, which is not among the columns."
                )
            applies &= condition.holds(columns[condition.column])
        hits[rule.code] = applies
        points += rule.points * applies
        if rule.mandatory:
            mandatory |= applies
    return RuleScores(points=points, hits=hits, mandatory=mandatory)


def concerning(rules: Collection[Rule], subject: str, risk: str) -> tuple[Rule, ...]:
    """The rules of a subject and risk that are switched on."""
    return tuple(r for r in rules if r.enabled and (r.subject, r.risk) == (subject, risk))


def applying(rules: Collection[Rule], values: Mapping[str, float]) -> tuple[Rule, ...]:
    """Those of the rules that apply to one movement, given the columns they read."""
    return tuple([r for r in rules if all(c.holds(values[c.column]) for c in r.all)])


def _rule(entry: object, number: int, where: str) -> Rule:
    try:
        return Rule.model_validate(entry)
    except ValidationError as error:
        code = entry.get("code", "without a code") if isinstance(entry, dict) else "unreadable"
        raise InvalidRulesError(
            f"Rule {number} ({code}) in {where} is invalid at {first_fault(error)}."
        ) from error
