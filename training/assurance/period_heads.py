"""Heads to be put to a test: those training makes of a made-up period, or those of a deployment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console

from features.ledger.keyring import load_keyring
from features.ledger.store import open_ledger
from features.registry import FeatureSet
from training.all_heads import train_all
from training.assurance.periods import Progress, prepared
from training.assurance.pinned import fingerprint
from training.errors import HeadsMissing
from training.heads import TrainedHead
from training.material import material
from training.params import Params
from training.scenario.profile import Profile
from training.store import load_trained, save_trained

#: What decides a head: the programs that make it, pinned by their bytes. Subpackages only measure.
_DECIDES = ("features/**/*.py", "models/*.py", "training/*.py")


@dataclass(frozen=True)
class Learnt:
    """Heads, and the records they learnt from and are tested on.

    Attributes:
        name: Of the period or deployment.
        seed: Of the period; what a test draws follows from it.
        movements: Integers of each subject's movements.
        outcomes: Outcomes of inspections.
        features: The features the movements were made with.
        heads: By name; where rules and chance serve there is none.
        events: Folder of the export.
        truth: The table of what movements carried; None where nobody knows.
    """

    name: str
    seed: int
    movements: Mapping[str, pa.Table]
    outcomes: pd.DataFrame
    features: FeatureSet
    heads: Mapping[str, TrainedHead]
    events: Path
    truth: Path | None


def learnt_period(
    profile: Profile, seed: int, work: Path, *, params: Params, progress: Progress
) -> Learnt:
    """A made-up period and its heads, trained from what was inspected and nothing else.

    Both are kept in `work`: some minutes the first time, for a period of `measure`.

    Raises:
        HeadsMissing: if no head of the period had enough hits.
    """
    period = prepared(profile, seed, work, progress=progress)
    folder = period.events.parent / "heads"
    mark, pinned = folder / "made.sha256", fingerprint(_DECIDES, params.model_dump(mode="json"))
    if not mark.exists() or mark.read_text() != pinned:
        progress(f"{period.name}: training its heads")
        shutil.rmtree(folder, ignore_errors=True)
        trained = train_all(
            period.movements,
            period.outcomes,
            features=period.features,
            params=params,
            texts={},
            console=Console(quiet=True),
            reports=period.reports,
        )
        save_trained(trained, folder)
        mark.write_text(pinned)
    return Learnt(
        name=period.name,
        seed=seed,
        movements=period.movements,
        outcomes=period.outcomes,
        features=period.features,
        heads=_heads(folder, params),
        events=period.events,
        truth=period.truth,
    )


def learnt_home(home: Path, models: Path, *, params: Params, progress: Progress) -> Learnt:
    """The heads of a deployment and its records; raises as `training.material.material`."""
    progress("Reading the ledger, and making features")
    ledger = open_ledger(f"sqlite:///{home}/ledger.db", load_keyring(home / "secret.key"))
    try:
        read = material(ledger, home / "training", params=params, console=Console(quiet=True))
    finally:
        ledger.close()
    truth = params.evaluate.truth
    return Learnt(
        name=str(home),
        seed=params.seed,
        movements=read.movements,
        outcomes=read.outcomes,
        features=read.features,
        heads=_heads(models, params),
        events=read.events,
        truth=truth.path if truth else None,
    )


def _heads(folder: Path, params: Params) -> dict[str, TrainedHead]:
    trained = load_trained(folder, params.head_names)
    heads = {name: made for name, made in trained.items() if isinstance(made, TrainedHead)}
    if not heads:
        raise HeadsMissing(f"Rules and chance alone serve in {folder}: there is no head to test.")
    return heads
