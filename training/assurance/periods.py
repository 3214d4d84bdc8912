"""Made-up periods, imported and made into features once, and found again by later runs.

The records go through the door that real data takes; the truth lies beside them and is read by
those who judge alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.ledger.export import load_features
from features.registry import SUBJECTS, FeatureSet
from training.assurance.pinned import fingerprint
from training.exported import read_movements
from training.labels import read_outcomes
from training.police_reports import read_reports
from training.scenario.check.door import entered
from training.scenario.describe.files import load_drawn
from training.scenario.files.draw import draw
from training.scenario.profile import Profile

#: What decides a period and its features: programs and tables, pinned by their bytes.
_DECIDES = ("features/**/*.py", "training/scenario/**/*.py", "seeds/**/*")
_NOT_DECIDING = (
    "seeds/params", "seeds/rules.yaml", "seeds/capacities.yaml", "seeds/deployment.yaml", "seeds/requests",
    "seeds/DATASHEET.md", "training/scenario/leaderboard",
)  # fmt: skip

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Period:
    """A made-up period as training sees one.

    Attributes:
        movements: Integers of each subject's movements.
        outcomes: Outcomes of inspections.
        events: Folder of the export.
        truth: The table of what movements carried (`training.truth.read_truth`).
    """

    name: str
    movements: Mapping[str, pa.Table]
    outcomes: pd.DataFrame
    features: FeatureSet
    events: Path
    truth: Path

    @cached_property
    def reports(self) -> pd.DataFrame:
        """What the police reported (`training.police_reports.read_reports`)."""
        return read_reports(self.events)


def prepared(profile: Profile, seed: int, work: Path, *, progress: Progress) -> Period:
    """Draw a period, import it and make its features, unless `work` holds it already.

    Some minutes and 3 GB for the 400,000 movements of `measure`.
    """
    name = f"{profile.name}-{seed}"
    folder = work / name
    mark = folder / "prepared.sha256"
    asked = {"profile": asdict(profile), "seed": seed}
    pinned = fingerprint(_DECIDES, asked, but=_NOT_DECIDING)
    if not mark.exists() or mark.read_text() != pinned:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        progress(f"{name}: drawing")
        draw(profile, seed=seed, out=folder / "records", processes=1)
        door = folder / "door"
        door.mkdir()
        made = entered(
            load_drawn(folder / "records"), door, progress=lambda text: progress(f"{name}: {text}")
        )
        for subject, table in made.integers.items():
            pq.write_table(table, folder / f"{subject}.parquet", compression="zstd")
        (door / "events").rename(folder / "events")
        (folder / "records" / "truth" / "truth.parquet").rename(folder / "truth.parquet")
        # Records and ledger are half a gigabyte, and can be drawn again.
        shutil.rmtree(door)
        shutil.rmtree(folder / "records")
        mark.write_text(pinned)
    progress(f"{name}: reading")
    events = folder / "events"
    return Period(
        name=name,
        movements={subject: read_movements(folder, subject) for subject in SUBJECTS},
        outcomes=read_outcomes(events),
        features=load_features(events),
        events=events,
        truth=folder / "truth.parquet",
    )
