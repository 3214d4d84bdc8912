"""FastAPI around LightGBM, as one would write it by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

from bench.peers.heads import boosters

app = FastAPI()
_BOOSTERS = boosters()


class Row(BaseModel):
    """A ready-made feature row; null where a value is missing."""

    row: list[float | None]


@app.post("/score")
def score(body: Row) -> dict[str, Any]:
    """Scores of all risks."""
    X = np.array([body.row], np.float64)
    return {
        risk: {"score": float(one.predict(X, num_threads=1)[0])} for risk, one in _BOOSTERS.items()
    }


@app.post("/explain")
def explain(body: Row) -> dict[str, Any]:
    """Scores of all risks, each with LightGBM's contributions."""
    X = np.array([body.row], np.float64)
    return {
        risk: {
            "score": float(one.predict(X, num_threads=1)[0]),
            "shap": one.predict(X, pred_contrib=True, num_threads=1)[0][:-1].tolist(),
        }
        for risk, one in _BOOSTERS.items()
    }
