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


class ChampionInTheWay(TrainingError):
    """There is a champion that cannot be loaded, and no reason to let others serve unjudged."""


class GateRefused(TrainingError):
    """The gate was asked for what it cannot do: a key, a challenger or a record is missing."""


class NothingToWatch(TrainingError):
    """There are no movements since a head was trained, or none before them to compare with."""


class WatchRefused(TrainingError):
    """What was said of earlier alarms cannot be read, or there is no alarm to acknowledge."""
