"""Outcomes of made crossings, each of an inspection that can be told from the others."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from tests.movements import DAY, outcomes


def inspections(movements: pa.Table, *, delay: int = DAY) -> pd.DataFrame:
    """An outcome of every crossing, as `training.labels.read_outcomes` gives it."""
    numbers = [f"I{i}" for i in range(len(movements))]
    made = outcomes(movements, delay=delay)
    return made.assign(source_system="inspections", source_record_id=numbers)
