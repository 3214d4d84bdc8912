"""The situations in which training refuses."""

from __future__ import annotations

from features.errors import VardarError


class TrainingError(VardarError):
    """Training cannot do what was asked."""


class ParamsRefused(TrainingError):
    """The parameter file does not say what it must say."""


class NothingToLearn(TrainingError):
    """There are no movements, or no outcomes, to learn from."""


class HeadsMissing(TrainingError):
    """There are no trained heads where they were looked for."""
