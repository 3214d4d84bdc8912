"""What is measured on: a deployment's ledger, or what the pipeline has made of one."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from features.commands import open_store
from features.ledger.export import load_features
from training.errors import TrainingError
from training.exported import read_movements
from training.labels import read_outcomes
from training.material import Material, material
from training.params import Params


def read_material(
    *, home: Path, store: str | None, data: Path | None, params: Params, console: Console
) -> Material:
    """Movements, outcomes and features, ready for training and measuring.

    Args:
        home: The deployment, whose ledger is exported.
        store: Address of its store.
        data: Instead of a ledger: a folder whose `events` and `features` the pipeline has made.
        params: The parameter file.
        console: Where progress is told.

    Raises:
        TrainingError: when the folder lacks one of them.
        NothingToLearn: when the ledger holds no outcome of an inspection.
    """
    if data is None:
        ledger = open_store(home, store)
        try:
            return material(ledger, home / "training", params=params, console=console)
        finally:
            ledger.close()
    events, features = data / "events", data / "features"
    wanted = [events / "features.json", *(features / f"{s}.parquet" for s in params.subjects)]
    if missing := [str(path) for path in wanted if not path.exists()]:
        raise TrainingError(f"{', '.join(missing)} is not there; make it with: dvc repro features")
    return Material(
        movements={subject: read_movements(features, subject) for subject in params.subjects},
        outcomes=read_outcomes(events),
        features=load_features(events),
        texts={},
        events=events,
    )
