"""Whether the challenger stands in for the country of a plate: areas, selection rates, exchanged plates.

The country is no feature and reaches no score (`swapping` proves it to the byte). But columns that
are may stand for it together. So an auditor tries to tell it from the scores, and from the columns
for comparison; and how often vehicles of each country would be selected is held against the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as dataset
from numpy.typing import NDArray

from features.registry import FeatureSet
from features.spec import Floats, Integers
from features.table import matrix
from models.champion import Champion
from training.gate.auditor import Area, areas
from training.gate.selection_rates import Rate, selection_rates
from training.gate.swapping import swap_countries
from training.gate.unseen import Judged
from training.gate.verdicts import Check, Value, Verdict, holm
from training.params import GateParams
from training.policy_value.logged import at_capacity


@dataclass(frozen=True, eq=False)
class Plates:
    """Countries of plates, for the audit alone.

    Attributes:
        country: By u of the crossing.
        vehicle: The pseudonym of the vehicle, by u.
    """

    country: Mapping[int, str]
    vehicle: Mapping[int, str]


def vehicles_of(events: Path, *, since_u: int) -> dict[int, str]:
    """The vehicle's pseudonym by u of the crossing, from an export."""
    files = dataset.dataset(sorted(str(path) for path in events.glob("events-*.parquet")))
    asked = (dataset.field("kind") == "crossing") & (dataset.field("u") >= since_u)
    table = files.to_table(columns=["u", "key_vehicle"], filter=asked).to_pandas()
    known = table.dropna()
    return dict(zip(known["u"].tolist(), known["key_vehicle"].tolist(), strict=True))


def fairness_checks(
    everything: Sequence[Judged],
    plates: Plates,
    features: FeatureSet,
    *,
    params: GateParams,
    seed: int,
) -> Iterator[Check]:
    """The audit of every head of crossings, and of what the columns could tell."""
    crossings = [one for one in everything if one.name.startswith("crossing-")]
    if not crossings:
        why = "No head scores crossings, and only those have plates."
        yield Check("plate country", "", "ok", why)
        return
    for one in crossings:
        audited = _audited(one, plates, params)
        if len(audited.u) < params.least_group:
            why = (
                f"{len(audited.u)} crossings with a plate's country are too few for an audit; import "
                "or send plate_country with crossings: it is set aside for this alone."
            )
            yield Check("plate country", one.name, "insufficient", why)
            continue
        yield _area_check(one, audited, params, seed)
        yield _rate_check(one, audited, params)
    audited = _audited(crossings[0], plates, params)
    if len(audited.u) >= params.least_group:
        yield _columns_check(crossings[0], audited, features, seed)


def swap_check(challenger: Champion, features: FeatureSet, params: GateParams) -> Check:
    """Refused where exchanging plate countries moves anything by a bit."""
    heads = {risk: head for (of, risk), head in challenger.heads.items() if of == "crossing"}
    if not heads:
        return Check(
            "swapped plates", "", "ok", "No head scores crossings, and only those have plates."
        )
    told = swap_countries(heads, features, crossings=params.swaps)
    figures: dict[str, Value] = dict(vars(told))
    if told.differing:
        verdict: Verdict = "refused"
        why = f"{told.differing:,} of {told.swapped:,} crossings change with the country of the plate."
    else:
        verdict = "ok"
        why = (
            f"{told.swapped:,} crossings with plates of {told.countries} countries exchanged: not a bit "
            f"differs, of {told.margins:,} different margins."
        )
    return Check("swapped plates", "", verdict, why, figures, acceptable=False)


@dataclass(frozen=True, eq=False)
class _Audited:
    """Movements whose plate has a country of enough crossings.

    Attributes:
        movement: Their places among all movements (k,).
        u: Of their last version (k,).
        country: Of the plate (k,); those of small groups are not here.
        vehicle: A code for each vehicle (k,).
        kind: A code for the class of the vehicle (k,).
        small: Crossings by country of too few.
    """

    movement: Integers
    u: Integers
    country: NDArray[np.object_]
    vehicle: Integers
    kind: Integers
    small: Mapping[str, int]


def _audited(one: Judged, plates: Plates, params: GateParams) -> _Audited:
    u = one.table["u"].to_numpy()[one.recorded.last]
    country = np.array([plates.country.get(at, "") for at in u.tolist()], dtype=object)
    known = np.flatnonzero(country != "")[-params.most_audited :]
    counts = pd.Series(country[known]).value_counts()
    large = set(counts.index[counts >= params.least_group])
    kept = known[[name in large for name in country[known]]]
    # A crossing without a vehicle's key is a vehicle of its own.
    names = [plates.vehicle.get(at, f"at {at}") for at in u[kept].tolist()]
    small = {str(name): int(n) for name, n in counts.items() if name not in large}
    vehicle = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)[1]
    kind = one.table["vehicle_class"].to_numpy()[one.recorded.last][kept]
    return _Audited(kept, u[kept], country[kept], vehicle.astype(np.int64), kind, small)


def _area_check(one: Judged, audited: _Audited, params: GateParams, seed: int) -> Check:
    def told(score: Floats) -> list[Area]:
        of = score[audited.movement][:, np.newaxis]
        return areas(of, list(audited.country), audited.vehicle, seed=seed, kind=audited.kind)

    ours, theirs = told(one.challenger_score), told(one.champion_score)
    if not ours:
        why = "All plates with enough crossings are of one country: there is none to be told apart."
        return Check("score tells country", one.name, "insufficient", why, {}, _small(audited))
    limit = params.most_auc
    *single, mean = ours
    above = holm([area.p_above(limit) for area in single], family_error=params.family_error)
    told_apart = [area for area, is_above in zip(single, above, strict=True) if is_above]
    before = {area.country: area.auc for area in theirs}
    rows = tuple(_area_row(area) | {"champion_auc": before.get(area.country)} for area in ours)
    figures: dict[str, Value] = {
        "auc": mean.auc, "auc_low": mean.low, "auc_high": mean.high,
        "champion_auc": before.get(""), "most_auc": limit,
        "largest_auc": max(area.auc for area in single),
        "largest_among_like": max(area.among_like for area in single), "movements": mean.rows,
    }  # fmt: skip
    words = f"AUC {mean.auc:.3f} [{mean.low:.3f}, {mean.high:.3f}] over {len(single)} countries"
    if mean.auc > limit or told_apart:
        worst = max(told_apart or single, key=lambda area: area.auc)
        why = (
            f"The score gives away the plate's country: {words}; {worst.country} {worst.auc:.3f} "
            f"[{worst.low:.3f}, {worst.high:.3f}], {worst.among_like:.3f} among vehicles of the same "
            f"class. At most {limit:g} is let pass."
        )
        verdict: Verdict = "refused"
    else:
        why = (
            f"{words}: none is told apart among vehicles of the same class, beyond chance, by more than "
            f"{limit:g}."
        )
        verdict = "ok"
    return Check(
        "score tells country", one.name, verdict, why + _small_words(audited), figures,
        rows + _small(audited), acceptable=False,
    )  # fmt: skip


def _rate_check(one: Judged, audited: _Audited, params: GateParams) -> Check:
    def told(score: Floats) -> list[Rate]:
        selection = at_capacity(score, params.capacity)[audited.movement]
        return selection_rates(
            selection, list(audited.country), audited.vehicle,
            least_ratio=params.selection_ratio, least_group=params.least_group,
        )  # fmt: skip

    rates = told(one.challenger_score)
    before = {rate.country: rate.ratio for rate in told(one.champion_score)}
    tested = [rate for rate in rates if rate.sufficient]
    outside = holm([rate.p_outside for rate in tested], family_error=params.family_error)
    named = [rate for rate, is_out in zip(tested, outside, strict=True) if is_out]
    rows = tuple(dict(vars(rate)) | {"champion_ratio": before[rate.country]} for rate in rates)
    low, high = params.selection_ratio, 1 / params.selection_ratio
    known = [rate.ratio for rate in tested]
    figures: dict[str, Value] = {
        "least_ratio": min(known, default=None), "most_ratio": max(known, default=None),
        "countries": len(tested), "outside": len(named), "capacity": params.capacity,
    }  # fmt: skip
    if not tested:
        why = "No country has enough crossings."
        return Check("selection rates", one.name, "insufficient", why, figures, _small(audited))
    if named:
        verdict: Verdict = "refused"
        each = ", ".join(
            f"{rate.country} {rate.ratio:.2f} [{rate.low:.2f}, {rate.high:.2f}]" for rate in named
        )
        why = (
            f"Selected outside {low:g} to {high:g} times as often as all others, beyond chance: {each}. "
            "It takes a justification that a second person has signed."
        )
    else:
        verdict = "ok"
        why = (
            f"Selection rates of {len(tested)} countries by those of all others, "
            f"{min(known):.2f} to {max(known):.2f}: none is outside {low:g} to {high:g} beyond chance."
        )
    return Check(
        "selection rates", one.name, verdict, why + _small_words(audited), figures,
        rows + _small(audited), acceptable=False,
    )  # fmt: skip


def _columns_check(one: Judged, audited: _Audited, features: FeatureSet, seed: int) -> Check:
    """What the columns could tell: a figure to compare with, which refuses nobody."""
    target = one.model.card.target_results if one.model else ()
    columns = features.columns("crossing", target)
    X = matrix(one.table.take(one.recorded.last[audited.movement]), columns)
    categorical = [place for place, column in enumerate(columns) if column.categorical]
    # Codes of categories are hashes, too large for the trees: their ranks stand for them.
    for place in categorical:
        X[:, place] = np.unique(X[:, place], return_inverse=True)[1]
    told = areas(X, list(audited.country), audited.vehicle, seed=seed)
    if not told:
        return Check("columns tell country", "", "ok", "There are no two countries to tell apart.")
    mean = told[-1]
    why = (
        f"From all {len(columns)} columns the auditor tells the country with an AUC of {mean.auc:.3f} "
        f"[{mean.low:.3f}, {mean.high:.3f}]: so much is there for a score to pick up."
    )
    figures: dict[str, Value] = {"auc": mean.auc, "auc_low": mean.low, "auc_high": mean.high}
    return Check("columns tell country", "", "ok", why, figures, tuple(map(_area_row, told)))


def _area_row(area: Area) -> dict[str, Value]:
    return {
        "country": area.country or "mean of all", "movements": area.rows, "auc": area.auc,
        "low": area.low, "high": area.high, "among_like": area.among_like,
        "among_like_error": area.among_like_error,
    }  # fmt: skip


def _small(audited: _Audited) -> tuple[Mapping[str, Value], ...]:
    return tuple(
        {"country": name, "movements": many, "sufficient": False}
        for name, many in audited.small.items()
    )


def _small_words(audited: _Audited) -> str:
    if not audited.small:
        return ""
    each = ", ".join(f"{name} ({many})" for name, many in audited.small.items())
    return f" Insufficient: {each}."
