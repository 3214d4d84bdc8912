"""A season of crossings, all inspected, with a head of its first half: calm, or with finds falling."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from models.risk_model import RiskModel
from tests import movements as season
from training.heads import TrainedHead, train_head

DAY = season.DAY

#: The season begins on this day; the head learns from its first 80 days.
BEGINS = date(1970, 1, 1) + timedelta(days=20_000)
SINCE = BEGINS + timedelta(days=80)
FALLS_ON = BEGINS + timedelta(days=100)
UNTIL = (20_000 + 160) * DAY


@cache
def movements() -> pa.Table:
    """6,000 crossings of 160 days, two of them at a post with a name that must be escaped."""
    made = season.crossings(6000, days=160)
    posts = np.where(np.arange(6000) % 3000 == 0, "<b>&", "RS-HU-01")
    return made.append_column("owner_post", pa.array(posts))


@cache
def calm() -> pd.DataFrame:
    """An outcome of each, a day later."""
    return season.outcomes(movements())


@cache
def fallen() -> pd.DataFrame:
    """The same, but of what is found one in five is left from `FALLS_ON` on."""
    made = calm().copy()
    lost = (made["movement_u"] >= (20_000 + 100) * DAY) & (np.arange(len(made)) % 5 > 0)
    made.loc[lost, "result"] = "nothing_found"
    return made


@cache
def a_head() -> RiskModel:
    """A head that learnt from the first 80 days."""
    past = movements().filter(pa.array(movements()["event_at"].to_numpy() < (20_000 + 80) * DAY))
    made = train_head(
        past, calm()[calm()["movement_u"].isin(past["u"].to_numpy())],
        features=season.FEATURES, subject="crossing", risk="smuggling",
        params=season.params(), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return made.head
