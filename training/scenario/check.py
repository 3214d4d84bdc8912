"""Is a drawn period fair? What an oracle finds in it, and how far any single field gives it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from training.scenario.streams import Flags, Floats

CAPACITY = 0.03

Values = np.ndarray[Any, np.dtype[Any]]

#: Recorded columns that are no evidence by themselves: names of things and moments.
_NAMES = frozenset(
    [
        "entry_no",
        "version",
        "lodged_at",
        "registered_at",
        "lrn",
        "exporter_no",
        "importer_no",
        "broker_no",
        "haulier_no",
        "departure",
        "expected",
        "presented",
        "means_plate",
        "trailer_plate",
        "containers",
        "items",
        "passage_no",
        "passed_at",
        "plate",
        "plate_country",
        "trailer",
        "operator_no",
        "declarations",
        "last_passed_at",
    ]
)

_RISKS = {
    "arms": ("true_risk_arms", "carries_arms"),
    "people": ("true_risk_smuggling", "carries_people"),
}


@dataclass(frozen=True)
class Fairness:
    """One risk of one kind of movement.

    Attributes:
        oracle_share: Share of what was carried among the 3 % of highest true risk.
        best_field: The recorded field or simple history of the highest AUC, and that AUC.
    """

    kind: str
    risk: str
    movements: int
    carrying: int
    oracle_share: float
    best_field: str
    best_auc: float


@dataclass(frozen=True)
class Check:
    """All risks of all kinds, and how many carried by class of vehicle."""

    fairness: tuple[Fairness, ...]

    def table(self) -> Table:
        """One line a kind and risk."""
        table = Table("kind", "risk", "movements", "carrying", "oracle at 3 %", "best field", "AUC")
        for f in self.fairness:
            numbers = (f"{f.movements:,}", f"{f.carrying:,}", f"{f.oracle_share:.1%}")
            table.add_row(f.kind, f.risk, *numbers, f.best_field, f"{f.best_auc:.3f}")
        return table


def check(folder: Path) -> Check:
    """Compares the files of a drawn period with the truth beside them."""
    truth = pd.read_parquet(folder / "truth" / "truth.parquet")
    found = []
    for kind, fields in (
        ("consignment", _consignment_fields(folder)),
        ("crossing", _crossing_fields(folder)),
    ):
        rows = truth[truth["kind"] == kind].set_index("source_record_id")
        fields = fields.reindex(rows.index)
        for risk, (column, carried) in _RISKS.items():
            carrying = rows[carried].to_numpy(dtype=bool)
            best, auc = max(
                ((str(name), single_field_auc(fields[name], carrying)) for name in fields),
                key=lambda pair: pair[1],
            )
            share = oracle_share(rows[column].to_numpy(dtype=np.float64), carrying)
            found.append(Fairness(kind, risk, len(rows), int(carrying.sum()), share, best, auc))
    return Check(tuple(found))


def oracle_share(risk: Floats, carrying: Flags) -> float:
    """Share of the carrying among the `CAPACITY` of highest risk (n,)."""
    first = np.argsort(-risk, kind="stable")[: int(CAPACITY * len(risk))]
    return float(carrying[first].sum() / max(1, carrying.sum()))


def single_field_auc(field: pd.Series[float] | pd.Series[str], carrying: Flags) -> float:
    """AUC of one field alone: numbers in either direction, categories by the other half's rate."""
    if pd.api.types.is_numeric_dtype(field):
        order = field.astype(np.float64).fillna(-np.inf).rank().to_numpy()
        auc = _auc(order, carrying)
        return max(auc, 1 - auc)
    half = np.arange(len(field)) % 2 == 0
    values = field.fillna("").to_numpy()
    folds = [
        _rates(values, carrying, learn, judge) for learn, judge in ((half, ~half), (~half, half))
    ]
    return float(np.mean(folds))


def _rates(values: Values, carrying: Flags, learn: Flags, judge: Flags) -> float:
    table = pd.Series(carrying[learn]).groupby(values[learn]).agg(["sum", "size"])
    # Shrunk towards the mean, so that rare categories do not pretend to know.
    rate = (table["sum"] + 50 * carrying[learn].mean()) / (table["size"] + 50)
    ranks = pd.Series(values[judge]).map(rate).fillna(carrying[learn].mean()).rank().to_numpy()
    return _auc(ranks, carrying[judge])


def _auc(ranks: Values, positive: Flags) -> float:
    hits, n = int(positive.sum()), len(positive)
    if hits in (0, n):
        return 0.5
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * (n - hits)))


def _consignment_fields(folder: Path) -> pd.DataFrame:
    frame = _first_good_lines(folder / "consignments.csv", "entry_no", "lodged_at")
    mass, packages = frame["gross_kg"].astype(float), frame["packages"].astype(float)
    items = frame["items"]
    return _evidence(frame).assign(
        chapter=items.str.extract(r'"commodity_code":"(\d\d)')[0],
        heading=items.str.extract(r'"commodity_code":"(\d{4})')[0],
        invoice=items.str.contains("N380").astype(float),
        value_per_kg=frame["invoice_total"].astype(float) / mass,
        kg_per_package=mass / packages,
        hour=frame["lodged_at"].dt.hour.astype(float),
        late_hours=_hours(frame["presented"], frame["expected"]),
        journey_hours=_hours(frame["presented"], frame["departure"]),
        **_earlier(frame, "importer_no", "exporter_no", "haulier_no", "means_plate"),
    )


def _crossing_fields(folder: Path) -> pd.DataFrame:
    frame = _first_good_lines(folder / "crossings.csv", "passage_no", "passed_at")
    weight = frame["weight_kg"].astype(float) - frame["empty_kg"].astype(float)
    last_post = frame.groupby("plate")["post"].shift()
    return _evidence(frame).assign(
        hour=frame["passed_at"].dt.hour.astype(float),
        overweight=weight - frame["load_kg"].astype(float).fillna(0),
        since_last=frame.groupby("plate")["passed_at"].diff().dt.total_seconds(),
        other_post=(last_post.notna() & (last_post != frame["post"])).astype(float),
        linked=frame["declarations"].notna().astype(float),
        on_the_way=_hours(frame["passed_at"], frame["last_passed_at"]),
        **_earlier(frame, "plate", "trailer", "operator_no"),
    )


def _first_good_lines(path: Path, number: str, moment: str) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, na_values=[""], keep_default_na=False)
    frame[moment] = pd.to_datetime(frame[moment], format="ISO8601", utc=True, errors="coerce")
    mass = "gross_kg" if "gross_kg" in frame else "weight_kg"
    broken = pd.to_numeric(frame[mass], errors="coerce").isna() & frame[mass].notna()
    frame = frame[frame[number].notna() & frame[moment].notna() & ~broken]
    # A broken line stands before its repetition, an amendment after its first version.
    if "version" in frame:
        frame = frame[frame["version"] == "1"]
    return frame.drop_duplicates(number, keep="last").sort_values(moment).set_index(number)


def _evidence(frame: pd.DataFrame) -> pd.DataFrame:
    """The recorded fields, as numbers where they read as such."""
    columns = {}
    for name in frame.columns.difference(sorted(_NAMES)):
        numbers = pd.to_numeric(frame[name], errors="coerce")
        is_number = bool((numbers.notna() == frame[name].notna()).all())
        columns[name] = numbers if is_number else frame[name]
    return pd.DataFrame(columns)


def _earlier(frame: pd.DataFrame, *keys: str) -> dict[str, pd.Series[float]]:
    """How many earlier movements share each key: the simplest history there is."""

    def counts() -> Iterator[tuple[str, pd.Series[float]]]:
        for key in keys:
            known = frame[key].notna()
            counted = frame.groupby(key).cumcount().where(known)
            yield f"earlier_of_{key}", counted.astype(float)

    return dict(counts())


def _hours(later: pd.Series[str], earlier: pd.Series[str]) -> pd.Series[float]:
    gap = pd.to_datetime(later, utc=True) - pd.to_datetime(earlier, utc=True)
    return gap.dt.total_seconds() / 3600
