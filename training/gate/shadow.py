"""What a challenger would have said, had it served beside the champion.

Nothing it says is acted upon. The record of the run is kept under the challenger's hash:

    gate/shadow/<pointer hash>.parquet   a row a version of a movement and risk, both sides' scores
    gate/shadow/<pointer hash>.json      the period, the hash of those rows, how far both agree
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import rankdata  # type: ignore[import-untyped]

from features.spec import Floats
from models.champion import Champion
from models.files import canonical_json, write_whole
from models.risk_model import RiskModel
from training.errors import GateRefused
from training.gate.unseen import Judged, Said, Window, said_by, within
from training.gate.verdicts import Check, Value
from training.material import Material
from training.params import Params
from training.policy_value.logged import at_capacity

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Agreement:
    """How far both sides agree on the movements of one head.

    Attributes:
        rows: Versions of movements both scored.
        rank_correlation: Spearman's, of their scores.
        selected_by_both: Of what each would select at the capacity, the share that both would.
        bands_moved: Share that lies in another band.
        bands_up: Share in a higher band with the challenger.
        abstained: Share the challenger abstains from.
        champion_abstained: Share the champion abstains from.
    """

    head: str
    rows: int
    rank_correlation: float
    selected_by_both: float
    bands_moved: float
    bands_up: float
    abstained: float
    champion_abstained: float


def run_shadow(
    champion: Champion | None,
    challenger: Champion,
    material: Material,
    *,
    home: Path,
    window: Window,
    params: Params,
    now: datetime,
) -> list[Agreement]:
    """Score the movements of a period by both, keep the scores, and say how far they agree.

    Raises:
        GateRefused: when no movement lies in the period.
    """
    parts, agreements = [], []
    for subject, risk in sorted({*challenger.heads, *(champion.heads if champion else {})}):
        if subject not in material.movements:
            continue
        table = within(material.movements[subject], window)
        if not len(table):
            continue
        ours = challenger.heads.get((subject, risk))
        theirs = champion.heads.get((subject, risk)) if champion else None
        said = [
            said_by(head, subject, risk, table, features=material.features, params=params)
            for head in (theirs, ours)
        ]
        bands = [_bands(side, head) for side, head in zip(said, (theirs, ours), strict=True)]
        parts.append(_rows(table, subject, risk, said, bands))
        agreements.append(_agreement(f"{subject}-{risk}", said, bands, params.gate.capacity))
    if not parts:
        raise GateRefused(f"No movement lies in {window.words}; choose an earlier --since.")
    content = _parquet(pa.concat_tables(parts))
    days = _days(pa.concat_tables(parts), window.since)
    told = {
        "format": 1,
        "challenger": challenger.pointer_sha256,
        "champion": champion.pointer_sha256 if champion else None,
        "since_u": window.since,
        "until_u": window.until,
        "days": days,
        "rows_sha256": sha256(content).hexdigest(),
        "capacity": params.gate.capacity,
        "agreement": [asdict(agreement) for agreement in agreements],
        "made_at": now.isoformat(timespec="seconds"),
    }
    folder = home / "gate" / "shadow"
    write_whole(folder / f"{challenger.pointer_sha256}.parquet", content)
    write_whole(folder / f"{challenger.pointer_sha256}.json", canonical_json(told))
    return agreements


def shadow_days(home: Path, challenger_sha256: str) -> int:
    """On how many days with movements the challenger has run in shadow; 0 if never."""
    path = home / "gate" / "shadow" / f"{challenger_sha256}.json"
    return int(orjson.loads(path.read_bytes())["days"]) if path.exists() else 0


def shadow_check(
    champion: Champion | None,
    challenger: Champion,
    everything: list[Judged],
    *,
    home: Path,
    window: Window,
    params: Params,
) -> Check:
    """Refused without a whole record of this very challenger, long enough, beside this champion."""
    try:
        told, rows = _read(home, challenger.pointer_sha256)
    except GateRefused as error:
        return Check("shadow", "", "refused", str(error), acceptable=False)
    beside = champion.pointer_sha256 if champion else None
    if told["champion"] != beside:
        why = "It ran in shadow beside another champion; run it again: vardar shadow"
        return Check("shadow", "", "refused", why, acceptable=False)
    days = _days(rows, window.since)
    figures: dict[str, Value] = {"days": days, "least": params.gate.shadow_days, "rows": len(rows)}
    agreement = tuple(told["agreement"])
    if days < params.gate.shadow_days:
        why = (
            f"It ran in shadow on {days} days with movements that neither side has learnt from; "
            f"{params.gate.shadow_days} are needed."
        )
        return Check("shadow", "", "refused", why, figures, agreement, acceptable=False)
    if unlike := _unlike(rows, everything):
        why = f"{unlike:,} scores of the shadow run are not what the challenger says now."
        return Check("shadow", "", "refused", why, figures, agreement, acceptable=False)
    each = "; ".join(
        f"{of['head']}: rank correlation {of['rank_correlation']:.2f}, "
        f"{of['selected_by_both']:.0%} selected by both"
        for of in agreement
    )
    why = f"{days} days in shadow, {len(rows):,} scores. {each}."
    return Check("shadow", "", "ok", why, figures, agreement, acceptable=False)


def _read(home: Path, challenger_sha256: str) -> tuple[dict[str, Any], pa.Table]:
    path = home / "gate" / "shadow" / f"{challenger_sha256}.json"
    try:
        told = orjson.loads(path.read_bytes())
        content = path.with_suffix(".parquet").read_bytes()
    except (OSError, orjson.JSONDecodeError) as error:
        raise GateRefused(
            "There is no record of this challenger in shadow; make one with: vardar shadow"
        ) from error
    if sha256(content).hexdigest() != told["rows_sha256"]:
        raise GateRefused("The scores of the shadow run were altered; run it again: vardar shadow")
    return told, pq.read_table(BytesIO(content))


def _unlike(rows: pa.Table, everything: list[Judged]) -> int:
    """How many of the challenger's recorded margins differ from those it gives now."""
    kept = rows.to_pandas()
    unlike = 0
    for one in everything:
        subject, _, risk = one.name.partition("-")
        of = kept[(kept["subject"] == subject) & (kept["risk"] == risk)]
        by_u = of.set_index("u")["challenger_margin"]
        u = one.table["u"].to_numpy()
        there = np.isin(u, by_u.index.to_numpy())
        said = by_u.reindex(u[there]).to_numpy(dtype=np.float64)
        unlike += int((~np.isclose(said, one.challenger.margin[there], 0, 0, equal_nan=True)).sum())
    return unlike


def _rows(
    table: pa.Table, subject: str, risk: str, said: list[Said], bands: list[Floats]
) -> pa.Table:
    n = len(table)
    columns: dict[str, object] = {
        "u": table["u"],
        "subject": pa.array([subject] * n, pa.string()),
        "risk": pa.array([risk] * n, pa.string()),
        "owner_post": table["owner_post"].cast(pa.string()),
    }
    for who, side, band in zip(("champion", "challenger"), said, bands, strict=True):
        for what, values in (("margin", side.margin), ("probability", side.probability)):
            columns[f"{who}_{what}"] = pa.array(values, pa.float64(), mask=np.isnan(values))
        columns[f"{who}_band"] = pa.array(band, pa.float64(), mask=np.isnan(band))
    return pa.table(columns)


def _agreement(head: str, said: list[Said], bands: list[Floats], capacity: float) -> Agreement:
    theirs, ours = (at_capacity(side.score, capacity) for side in said)
    known = ~np.isnan(bands[0]) & ~np.isnan(bands[1])
    moved = (bands[1] - bands[0])[known]
    return Agreement(
        head=head,
        rows=len(ours),
        rank_correlation=_rank_correlation(said[0].score, said[1].score),
        selected_by_both=float(np.minimum(ours, theirs).sum() / ours.sum()),
        bands_moved=float((moved != 0).mean()) if len(moved) else 0.0,
        bands_up=float((moved > 0).mean()) if len(moved) else 0.0,
        abstained=float(np.isnan(said[1].margin).mean()),
        champion_abstained=float(np.isnan(said[0].margin).mean()),
    )


def _rank_correlation(one: Floats, other: Floats) -> float:
    a, b = rankdata(one), rankdata(other)
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _bands(said: Said, head: RiskModel | None) -> Floats:
    """The place of each row's band (n,), 0 the lowest; NaN without a probability."""
    if head is None:
        return np.full(len(said.score), np.nan)
    lowest = np.array([lower for _, lower in head.card.bands])
    place = np.searchsorted(lowest, said.probability, side="right") - 1.0
    return np.where(np.isnan(said.probability), np.nan, place)


def _days(rows: pa.Table, since: int) -> int:
    u = rows["u"].to_numpy()
    return len(np.unique(u[u >= since] // _DAY))


def _parquet(table: pa.Table) -> bytes:
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
