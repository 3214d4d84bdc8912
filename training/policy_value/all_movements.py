"""What each way to rank would find among all movements of some days, by each way to infer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from models.card import Card
from training.labels import Labels
from training.policy_value.figures import BandCalibration, Estimate, calibration
from training.policy_value.groups import Group, band_places, grouped, groups_of
from training.policy_value.head_estimates import CURVE, METHODS, estimated
from training.policy_value.logged import at_capacity
from training.policy_value.measuring import About, Method, measuring
from training.policy_value.overlap import Overlap, overlap_of_inspected
from training.policy_value.recorded import recorded
from training.rankers import Ranker


@dataclass(frozen=True)
class Ranked:
    """Figures of one way to rank, inferred in one way.

    Attributes:
        who: Which ranking.
        method: How all movements were inferred from the inspected.
        movements: How many movements they speak of.
        estimates: By name (`training.policy_value.head_estimates.estimated`).
        bands: Whether probabilities hold, in the large and by band.
        groups: By post, mode or class, and band; of doubly robust figures only.
        overlap: What the log cannot tell of what is selected at the main capacity; likewise.
    """

    who: str
    method: Method
    movements: int
    estimates: Mapping[str, Estimate]
    bands: tuple[BandCalibration, ...] = ()
    groups: tuple[Group, ...] = ()
    overlap: Overlap | None = None


def over_all_movements(
    rankers: Mapping[str, Ranker],
    tested: pa.Table,
    labels: Labels,
    outcomes: pd.DataFrame,
    *,
    card: Card,
    until_u: int,
    capacities: Sequence[float],
    capacity: float,
    methods: Sequence[Method] = METHODS,
    least_hits: float = 10.0,
    in_parts: bool = True,
) -> list[Ranked]:
    """Estimates of every way to rank, by every way to infer.

    Outcomes are regressed on the first ranking's score, for all of them alike, so that two rankings
    differ by what they select alone.

    Args:
        rankers: Scores of rows (n,).
        tested: Integers of those rows, one a version of a movement.
        labels: Their labels (n,), as known at `until_u`.
        outcomes: Outcomes of inspections.
        card: Whose bands the calibration is told by.
        until_u: The moment.
        capacities: Shares of the movements that can be inspected.
        capacity: The one at which groups are selected from.
        methods: Ways to infer.
        least_hits: Effective hits below which no interval is told; at least 10 are asked for.
        in_parts: Whether to tell curves and groups too.
    """
    made_of = recorded(tested, labels, outcomes=outcomes, until_u=until_u)
    scores = {who: made_of.highest(ranker.score) for who, ranker in rankers.items()}
    first = next(iter(scores))
    logged = made_of.logged({first: scores[first]})
    # Where all were inspected, what these carried is known: the doubt left is of such movements.
    about: About = "such_movements" if logged.inspected.all() else "these_movements"
    probabilities = {
        who: made_of.highest(ranker.probability)
        for who, ranker in rankers.items()
        if ranker.probability is not None
    }
    told = []
    for method in methods:
        made = measuring(logged, method=method, about=about)
        curve = CURVE if in_parts and method == "doubly_robust" else ()
        for who, score in scores.items():
            estimates = estimated(
                made, score,
                capacities=sorted({*capacities, *curve}),
                # That the rules find as much as the rules is no news.
                rules=None if who == "rules" else scores.get("rules"),
            )  # fmt: skip
            one = Ranked(who, method, logged.rows, _enough(estimates, least_hits))
            if who in probabilities:
                p = probabilities[who]
                places = band_places(card, p)
                one = replace(one, bands=tuple(calibration(made, p, places)))
                if in_parts and method == "doubly_robust" and who in ("head", "challenger"):
                    chosen = at_capacity(score, capacity)
                    groups = groups_of(tested.take(pa.array(made_of.last)), places)
                    post = groups.get("post")
                    one = replace(
                        one,
                        groups=grouped(made, p, chosen, groups),
                        overlap=overlap_of_inspected(
                            logged, chosen,
                            post=None if post is None else post.tolist(),
                            band=groups["band"].tolist(),
                        ),
                    )  # fmt: skip
            told.append(one)
    return told


def _enough(estimates: Mapping[str, Estimate], least: float) -> dict[str, Estimate]:
    """Figures that fewer effective hits back than asked for lose their interval."""
    none = np.nan
    return {
        name: told
        if not told.sufficient or told.effective_hits >= least
        else replace(told, low=none, high=none, sufficient=False)
        for name, told in estimates.items()
    }
