"""What decides a model besides the data: the parameter file, checked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.measures import FINDS
from features.records.deny_list import protected_name
from models.errors import first_fault
from training.errors import ParamsRefused

Subject = Literal["consignment", "crossing"]
Share = Annotated[float, Field(gt=0, le=1)]
RaisedBand = Literal["medium", "high", "very_high"]
HeadKind = Literal["nested", "trees", "logistic", "blend"]
BandShares = dict[RaisedBand, Share]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SplitParams(_Part):
    """Where training ends: either two dates, or days counted back from the last movement."""

    valid_from: date | None = None
    test_from: date | None = None
    valid_days: int | None = Field(default=None, ge=1)
    test_days: int | None = Field(default=None, ge=1)
    embargo_days: int | Literal["measured"] = 0
    matured_share: Share = 0.9

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        given = [self.valid_from, self.test_from, self.valid_days, self.test_days]
        if [value is not None for value in given] not in ([True, True, False, False],
                                                          [False, False, True, True]):  # fmt: skip
            raise ValueError("give valid_from and test_from, or valid_days and test_days")
        if self.valid_from and self.test_from and self.valid_from >= self.test_from:
            raise ValueError("valid_from must lie before test_from")
        if isinstance(self.embargo_days, int) and self.embargo_days < 0:
            raise ValueError("embargo_days must be 0 or more, or the word measured")
        return self


class TreeSettings(_Part):
    """How large and how careful the trees are, from a number of hits on."""

    from_hits: int = Field(ge=0)
    rounds: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    num_leaves: int = Field(ge=2)
    min_data_in_leaf: int = Field(ge=1)
    feature_fraction: Share
    bagging_fraction: Share
    lambda_l2: float = Field(default=0.0, ge=0)
    cat_smooth: float = Field(ge=0)
    cat_l2: float = Field(ge=0)


class ReportParams(_Part):
    """What police reports are worth beside finds, by the 4x4 grades; `params.yaml` explains each knob.

    A grade that is not named is worth nothing.
    """

    types: dict[str, tuple[str, ...]]
    source: dict[str, Annotated[float, Field(ge=0, le=1)]]
    information: dict[int, Annotated[float, Field(ge=0, le=1)]]

    def worth(self, source: str, information: int) -> float:
        """What a report of these grades is worth, in finds, from 0 to 1."""
        return self.source.get(source, 0.0) * self.information.get(information, 0.0)


class FitParams(_Part):
    """How heads are fitted; `params.yaml` explains each knob."""

    minimum_hits: int = Field(ge=2)
    weight_cap: float = Field(ge=1)
    least_effective: Share = 1.0
    background: float = Field(default=1.0, ge=0, le=100)
    rules_worth: float = Field(default=15.0, ge=0, le=1000)
    reports: ReportParams | None = None
    most_levels: int = Field(ge=2)
    early_stopping_rounds: int = Field(ge=0)
    refit_on_valid: bool
    head: HeadKind = "nested"
    folds: int = Field(default=3, ge=1, le=20)
    least_fold_hits: int = Field(default=5, ge=2)
    detection: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    trees: tuple[TreeSettings, ...] = Field(min_length=1)
    logistic_penalty: float = Field(gt=0)
    class_columns: tuple[str, ...] = ()

    def trees_for(self, hits: int) -> TreeSettings:
        """The settings for so many training hits."""
        reached = [tier for tier in self.trees if tier.from_hits <= hits]
        return max(reached or self.trees[:1], key=lambda tier: tier.from_hits)


class CalibrateParams(_Part):
    """How margins become probabilities."""

    isotonic_from_hits: int = Field(ge=2)
    valid_from_hits: int = Field(default=100, ge=2)
    band_shares: BandShares
    top_shares: tuple[Share, ...]

    @model_validator(mode="after")
    def _names_every_band(self) -> Self:
        if missing := sorted(set(get_args(RaisedBand)) - set(self.band_shares)):
            raise ValueError(f"band_shares lacks {', '.join(missing)}")
        return self


class TruthParams(_Part):
    """A table of what movements truly carried; exists for made-up years only."""

    path: Path
    capacity: Share
    risk: dict[str, str]
    carried: dict[str, str]


class PublishedFigures(_Part):
    """Figures others reported on the same data."""

    source: str
    figures: dict[str, dict[str, float]]


class EvaluateParams(_Part):
    """What is measured; `params.yaml` explains each knob."""

    capacities: tuple[Share, ...] = Field(min_length=1)
    resamples: int = Field(ge=100)
    least_hits: int = Field(ge=1)
    rules: Path
    leak_free: tuple[str, ...] = ()
    truth: TruthParams | None = None
    headline: str | None = None
    published: PublishedFigures | None = None


class GateParams(_Part):
    """What a challenger must show before it serves; `params.yaml` explains each knob."""

    capacity: Share = 0.03
    margin: float = Field(default=0.2, gt=0, lt=1)
    family_error: float = Field(default=0.05, gt=0, lt=0.5)
    calibration_factor: float = Field(default=1.5, gt=1)
    shadow_days: int = Field(default=14, ge=14)
    most_auc: float = Field(default=0.6, ge=0.5, lt=1)
    selection_ratio: float = Field(default=0.8, gt=0, lt=1)
    least_group: int = Field(default=50, ge=10)
    most_audited: int = Field(default=30_000, ge=1000)
    parity_sample: int = Field(default=200, ge=1)
    replay_sample: int = Field(default=200, ge=1)
    swaps: int = Field(default=500, ge=2)


class WatchParams(_Part):
    """How served heads are watched; `params.yaml` explains each knob."""

    reference_days: int = Field(default=365, ge=28)
    false_alarms_in_two_years: float = Field(default=1.0, gt=0, le=10)
    tolerance: float = Field(default=0.15, ge=0, le=2)
    window_days: int = Field(default=180, ge=7)
    known_share: Share = 0.9
    random_share: tuple[Share, Share] = (0.1, 0.3)
    random_step: float = Field(default=0.05, gt=0, lt=1)
    top_columns: int = Field(default=10, ge=1, le=50)

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        least, most = self.random_share
        if least > most:
            raise ValueError("random_share is a least and a most share, in this order")
        return self


class Params(_Part):
    """The parameter file."""

    seed: int
    subjects: tuple[Subject, ...] = Field(min_length=1)
    targets: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], tuple[str, ...]]
    split: SplitParams
    fit: FitParams
    calibrate: CalibrateParams
    evaluate: EvaluateParams
    gate: GateParams = GateParams()
    watch: WatchParams = WatchParams()

    @property
    def heads(self) -> tuple[tuple[Subject, str], ...]:
        """Subject and risk of every head."""
        return tuple((subject, risk) for subject in self.subjects for risk in self.targets)

    @property
    def head_names(self) -> tuple[str, ...]:
        """Names of the heads and of their folders."""
        return tuple(f"{subject}-{risk}" for subject, risk in self.heads)

    @model_validator(mode="after")
    def _targets_are_finds(self) -> Self:
        for risk, results in self.targets.items():
            if unknown := sorted(set(results) - set(FINDS)) or not results:
                raise ValueError(f"target {risk} must name results out of {', '.join(FINDS)}"
                                 f", not {unknown}")  # fmt: skip
            if attribute := protected_name(risk):
                raise ValueError(f"target {risk} is named after a protected attribute: {attribute}")
        return self


def load_params(path: Path) -> Params:
    """Read a parameter file; sections of the made-up years (`scenario`, `records`) are not read.

    Raises:
        ParamsRefused: naming the first fault.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        mine = {key: value for key, value in read.items() if key not in ("scenario", "records")}
        return Params.model_validate(mine)
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise ParamsRefused(f"{path} cannot be read as a parameter file: {error}") from error
    except ValidationError as error:
        raise ParamsRefused(f"{path} is invalid at {first_fault(error)}.") from error
