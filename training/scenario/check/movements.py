"""What a check reads of a drawn period: the truth of its movements, and their lines as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from training.scenario.leaderboard.scores import KINDS, RISKS
from training.scenario.streams import Flags, Floats, Integers

Texts = NDArray[np.object_]

#: The file of each kind's lines, and the column of their numbers.
_FILES = {
    "consignment": ("consignments.csv", "entry_no"),
    "crossing": ("crossings.csv", "passage_no"),
}

#: What the first item of a declaration says, besides its numbers.
_OF_ITEM = ("description", "country_origin", "package_type")


@dataclass(frozen=True)
class Movements:
    """All movements of one kind, in the order in which they happened (n,).

    Attributes:
        at: Moments, microseconds since 1970 UTC.
        risk: True risk, by risk; `carries` and `typology` likewise.
    """

    kind: str
    number: Texts
    stratum: Texts
    at: Integers
    post: Texts
    risk: Mapping[str, Floats]
    carries: Mapping[str, Flags]
    typology: Mapping[str, Texts]

    def __len__(self) -> int:
        return len(self.number)


def movements_of(folder: Path) -> dict[str, Movements]:
    """The truth of a drawn period, by kind."""
    truth = pd.read_parquet(folder / "truth" / "truth.parquet")
    truth["at"] = truth["event_at"].astype("datetime64[us, UTC]").astype("int64")
    truth = truth.sort_values(["at", "source_record_id"], kind="stable")
    return {kind: _movements(kind, truth[truth["kind"] == kind]) for kind in KINDS}


def recorded_lines(folder: Path, movements: Movements) -> pd.DataFrame:
    """The first version of each movement's line, as text, in the order of the movements (n rows).

    A movement without a line that can be read has none but missing values.
    """
    name, number = _FILES[movements.kind]
    lines = pd.read_csv(folder / name, dtype=str, na_values=[""], keep_default_na=False)
    if "version" in lines:
        lines = lines[lines["version"] == "1"]
    # A broken line stands before its repetition.
    lines = lines.drop_duplicates(number, keep="last").set_index(number)
    return lines.reindex(movements.number)


def of_items(items: pd.Series[str]) -> pd.DataFrame:
    """What declarations say about their goods (n rows): texts of the first item, and sums."""
    rows = [_goods(text) for text in items.fillna("[]")]
    return pd.DataFrame(rows, index=items.index)


def _movements(kind: str, truth: pd.DataFrame) -> Movements:
    return Movements(
        kind=kind,
        number=truth["source_record_id"].to_numpy(dtype=object),
        stratum=truth["stratum"].to_numpy(dtype=object),
        at=truth["at"].to_numpy(dtype=np.int64),
        post=truth["post"].to_numpy(dtype=object),
        risk={risk: truth[of[0]].to_numpy(dtype=np.float64) for risk, of in RISKS.items()},
        carries={risk: truth[of[1]].to_numpy(dtype=bool) for risk, of in RISKS.items()},
        typology={risk: truth[of[2]].to_numpy(dtype=object) for risk, of in RISKS.items()},
    )


def _goods(text: str) -> dict[str, Any]:
    items = orjson.loads(text)
    if not items:
        return {}
    first = items[0]
    code = first["commodity_code"]
    said = {name: first.get(name) for name in _OF_ITEM}
    return said | {
        "chapter": code[:2],
        "heading": code[:4],
        "subheading": code[:6],
        "documents": ";".join(sorted(first.get("document_codes", ()))),
        "item_count": float(len(items)),
        "net_kg": float(sum(item.get("net_mass_kg") or 0 for item in items)),
    }
