"""The heads that the peers serve: LightGBM's own text files in one folder, one a risk."""

from __future__ import annotations

import os
from pathlib import Path

from lightgbm import Booster

#: The variable that names the folder.
FOLDER = "VARDAR_BENCH_HEADS"


def boosters(folder: str | None = None) -> dict[str, Booster]:
    """The boosters by risk."""
    files = sorted(Path(folder or os.environ[FOLDER]).glob("*.txt"))
    return {file.stem: Booster(model_file=str(file)) for file in files}
