"""Rules 2 and 3: the oracle finds neither too little nor too much, and something of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from training.intervals import Figure
from training.scenario.check.models import CAPACITY
from training.scenario.check.movements import Movements
from training.scenario.check.report import Finding
from training.scenario.leaderboard.rating import inspected_share
from training.scenario.streams import Floats
from training.shares import wilson

#: Less is noise, more is a giveaway.
_LEAST, _MOST = 0.40, 0.80

#: Of a typology that carries less often, the oracle may miss all by chance.
_LEAST_CARRYING = 10

_RULE_SHARE = f"The oracle finds {_LEAST:.0%}-{_MOST:.0%} of what is carried at {CAPACITY:.0%}"
_RULE_TYPOLOGY = f"The oracle finds something of every typology at {CAPACITY:.0%}"
_RULE_CARRIES = "Every configured typology carries something"


def oracle_findings(
    movements: Mapping[str, Movements], profile: Mapping[str, Any], *, seed: int
) -> Iterator[Finding]:
    """What a ranking by the true risk finds: of each kind and risk, and of each typology.

    Args:
        movements: All movements, by kind.
        profile: The profile they were drawn from, as plain values.
        seed: Of the drawn period.
    """
    found: dict[str, list[Floats]] = {name: [] for name in _configured(profile)}
    for kind, mine in movements.items():
        everywhere = np.zeros(len(mine), dtype=np.int64)
        for risk, carries in mine.carries.items():
            share = inspected_share(mine.risk[risk], everywhere, capacity=CAPACITY)[carries]
            if not len(share):
                yield Finding(
                    _RULE_SHARE, seed, kind, risk, Figure(0.0, 0.0, 0.0), "something", False
                )
                continue
            figure = wilson(float(share.sum()), len(share))
            yield Finding(
                _RULE_SHARE, seed, kind, risk, figure, f"{_LEAST} to {_MOST}",
                _LEAST <= figure.value <= _MOST, f"{len(share):,} carrying",
            )  # fmt: skip
            typology = mine.typology[risk][carries]
            for name in found.keys() & set(typology):
                found[name].append(share[typology == name])
    for name, parts in found.items():
        share = np.concatenate([np.empty(0), *parts])
        yield from _of_typology(name, share, seed)


def _of_typology(name: str, share: Floats, seed: int) -> Iterator[Finding]:
    """Of what a typology carries, each (n,) inspected with that probability."""
    risk = "arms" if name.startswith("A") else "smuggling"
    n = len(share)
    carried = Figure(float(n), np.nan, np.nan)
    yield Finding(_RULE_CARRIES, seed, name, risk, carried, "at least 1", n > 0)
    if n >= _LEAST_CARRYING:
        figure = wilson(float(share.sum()), n)
        said = f"{share.sum():.0f} of {n:,}"
        yield Finding(
            _RULE_TYPOLOGY, seed, name, risk, figure, "above 0", bool(share.sum() >= 1), said
        )


def _configured(profile: Mapping[str, Any]) -> list[str]:
    """Typologies that somebody follows and that have a share of what is carried."""
    return sorted(
        name
        for name, of in profile["typologies"].items()
        if of["planted"] > 0 and any(share > 0 for share in of["share"].values())
    )
