"""What training reads from a deployment's ledger: exported, and made into features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console

from features.ledger.export import export
from features.ledger.store import Ledger
from features.registry import FeatureSet
from training.category_texts import category_texts
from training.errors import NothingToLearn
from training.exported import write_movements
from training.labels import read_outcomes
from training.params import Params
from training.police_reports import read_reports


@dataclass(frozen=True)
class Material:
    """A ledger, ready for training.

    Attributes:
        movements: Integers of each subject's movements.
        outcomes: Outcomes of inspections.
        features: The ledger's features.
        texts: What codes of categorical columns stand for, by column.
        events: Folder of the export.
    """

    movements: Mapping[str, pa.Table]
    outcomes: pd.DataFrame
    features: FeatureSet
    texts: Mapping[str, Mapping[int, str]]
    events: Path

    @cached_property
    def reports(self) -> pd.DataFrame:
        """What the police reported (`training.police_reports.read_reports`)."""
        return read_reports(self.events)


def material(ledger: Ledger, folder: Path, *, params: Params, console: Console) -> Material:
    """Export a ledger into a folder and make the features of its movements.

    Raises:
        StatesOutdated: if its states follow from other features than this program's.
        NothingToLearn: if it holds no outcome of an inspection.
    """
    ledger.check_states_current()
    events = folder / "events"
    with console.status("Exporting the ledger"):
        exported = export(ledger, events)
        outcomes = read_outcomes(events) if exported.files else pd.DataFrame()
        texts = category_texts(ledger)
    if outcomes.empty:
        raise NothingToLearn(
            "The ledger holds no outcome of an inspection; import some, or send them to the "
            "service as they come back."
        )
    movements: dict[str, pa.Table] = {}
    for subject in params.subjects:
        with console.status(f"Features of {subject}s"):
            movements[subject] = write_movements(
                events, folder / "features", features=ledger.features, subject=subject
            )
    return Material(movements, outcomes, ledger.features, texts, events)
