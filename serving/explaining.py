"""Why a movement was scored as it was: from the stored integers and the very head that was asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from features.finish import finished
from features.ledger.packing import unpack_integers
from features.registry import FeatureSet
from features.spec import Floats, Integers
from models.card import CardColumn
from models.champion import Champion
from models.errors import HeadRefusedError
from models.heads import load_head
from models.reasons import reasons
from models.risk_model import RiskModel
from models.words import sentence
from serving.answers import Score

#: Heads of the past that are kept at hand.
_KEPT = 8


class Explainer:
    """Finds heads by the hash of their manifest: those that serve, and those that served."""

    def __init__(self, trained: Path, champion: Champion | None) -> None:
        self._trained = trained
        self._serving: dict[str, RiskModel] = {}
        self._past: OrderedDict[str, RiskModel] = OrderedDict()
        self._lock = threading.Lock()
        self.serve(champion)

    def serve(self, champion: Champion | None) -> None:
        """Keep the heads of another champion at hand, beside those that served until now."""
        before = self._serving
        now = {str(h.manifest_sha256): h for h in (champion.heads.values() if champion else ())}
        for manifest, head in before.items():
            if manifest not in now:
                self._remember(manifest, head)
        self._serving = now

    def head(self, manifest_sha256: str) -> RiskModel:
        """The head with this manifest, to the byte.

        Raises:
            ModelError: when it is gone or was altered.
        """
        serving = self._serving.get(manifest_sha256) or self._past.get(manifest_sha256)
        if serving is not None:
            return serving
        folder = self._trained / "promoted" / manifest_sha256
        head = load_head(folder, manifest_sha256=manifest_sha256)
        self._remember(manifest_sha256, head)
        return head

    def _remember(self, manifest_sha256: str, head: RiskModel) -> None:
        with self._lock:
            self._past[manifest_sha256] = head
            if len(self._past) > _KEPT:
                self._past.popitem(last=False)

    def rows(self, score: Score) -> dict[str, Floats]:
        """What each head read (f,), by risk, made anew from the stored integers.

        Raises:
            HeadRefusedError: when this program would make other columns of them.
            ModelError: when a head is gone or was altered.
        """
        if not score.heads:
            return {}
        integers = integers_of(score)
        rows = {}
        for risk, manifest_sha256 in score.heads.items():
            card = self.head(manifest_sha256).card
            columns = features_of(score).columns(score.subject, card.target_results)
            rows[risk] = finished(columns, integers)[0]
        return rows

    def reasons(self, score: Score, rows: Mapping[str, Floats]) -> dict[str, list[dict[str, Any]]]:
        """At most five reasons by risk, for the risks that have a probability."""
        told = {}
        for risk, row in rows.items():
            if "probability" in score.answer["risks"][risk]:
                head = self.head(score.heads[risk])
                contributions = head.contributions(row[np.newaxis])[0]
                told[risk] = [asdict(r) for r in reasons(head.card, row, contributions)]
        return told

    def explanation(self, score: Score) -> dict[str, Any]:
        """All reasons, what each column contributed, and the sums, by risk.

        Raises:
            ModelError: as `rows`.
        """
        risks = {}
        for risk, row in self.rows(score).items():
            head = self.head(score.heads[risk])
            contributions = head.contributions(row[np.newaxis])[0]
            base = float(contributions[-1])
            each = contributions[:-1].tolist()
            risks[risk] = {
                "head": {"name": head.card.name, "version": head.card.version},
                "margin": score.answer["basis"]["margins"][risk],
                "base_margin": base,
                "sum": fsum((*each, base)),
                "reasons": [asdict(r) for r in reasons(head.card, row, contributions, limit=None)],
                "columns": [
                    _column(column, float(value), contribution)
                    for column, value, contribution in zip(
                        head.card.columns, row, each, strict=True
                    )
                ],
            }
        return {"score_id": score.score_id, "as_of": score.u, "risks": risks}

    def told(self, score: Score, rows: Mapping[str, Floats] | None) -> dict[str, Any]:
        """The answer with its reasons.

        Args:
            score: The score.
            rows: What the heads read, if it is at hand; else it is made anew.
        """
        return with_reasons(score, self.reasons(score, rows or self.rows(score)))


def with_reasons(score: Score, told: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The answer as the client gets it, with the reasons of each risk that has some."""
    answer = score.told()
    risks = {
        risk: {**said, "reasons": told[risk]} if risk in told else said
        for risk, said in answer["risks"].items()
    }
    return {**answer, "risks": risks}


def features_of(score: Score) -> FeatureSet:
    """The features the score was made with.

    Raises:
        HeadRefusedError: when this program's features differ from them.
    """
    basis = score.answer["basis"]
    features = _feature_set(orjson.dumps(basis["features"], option=orjson.OPT_SORT_KEYS))
    if features.sha256 != basis["spec_sha256"]:
        raise HeadRefusedError(
            f"Score {score.score_id} was made with other features than this program's "
            f"({basis['spec_sha256'][:12]}…); use the version of Vardar that made it."
        )
    return features


@lru_cache(maxsize=8)
def _feature_set(stored: bytes) -> FeatureSet:
    # Kept, because pinning a feature set reads the program's own source.
    return FeatureSet.from_json(orjson.loads(stored))


def integers_of(score: Score) -> dict[str, Integers]:
    """The stored integers by name, each (1,); raises as `features_of`."""
    names = features_of(score).integer_names[score.subject]
    values = unpack_integers(score.integers)
    return {n: np.array([v], np.int64) for n, v in zip(names, values, strict=True)}


def _column(column: CardColumn, value: float, contribution: float) -> dict[str, Any]:
    return {
        "column": column.name,
        "value": None if np.isnan(value) else value,
        "unit": column.unit,
        "contribution": contribution,
        "usual_low": column.usual_low,
        "usual_high": column.usual_high,
        "sentence": sentence(column, value),
    }
