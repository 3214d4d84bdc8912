"""Stage `evaluate`: the heads on the days no fit has seen.

`python -m training.stages.evaluate`
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from features.ledger.export import load_features
from models.champion import RulesOnly
from training.evaluate import evaluate_all
from training.exported import read_movements
from training.labels import read_outcomes
from training.params import load_params
from training.report import write_reports
from training.store import load_trained
from training.tables import print_results

_EVENTS, _FEATURES = Path("data/events"), Path("data/features")
_TRAINED, _REPORTS = Path("models/trained"), Path("reports")


def main() -> None:
    """Evaluate, and write the reports."""
    params = load_params(Path("params.yaml"))
    console = Console()
    trained = load_trained(_TRAINED, params.head_names)
    results = evaluate_all(
        trained,
        {subject: read_movements(_FEATURES, subject) for subject in params.subjects},
        read_outcomes(_EVENTS),
        features=load_features(_EVENTS),
        events=_EVENTS,
        params=params,
        console=console,
    )
    without = [made for made in trained.values() if isinstance(made, RulesOnly)]
    write_reports(results, without, _REPORTS, headline=params.evaluate.headline)
    print_results(results, console, published=params.evaluate.published)


if __name__ == "__main__":
    main()
