"""Stage `features`: every integer the columns are made of, one row a movement.

`python -m training.stages.features`
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from features.ledger.export import load_features
from training.exported import write_movements
from training.params import load_params

_EVENTS, _FEATURES = Path("data/events"), Path("data/features")


def main() -> None:
    """Make the table of each subject."""
    console = Console()
    features = load_features(_EVENTS)
    for subject in load_params(Path("params.yaml")).subjects:
        with console.status(f"Features of {subject}s"):
            made = write_movements(_EVENTS, _FEATURES, features=features, subject=subject)
        console.print(f"{len(made):,} {subject}s, {made.num_columns} columns")


if __name__ == "__main__":
    main()
