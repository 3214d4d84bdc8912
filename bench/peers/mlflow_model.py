"""What `mlflow models serve` runs to give scores with SHAP values: a model from code."""

from __future__ import annotations

from typing import Any

import numpy as np
import shap
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from bench.peers.heads import boosters


class ScoreAndShap(PythonModel):
    """Scores of all risks, each with its SHAP values."""

    def load_context(self, context: Any) -> None:
        """Read the boosters, once."""
        self.boosters = boosters(context.artifacts["heads"])
        self.explainers = {risk: shap.TreeExplainer(one) for risk, one in self.boosters.items()}

    def predict(
        self,
        context: Any,  # noqa: ARG002 (mlflow's own names)
        model_input: Any,
        params: Any = None,  # noqa: ARG002
    ) -> list[dict[str, Any]]:
        """One answer a row."""
        X = model_input.to_numpy(np.float64)
        scores = {risk: one.predict(X, num_threads=1) for risk, one in self.boosters.items()}
        values = {risk: one.shap_values(X) for risk, one in self.explainers.items()}
        return [
            {
                risk: {"score": float(scores[risk][i]), "shap": values[risk][i].tolist()}
                for risk in scores
            }
            for i in range(len(X))
        ]


set_model(ScoreAndShap())
