"""The arms that are compared, each lived once and found again by a later run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow.parquet as pq

from training.assurance.closed_loop.after_shock import AfterShock, after_shock
from training.assurance.closed_loop.estimates import Estimated, estimates
from training.assurance.closed_loop.judging import Retraining
from training.assurance.closed_loop.loop import Lived, live
from training.assurance.closed_loop.retention import FOR_EVER, Retention
from training.assurance.closed_loop.selecting import Spending
from training.assurance.closed_loop.years import Month, Year, frame, months, years
from training.assurance.pinned import fingerprint
from training.params import Params
from training.scenario.profile import Profile
from training.scenario.shock_dates import shock_names
from training.watching.find_alarm import AlarmSettings

#: Programs and tables that decide what an arm lives through.
_DECIDING = (
    "features/**/*.py", "models/*.py", "training/*.py", "training/scenario/**/*.py",
    "training/assurance/closed_loop/*.py", "seeds/*.yaml", "seeds/*.csv", "seeds/reference/*",
    "seeds/mappings/scenario.yaml",
)  # fmt: skip

#: Programs that look at it afterwards: an arm is not lived again because a figure is told otherwise.
_TELLING = tuple(
    f"training/assurance/closed_loop/{name}.py"
    for name in ("after_shock", "arms", "clustered", "commands", "comparison", "estimates", "page", "report",
                 "typologies", "years")
)  # fmt: skip

#: Hexadecimal digits of what was asked for in a file's name, so that arms of several lie side by side.
_DIGITS = 8


@dataclass(frozen=True)
class Asked:
    """What is asked of every arm.

    Attributes:
        capacity: Share of the movements that the office inspects of its own accord.
        random_share: Share of these left to chance in the arm with the floor.
        rules_share: Share of these that rules may name besides what they make mandatory.
        retention: How long heads may learn from a movement.
    """

    profile: Profile
    capacity: float
    random_share: float
    params: Params
    retention: Retention = FOR_EVER
    rules_share: float = 0.0

    def spending(self, *, floor: bool) -> Spending:
        """How capacity is spent with the random floor, or without."""
        share = self.random_share if floor else 0.0
        return Spending(self.capacity, share, self.rules_share, what_if=not floor)


@dataclass(frozen=True)
class Arm:
    """What an arm came to.

    Attributes:
        floor: Whether a share of the capacity was left to chance.
        shock: What happened after the shock that was asked for, if any.
    """

    seed: int
    floor: bool
    years: tuple[Year, ...]
    months: tuple[Month, ...]
    estimates: tuple[Estimated, ...]
    retrainings: tuple[Retraining, ...]
    shock: AfterShock | None


def arm(
    asked: Asked,
    *,
    seed: int,
    floor: bool,
    work: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> Arm:
    """Live an arm, unless `work` holds it already, and measure it.

    Args:
        asked: What is asked of it.
        seed: Which of the possible periods.
        floor: Whether a share of the capacity is left to chance.
        work: Where journals are kept; made if absent.
        progress: Told the number of days lived.
    """
    lived = _lived(asked, seed=seed, floor=floor, work=work, progress=progress)
    rows = frame(lived.journal)
    return Arm(
        seed=seed,
        floor=floor,
        years=years(rows),
        months=months(rows),
        estimates=estimates(rows),
        retrainings=lived.retrainings,
        shock=_shock(rows, asked),
    )


def _lived(
    asked: Asked, *, seed: int, floor: bool, work: Path, progress: Callable[[int], None]
) -> Lived:
    work.mkdir(parents=True, exist_ok=True)
    pinned = _fingerprint(asked, seed=seed, floor=floor)
    arm_name = f"{asked.profile.name}-{seed}-{'with' if floor else 'without'}-floor"
    file = work / f"{arm_name}-{pinned[:_DIGITS]}.parquet"
    if file.exists() and (said := _read(file, pinned)):
        progress(asked.profile.days)
        return said
    lived = live(
        asked.profile,
        seed=seed,
        spending=asked.spending(floor=floor),
        params=asked.params,
        retention=asked.retention,
        progress=progress,
    )
    told = orjson.dumps([asdict(made) for made in lived.retrainings])
    unfinished = file.with_suffix(".unfinished")
    pq.write_table(
        lived.journal.replace_schema_metadata({"asked": pinned, "retrainings": told}),
        unfinished,
        compression="zstd",
    )
    unfinished.replace(file)
    return lived


def _read(file: Path, pinned: str) -> Lived | None:
    metadata: Mapping[bytes, bytes] = pq.read_schema(file).metadata or {}
    if metadata.get(b"asked") != pinned.encode():
        return None
    told = orjson.loads(metadata[b"retrainings"])
    return Lived(pq.read_table(file), tuple(Retraining(**made) for made in told))


def _fingerprint(asked: Asked, *, seed: int, floor: bool) -> str:
    said: dict[str, Any] = {
        "profile": asdict(asked.profile),
        "params": asked.params.model_dump(mode="json"),
        "spending": asdict(asked.spending(floor=floor)),
        "retention": dict(asked.retention.days),
        "seed": seed,
    }
    return fingerprint(_DECIDING, said, but=_TELLING)


def _shock(rows: pd.DataFrame, asked: Asked) -> AfterShock | None:
    """What happened after the first shock of the profile."""
    profile, watch = asked.profile, asked.params.watch
    settings = AlarmSettings(
        false_alarms_in_two_years=watch.false_alarms_in_two_years,
        tolerance=watch.tolerance,
        window_days=watch.window_days,
    )
    dates: dict[str, date] = {
        name: day for name in shock_names() if (day := getattr(profile.shocks, name)) is not None
    }
    if not dates:
        return None
    name = min(dates, key=lambda each: dates[each])
    return after_shock(rows, name, profile.day_number(dates[name]), settings=settings)
