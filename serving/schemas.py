"""What answers look like, for the interface's description; the service builds them as plain JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Band = Literal["low", "medium", "high", "very_high"]


class Movement(BaseModel):
    """Which movement, in its own system's words."""

    kind: Literal["consignment", "crossing"]
    source_system: str
    source_record_id: str
    record_version: int


class Model(BaseModel):
    """The model that answered; its hash names every byte of it."""

    name: str
    version: str
    sha256: str


class Reason(BaseModel):
    """One group of related facts, and how far it moved the score."""

    code: str
    direction: Literal["raises", "lowers"]
    contribution: float = Field(description="In log-odds.")
    share: float = Field(description="Its part of everything that moved the score.")
    sentence: str
    column: str
    value: float | None
    usual_low: float | None
    usual_high: float | None
    unit: str


class Risk(BaseModel):
    """One risk of one movement: a calibrated probability, or why there is none."""

    probability: float | None = None
    in_words: str | None = Field(default=None, description='Such as "about 1 in 140 like this".')
    base_rate: float | None = Field(default=None, description="Over the movements of training.")
    base_rate_in_words: str | None = None
    band: Band | None = None
    movement_band: Band | None = Field(description="The highest over the movement's versions.")
    rule_points: int
    reasons: list[Reason] | None = None
    abstained: Literal[True] | None = None
    reason: str | None = Field(default=None, description="Why there is no probability.")


class AppliedRule(BaseModel):
    """A rule of the office that applies."""

    code: str
    risk: str
    sentence: str


class Recommendation(BaseModel):
    """What to do; a person decides."""

    action: Literal["inspect", "check_documents", "release"]
    because: Literal["model", "random", "rule"]
    propensity: float = Field(description="Probability of `inspect` over the random draw.")
    random_probability: float | None = Field(
        default=None, description="Probability that chance alone names the movement."
    )


class Answer(BaseModel):
    """What is answered about a movement."""

    score_id: str
    as_of: int = Field(description="When the movement became known; microseconds since 1970 UTC.")
    movement: Movement
    model: Model | None = Field(description="Null: rules and chance serve.")
    risks: dict[str, Risk]
    rules: list[AppliedRule]
    recommendation: Recommendation
    quality_flags: list[str]
    supersedes: str | None = Field(description="The latest score of an earlier version.")
    rehearsal: Literal[True] | None = Field(default=None, description="The clock is not real.")


class Receipt(BaseModel):
    """An inspection or incident that was taken."""

    as_of: int = Field(description="When it became known; microseconds since 1970 UTC.")
    kind: Literal["inspection", "incident"]
    source_system: str
    source_record_id: str
    record_version: int
    warning: str | None = None


class FieldFault(BaseModel):
    """One rule that one field breaks."""

    field: str = Field(description='JSON pointer; "" is the whole.')
    rule: str
    message: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    way_out: str = Field(description="What to do about it.")
    instance: str = Field(description="The request's id.")
    errors: list[FieldFault]


class BatchItem(BaseModel):
    """What became of one record of a batch."""

    model_config = ConfigDict(json_schema_extra={"description": "Either answer or problem."})

    status: int = Field(description="The status this record would have got by itself.")
    answer: Answer | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """What became of each record, in the batch's order."""

    accepted: int
    duplicate: int
    quarantined: int
    items: list[BatchItem]


class Column(BaseModel):
    """What one column contributed."""

    column: str
    value: float | None
    unit: str
    contribution: float
    usual_low: float | None
    usual_high: float | None
    sentence: str


class Head(BaseModel):
    """The head that was asked."""

    name: str
    version: str


class RiskExplanation(BaseModel):
    """Everything that made up one margin: `base_margin` and the contributions sum to it."""

    head: Head
    margin: float | None = Field(description="In log-odds, as answered; null if it abstained.")
    base_margin: float
    sum: float
    reasons: list[Reason]
    columns: list[Column]


class Explanation(BaseModel):
    """Everything behind a score."""

    score_id: str
    as_of: int
    risks: dict[str, RiskExplanation]


class Version(BaseModel):
    """One version of a movement; the score is null if it came in with the history."""

    record_version: int
    as_of: int
    score: Answer | None


class MovementVersions(BaseModel):
    """A movement over all its versions."""

    kind: Literal["consignment", "crossing"]
    source_system: str
    source_record_id: str
    bands: dict[str, Band | None] = Field(description="By risk: the highest over the versions.")
    versions: list[Version]


class MovementsFound(BaseModel):
    """The movements that bear a reference: a declaration and a crossing may share one."""

    movements: list[MovementVersions]


class ChangedRisk(BaseModel):
    """What a score says of one risk; no probability, which nobody needs to reconcile by."""

    band: Band | None = Field(description="Null: it abstained, or there is no model.")
    movement_band: Band | None = Field(description="The highest over the movement's versions.")


class ScoreChange(BaseModel):
    """A score that was made: the movement's first, or one that supersedes another."""

    score_id: str
    epoch: int = Field(description="Of the ledger; a later one is numbered higher.")
    as_of: int = Field(description="When the movement became known; microseconds since 1970 UTC.")
    movement: Movement
    owner_post: str
    supersedes: str | None = Field(description="The score it takes the place of.")
    risks: dict[str, ChangedRisk]
    action: Literal["inspect", "check_documents", "release"]
    because: Literal["model", "random", "rule"]
    model_sha256: str | None = Field(description="Null: rules and chance served.")


class ScoreChanges(BaseModel):
    """A page of score changes, in the order they were made."""

    changes: list[ScoreChange] = Field(description="Empty at the end of what there is now.")
    next: str = Field(description="Ask with this as `after` for what follows, now or later.")


class HeadSummary(BaseModel):
    """One risk of one subject: its head, or why there is none."""

    subject: str
    risk: str
    version: str | None = None
    manifest_sha256: str | None = None
    kind: str | None = None
    target_results: list[str] | None = None
    base_rate: float | None = None
    bands: dict[str, float] | None = None
    trained_from: str | None = None
    trained_to: str | None = None
    trained_rows: int | None = None
    trained_hits: int | None = None
    metrics: dict[str, float] | None = None
    columns: list[str] | None = None
    rules_only: str | None = Field(default=None, description="Why there is no model.")


class ServingModel(BaseModel):
    """What serves now."""

    model: Model | None
    signed_by: list[str]
    heads: list[HeadSummary]
    features_sha256: str
    rules_sha256: str
    capacity: dict[str, float]
    epoch: int
    rehearsal: bool
