"""Rule 1: no single field gives a risk away, neither as recorded nor as the registry makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.intervals import Figure
from training.scenario.check.movements import Movements, of_items
from training.scenario.check.report import Finding
from training.scenario.streams import Flags, Floats, Integers

#: The best field must stay below.
HIGHEST_AUC = 0.75

#: Strata and typologies that carry less often than this tell too little of a single field.
_LEAST_CARRYING = 100

_RULE = f"No single field ranks what is carried better than AUC {HIGHEST_AUC}"
_TOLD = "Best single field within a stratum, or for one typology (told, not judged)"

#: So many of the best fields are named.
_NAMED = 3

#: A number is also read as that many ranges of equal size, each as risky as it has been.
_RANGES = 20
#: A category or range counts as much as all together once it has been seen this often.
_PRIOR = 50
_Z = 1.959964

#: Recorded columns that are no evidence by themselves: names of things, and moments.
_NAMES = frozenset({
    "entry_no", "version", "lodged_at", "registered_at", "lrn", "exporter_no", "importer_no",
    "broker_no", "haulier_no", "departure", "expected", "presented", "means_plate",
    "trailer_plate", "containers", "items", "drop_point", "passage_no", "passed_at", "plate",
    "plate_country", "trailer", "operator_no", "declarations", "last_passed_at",
})  # fmt: skip

#: Numbers (n,), NaN where unknown, or texts (n,), None where unknown.
Field = NDArray[Any]


def giveaways(movements: Movements, fields: Mapping[str, Field], *, seed: int) -> Iterator[Finding]:
    """The best field for each risk of a kind; told besides: of its strata and typologies.

    Args:
        movements: The movements (n,) of one kind.
        fields: What is known of each (n,), by name: numbers (NaN where unknown) or texts.
        seed: Of the drawn period.
    """
    groups = []
    for about, risk, within, carried in _groups(movements):
        judged = about == movements.kind
        if carried[within].sum() >= (1 if judged else _LEAST_CARRYING):
            groups.append((about, risk, judged, (within, carried[within])))
    ranked = _best_first(fields, [group[-1] for group in groups])
    for (about, risk, judged, (_, carried)), best in zip(groups, ranked, strict=True):
        auc = best[0][0]
        figure = _with_error(auc, int(carried.sum()), int((~carried).sum()))
        yield Finding(
            _RULE if judged else _TOLD, seed, about, risk, figure,
            f"below {HIGHEST_AUC}" if judged else "", auc < HIGHEST_AUC if judged else None,
            ", ".join(f"{name} {area:.3f}" for area, name in best[:_NAMED]),
        )  # fmt: skip


def recorded_fields(lines: pd.DataFrame) -> dict[str, Field]:
    """The recorded fields of movements (n,), and what an officer reads off two of them at once."""
    fields = {
        name: _number_or_text(lines[name]) for name in lines.columns.difference(sorted(_NAMES))
    }
    if "items" in lines:
        return fields | _of_declarations(lines)
    return fields | _of_crossings(lines)


def single_field_auc(field: pd.Series[float] | pd.Series[str] | Field, carrying: Flags) -> float:
    """AUC of one field alone (n,), in whichever reading it tells most.

    Numbers in either direction, with missing values at either end, and in ranges; categories and
    ranges by the rate of the other half of the movements.
    """
    given = _number_or_text(pd.Series(field))
    everywhere = np.ones(len(given), dtype=bool)
    return _best_first({"": given}, [(everywhere, carrying)])[0][0][0]


def _groups(movements: Movements) -> Iterator[tuple[str, str, Flags, Flags]]:
    """Name, risk, which movements (n,), and which of those carry: the kind, strata, typologies."""
    for risk, carries in movements.carries.items():
        yield movements.kind, risk, np.ones(len(movements), dtype=bool), carries
    for risk, carries in movements.carries.items():
        for stratum in sorted(set(movements.stratum)):
            yield stratum, risk, movements.stratum == stratum, carries
        for typology in sorted(set(movements.typology[risk]) - {""}):
            carried = movements.typology[risk] == typology
            # Against the others of the strata in which the typology is found at all.
            strata = np.isin(movements.stratum, list(set(movements.stratum[carried])))
            yield f"{movements.kind} {typology}", risk, strata, carried


def _best_first(
    fields: Mapping[str, Field], groups: list[tuple[Flags, Flags]]
) -> list[list[tuple[float, str]]]:
    """Areas and names of the fields for each group: which movements (n,), and which of those carry."""
    found: list[list[tuple[float, str]]] = [[] for _ in groups]
    for name, field in fields.items():
        codes = _codes(field)
        for areas, (within, carried) in zip(found, groups, strict=True):
            auc = 0.5
            if 0 < carried.sum() < len(carried):
                auc = _by_halves(codes[within], carried)
                if field.dtype != object:
                    auc = max(auc, _ordered(np.asarray(field, dtype=np.float64)[within], carried))
            areas.append((auc, name))
    return [sorted(areas, reverse=True) for areas in found]


def _ordered(values: Floats, carried: Flags) -> float:
    """Area for numbers (n,): either direction, missing values first or last."""
    known = ~np.isnan(values)
    hits, misses = int((carried & known).sum()), int((~carried & known).sum())
    lost_hits, lost_misses = int(carried.sum()) - hits, int((~carried).sum()) - misses
    wins = 0.0
    if hits and misses:
        ranks = pd.Series(values[known]).rank().to_numpy()
        wins = float(ranks[carried[known]].sum()) - hits * (hits + 1) / 2
    ties = lost_hits * lost_misses / 2
    both = (wins, hits * misses - wins)
    ends = (hits * lost_misses, lost_hits * misses)
    most = max(w + end for w in both for end in ends)
    return float((most + ties) / (carried.sum() * (~carried).sum()))


def _by_halves(codes: Integers, carried: Flags) -> float:
    """Area for categories (n,), each half of the movements ranked by the rates of the other."""
    odd = np.arange(len(codes)) % 2 == 1
    areas = [_learnt(codes, carried, learn, ~learn) for learn in (odd, ~odd)]
    return float(np.mean(areas))


def _learnt(codes: Integers, carried: Flags, learn: Flags, judge: Flags) -> float:
    size = int(codes.max(initial=0)) + 1
    seen = np.bincount(codes[learn], minlength=size)
    hits = np.bincount(codes[learn], carried[learn], minlength=size)
    # Shrunk towards the mean, so that rare categories do not pretend to know.
    rate = (hits + _PRIOR * carried[learn].mean()) / (seen + _PRIOR)
    positive = int(carried[judge].sum())
    if positive in (0, int(judge.sum())):
        return 0.5
    # Rates of a few categories tie a lot: areas follow from counts, without sorting movements.
    order, place = np.unique(rate, return_inverse=True)
    mine = place[codes[judge]]
    with_it = np.bincount(mine, carried[judge], minlength=len(order))
    without = np.bincount(mine, minlength=len(order)) - with_it
    below = without.cumsum() - without / 2
    return float((with_it * below).sum() / (positive * without.sum()))


def _codes(field: Field) -> Integers:
    """Small numbers (n,) for categories, or for ranges of numbers; missing values are one."""
    if field.dtype == object:
        return np.asarray(pd.factorize(field, use_na_sentinel=True)[0] + 1, dtype=np.int64)
    values = np.asarray(field, dtype=np.float64)
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(known, np.arange(1, _RANGES) / _RANGES))
    return np.where(np.isnan(values), 0, 1 + np.searchsorted(edges, values, side="right"))


def _with_error(auc: float, hits: int, misses: int) -> Figure:
    """An area and its 95 % interval (Hanley and McNeil 1982)."""
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (hits - 1) * (q1 - auc**2) + (misses - 1) * (q2 - auc**2)
    half = _Z * float(np.sqrt(max(spread, 0.0) / max(1, hits * misses)))
    return Figure(auc, max(0.0, auc - half), min(1.0, auc + half))


def _number_or_text(column: pd.Series[str] | pd.Series[float]) -> Field:
    """Numbers where everything known reads as one, else texts."""
    numbers = pd.to_numeric(column, errors="coerce")
    if (numbers.notna() == column.notna()).all():
        return numbers.to_numpy(dtype=np.float64)
    return column.to_numpy(dtype=object)


def _of_declarations(lines: pd.DataFrame) -> dict[str, Field]:
    goods = of_items(lines["items"])
    fields = {f"items_{name}": _number_or_text(goods[name]) for name in goods}
    mass, value = lines["gross_kg"].astype(float), lines["invoice_total"].astype(float)
    packages = lines["packages"].astype(float)
    return fields | {
        "value_per_kg": (value / mass).to_numpy(),
        "kg_per_package": (mass / packages.where(packages > 0)).to_numpy(),
        "gross_less_net": (mass - goods["net_kg"]).to_numpy(),
        "late_hours": _hours(lines["presented"], lines["expected"]),
        "journey_hours": _hours(lines["presented"], lines["departure"]),
        "lodged_ahead_hours": _hours(lines["presented"], lines["lodged_at"]),
        **_earlier(lines, "importer_no", "exporter_no", "haulier_no", "means_plate", "drop_point"),
    }


def _of_crossings(lines: pd.DataFrame) -> dict[str, Field]:
    weight = lines["weight_kg"].astype(float) - lines["empty_kg"].astype(float)
    uncounted = lines["seats_counted"].astype(float) - lines["seats_declared"].astype(float)
    return {
        "overweight": (weight - lines["load_kg"].astype(float).fillna(0)).to_numpy(),
        "uncounted": uncounted.to_numpy(),
        "linked": lines["declarations"].notna().to_numpy(dtype=np.float64),
        "on_the_way_hours": _hours(lines["passed_at"], lines["last_passed_at"]),
        **_earlier(lines, "plate", "trailer", "operator_no"),
    }


def _earlier(lines: pd.DataFrame, *keys: str) -> dict[str, Field]:
    """How many earlier movements share each key: the simplest history there is."""
    return {
        f"earlier_of_{key}": lines.groupby(key).cumcount().where(lines[key].notna()).to_numpy(float)
        for key in keys
        if key in lines
    }


def _hours(later: pd.Series[str], earlier: pd.Series[str]) -> Floats:
    gap = pd.to_datetime(later, utc=True, errors="coerce") - pd.to_datetime(
        earlier, utc=True, errors="coerce"
    )
    return np.asarray(gap.dt.total_seconds() / 3600, dtype=np.float64)
