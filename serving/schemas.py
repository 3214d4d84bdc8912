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
    usual_in_words: str | None = Field(description="Its usual range, and among what.")


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
    language: str | None = Field(default=None, description="Of the sentences; absent: English.")
    translation_reviewed: bool | None = Field(
        default=None, description="Whether a native speaker has read the translations."
    )


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


class Caution(BaseModel):
    """Why a score may be wrong."""

    code: str
    sentence: str


class Change(BaseModel):
    """A lawful, truthful change, and what the head makes of the movement with it."""

    column: str
    value: float | None = Field(description="As it is; null if not known.")
    instead: float
    margin: float = Field(description="In log-odds.")
    probability: float
    band: Band
    sentence: str


class Lowering(BaseModel):
    """At most three changes that would have lowered a score; for supervisors, not for traders."""

    note: str
    changes: list[Change]


class RiskExplanation(BaseModel):
    """Everything that made up one margin: `base_margin` and the contributions sum to it."""

    head: Head
    margin: float | None = Field(description="In log-odds, as answered; null if it abstained.")
    base_margin: float
    sum: float
    reasons: list[Reason]
    columns: list[Column]
    band_in_words: str | None
    why_this_may_be_wrong: list[Caution]
    what_would_have_lowered_it: Lowering | None = Field(
        default=None, description="Only for those who may see it."
    )


class Explanation(BaseModel):
    """Everything behind a score."""

    score_id: str
    as_of: int
    language: str
    translation_reviewed: bool
    recommendation_in_words: str
    quality_flags_in_words: list[str]
    risks: dict[str, RiskExplanation]


class Version(BaseModel):
    """One version of a movement; the score is null if it came in with the history.

    There is no `score` where the movement says `own_view_first`.
    """

    record_version: int
    as_of: int
    score: Answer | None = None


class MovementVersions(BaseModel):
    """A movement over all its versions."""

    kind: Literal["consignment", "crossing"]
    source_system: str
    source_record_id: str
    bands: dict[str, Band | None] | None = Field(
        default=None,
        description="By risk: the highest over the versions. Absent where own_view_first.",
    )
    own_view_first: Literal[True] | None = Field(
        default=None,
        description="The score is kept back until one has recorded a view of one's own.",
    )
    versions: list[Version]


class MovementsFound(BaseModel):
    """The movements that bear a reference: a declaration and a crossing may share one."""

    movements: list[MovementVersions]


class ChangedRisk(BaseModel):
    """What a score says of one risk; no probability, which nobody needs to reconcile by."""

    band: Band | None = Field(description="Null: it abstained, or there is no model.")
    movement_band: Band | None = Field(description="The highest over the movement's versions.")


class ScoreChange(BaseModel):
    """A score that was made: the movement's first, or one that supersedes another.

    There are no risks, action and because where it says `own_view_first`.
    """

    score_id: str
    epoch: int = Field(description="Of the ledger; a later one is numbered higher.")
    as_of: int = Field(description="When the movement became known; microseconds since 1970 UTC.")
    movement: Movement
    owner_post: str
    supersedes: str | None = Field(description="The score it takes the place of.")
    risks: dict[str, ChangedRisk] | None = None
    action: Literal["inspect", "check_documents", "release"] | None = None
    because: Literal["model", "random", "rule"] | None = None
    own_view_first: Literal[True] | None = Field(
        default=None,
        description="The score is kept back until one has recorded a view of one's own.",
    )
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
    explained_by: str | None = Field(
        default=None,
        description="Who computes the exact contributions: `kernel`, `lightgbm` where the kernel did "
        "not agree with it on sample rows, or `closed_form` for a regression.",
    )
    explanations_differ_by: float | None = Field(
        default=None,
        description="Largest difference of the kernel from LightGBM on the sample rows, in log-odds.",
    )
    rules_only: str | None = Field(default=None, description="Why there is no model.")


class PostCapacity(BaseModel):
    """What a post can do in a shift."""

    inspections: float
    document_checks: float
    shifts_begin: list[int] = Field(description="Hours, UTC.")
    random_share: float
    rules_share: float
    carried: float
    usual_movements: float | None


class ConfigurationSummary(BaseModel):
    """What the office decided for itself; nobody signed what is shipped with the program."""

    sha256: str
    signed_by: list[str]
    default_capacity: PostCapacity
    posts_with_their_own: list[str]


class SwitchState(BaseModel):
    """Whether the models may speak: "rules" means that rules and chance decide alone."""

    mode: Literal["model", "rules"]
    at: int | None
    actor: str
    reason: str


class ServingModel(BaseModel):
    """What serves now."""

    model: Model | None
    signed_by: list[str]
    heads: list[HeadSummary]
    features_sha256: str
    rules_sha256: str
    configuration: ConfigurationSummary
    switch: SwitchState
    not_taken_up: str | None = Field(
        description="Why the heads or configuration put in place last are not in force."
    )
    epoch: int
    rehearsal: bool
