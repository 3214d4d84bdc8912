"""A BentoML service as its guide has it, with no setting changed."""

from __future__ import annotations

from typing import Any

import bentoml
import numpy as np
import shap

from bench.peers.heads import boosters


@bentoml.service
class ScoreAndShap:
    """Scores of all risks, each with its SHAP values."""

    def __init__(self) -> None:
        self.boosters = boosters()
        self.explainers = {risk: shap.TreeExplainer(one) for risk, one in self.boosters.items()}

    @bentoml.api  # type: ignore[untyped-decorator]
    def explain(self, row: list[float | None]) -> dict[str, Any]:
        """The answer of one row."""
        X = np.array([row], np.float64)
        return {
            risk: {
                "score": float(one.predict(X, num_threads=1)[0]),
                "shap": self.explainers[risk].shap_values(X)[0].tolist(),
            }
            for risk, one in self.boosters.items()
        }
