"""Whether the challenger's probabilities agree with what inspections found, in the large and by band.

The unlikely precision of very many inspections must not refuse a head for being off by a hair, nor
few inspections pass one that is off by far. So what counts is by which factor it is *surely* off:
how far the nearer end of the 95 % interval of the observed rate lies from the expected one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from features.spec import Floats
from models.card import BANDS
from models.risk_model import RiskModel
from training.gate.unseen import Judged, Said
from training.gate.verdicts import Check, Value
from training.params import GateParams
from training.policy_value.figures import Estimate, precision


def calibration_check(one: Judged, params: GateParams) -> Check:
    """Refused where the challenger is surely off by more than a factor, and by more than the champion."""
    if one.model is None:
        why = "The challenger has no model here: rules and chance say no probability."
        return Check("calibration", one.name, "ok", why)
    rows = _rows(one, one.challenger, one.model)
    off = max((_surely_off(row) for row in rows), default=1.0)
    before = max((_surely_off(row) for row in _rows(one, one.champion, one.before)), default=1.0)
    figures = {"surely_off_by": off, "champion_surely_off_by": before}
    most = params.calibration_factor
    if not rows or not rows[0]["sufficient"]:
        hits = float(rows[0]["effective_hits"] or 0) if rows else 0.0
        why = f"{hits:.1f} effective hits among all movements are too few to tell."
        return Check("calibration", one.name, "insufficient", why, figures, tuple(rows))
    if off > most and off > before:
        worst = max(rows, key=_surely_off)
        why = (
            f"Where {worst['band']} movements are concerned it expects {worst['expected']:.3%} and "
            f"{worst['observed']:.3%} [{worst['low']:.3%}, {worst['high']:.3%}] are hits: surely off "
            f"by {off:.2f}, more than {most:g}, and than the champion's {before:.2f}."
        )
        return Check("calibration", one.name, "refused", why, figures, tuple(rows))
    few = [str(row["band"]) for row in rows if not row["sufficient"]]
    why = (
        f"Surely off by a factor of {off:.2f} at most, the champion by {before:.2f}; {most:g} is let "
        f"pass{', or what is no worse than the champion' if off > most else ''}."
    )
    if few:
        why += f" Insufficient: {', '.join(few)}."
    return Check("calibration", one.name, "ok", why, figures, tuple(rows))


def _rows(one: Judged, said: Said, model: RiskModel | None) -> list[Mapping[str, Value]]:
    """Expected against observed of all movements with an answer, then of each of the model's bands."""
    probability = one.recorded.highest(np.where(np.isnan(said.probability), -1.0, said.probability))
    known = probability >= 0
    if not known.any():
        return []
    parts = {"all": known}
    if model is not None:
        reached = np.array([BANDS.index(model.band(p)) if p >= 0 else -1 for p in probability])
        parts |= {band.replace("_", " "): reached == place for place, band in enumerate(BANDS)}
    return [
        _row(name, probability, inside, precision(one.made, inside.astype(np.float64)))
        for name, inside in parts.items()
        if inside.any()
    ]


def _row(
    band: str,
    probability: Floats,
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    observed: Estimate,
) -> dict[str, Value]:
    return {
        "band": band,
        "movements": int(inside.sum()),
        "expected": float(probability[inside].mean()),
        "observed": observed.value,
        "low": observed.low,
        "high": observed.high,
        "effective_hits": observed.effective_hits,
        "sufficient": observed.sufficient,
    }


def _surely_off(row: Mapping[str, Value]) -> float:
    """By which factor the expected rate lies outside the interval of the observed; 1 if within."""
    if not row["sufficient"]:
        return 1.0
    expected, low, high = (float(row[name] or 0) for name in ("expected", "low", "high"))
    if expected < low:
        return low / expected if expected > 0 else math.inf
    if expected > high:
        return expected / high if high > 0 else math.inf
    return 1.0
