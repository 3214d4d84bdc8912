"""Made-up truths of movements, as checks of a scenario read them, and what checks say of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from training.scenario.check.movements import Movements
from training.scenario.check.report import Finding
from training.scenario.profile import load_profile

DAY = 86_400_000_000
PROFILE: dict[str, Any] = json.loads(json.dumps(asdict(load_profile("demo")), default=str))
FIRST_DAY = (date.fromisoformat(PROFILE["first_day"]) - date(1970, 1, 1)).days
STRATA = {"consignment": ("freight", "parcel"), "crossing": ("car", "van", "lorry", "bus", "train")}


def some_movements(
    kind: str = "crossing", n: int = 4000, *, seed: int = 1, **changes: Any
) -> Movements:
    """Movements of a season, one in a hundred of which carries each; all by the first typology."""
    rng = np.random.default_rng(seed)
    risk = {name: np.full(n, 0.01) for name in ("arms", "smuggling")}
    carries = {name: rng.random(n) < 0.01 for name in risk}
    carries = changes.get("carries", carries)
    first = {"arms": "A1", "smuggling": "M1"}
    given: dict[str, Any] = {
        "kind": kind,
        "number": np.array([f"{kind}{i}" for i in range(n)], dtype=object),
        "stratum": np.array([STRATA[kind][i % 2] for i in range(n)], dtype=object),
        "at": (FIRST_DAY + np.arange(n) * 120 // n) * DAY,
        "post": np.array(["RS-HU-01"] * n, dtype=object),
        "risk": risk,
        "carries": carries,
        "typology": {
            name: np.where(flags, first[name], "").astype(object) for name, flags in carries.items()
        },
    }
    return Movements(**given | changes)


def broken(findings: Iterable[Finding], words: str = "") -> list[str]:
    """What the findings that do not hold are about, of rules with these words."""
    return [f.about for f in findings if f.holds is False and words in f.rule]
