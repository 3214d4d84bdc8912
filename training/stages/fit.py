"""Stage `fit`: a head for each subject and risk, with its logistic baseline.

`python -m training.stages.fit`
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from features.ledger.export import load_features
from training.all_heads import train_all, trained_table
from training.exported import read_movements
from training.labels import read_outcomes
from training.params import load_params
from training.police_reports import read_reports
from training.store import save_trained

_EVENTS, _FEATURES, _OUT = Path("data/events"), Path("data/features"), Path("models/trained")


def main() -> None:
    """Fit, and write the heads."""
    params = load_params(Path("params.yaml"))
    console = Console()
    trained = train_all(
        {subject: read_movements(_FEATURES, subject) for subject in params.subjects},
        read_outcomes(_EVENTS),
        features=load_features(_EVENTS),
        params=params,
        texts={},
        console=console,
        reports=read_reports(_EVENTS),
    )
    save_trained(trained, _OUT)
    console.print(trained_table(trained))


if __name__ == "__main__":
    main()
