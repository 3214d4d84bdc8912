"""The situations in which models, rules and policies refuse."""

from __future__ import annotations

from pydantic import ValidationError

from features.errors import VardarError


class ModelError(VardarError):
    """A model, or what stands beside it, cannot be used as asked."""


class InvalidCardError(ModelError):
    """A card does not say what a card must say."""


class InvalidCalibrationError(ModelError):
    """Knots that are not a calibration."""


class InvalidLinearError(ModelError):
    """Coefficients that are not a logistic head."""


class ColumnsDifferError(ModelError):
    """Columns are not those the model was trained on, in its order."""


class HeadRefusedError(ModelError):
    """A head's files are missing, altered, or do not fit one another."""


class TreesNotReadError(ModelError):
    """Trees that cannot be flattened into arrays; LightGBM explains them itself then."""


class KeyRefusedError(ModelError):
    """A key cannot be created or read."""


class PointerRefusedError(ModelError):
    """The pointer to the champion is missing, altered, or not signed by whom we trust."""


class InvalidRulesError(ModelError):
    """A rule list an office wrote cannot be evaluated."""


class InvalidPolicyError(ModelError):
    """Shares or thresholds that no policy may have."""


def first_fault(error: ValidationError) -> str:
    """The first fault pydantic found, as `field.of.field: what is wrong`."""
    fault = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "whole"
    return f"{field}: {fault['msg']}"
