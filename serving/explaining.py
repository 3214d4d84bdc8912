"""Why a movement was scored as it was: from the stored integers and the very head that was asked."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
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
from models.cautions import cautions
from models.champion import Champion
from models.doubts import doubts_in_words
from models.errors import HeadRefusedError
from models.heads import load_head
from models.languages import ENGLISH, Language
from models.lowering import lowering, note
from models.reasons import reasons, told_of
from models.risk_model import RiskModel
from models.verdicts import band_in_words, recommendation_in_words, why_no_model
from models.words import sentence
from serving.answers import Score
from serving.telling import spoken_of, told_in

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

    @property
    def is_quick(self) -> bool:
        """Whether no head that serves has to be explained by LightGBM."""
        return all(head.explained_by != "lightgbm" for head in self._serving.values())

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

    def reasons(
        self, score: Score, rows: Mapping[str, Floats], *, spoken: Language = ENGLISH
    ) -> dict[str, list[dict[str, Any]]]:
        """At most five reasons by risk, for the risks that have a probability."""
        told = {}
        for risk, row in rows.items():
            if "probability" in score.answer["risks"][risk]:
                head = self.head(score.heads[risk])
                contributions = head.contributions(row[np.newaxis])[0]
                found = reasons(head.card, row, contributions, language=spoken)
                told[risk] = [told_of(r) for r in found]
        return told

    def explanation(
        self, score: Score, *, spoken: Language = ENGLISH, with_columns: bool = True
    ) -> dict[str, Any]:
        """All reasons, what each column contributed, the sums, and what to make of them, by risk.

        Args:
            score: The score.
            spoken: The language.
            with_columns: Whether each column is told too; they make up half of the time.

        Raises:
            ModelError: as `rows`.
        """
        rows = self.rows(score)
        recommended = score.answer["recommendation"]
        return {
            "score_id": score.score_id,
            "as_of": score.u,
            **spoken_of(spoken),
            "recommendation_in_words": recommendation_in_words(
                recommended["action"], recommended["because"], language=spoken
            ),
            "quality_flags_in_words": doubts_in_words(
                score.answer["quality_flags"], language=spoken
            ),
            "risks": {
                risk: self._risk(score, risk, row, spoken, with_columns=with_columns)
                for risk, row in rows.items()
            },
        }

    def told(
        self,
        score: Score,
        rows: Mapping[str, Floats] | None,
        *,
        spoken: Language = ENGLISH,
        with_reasons: bool = True,
    ) -> Mapping[str, Any]:
        """The answer in a language, with its reasons if they are asked for.

        Args:
            score: The score.
            rows: What the heads read, if it is at hand; else it is made anew where it is needed.
            spoken: The language.
            with_reasons: Whether the reasons are told too.
        """
        abstained: Mapping[str, str] = {}
        answer = score.told()
        without = [risk for risk, said in answer["risks"].items() if "reason" in said]
        if with_reasons or (without and not spoken.is_english):
            rows = rows or self.rows(score)
            if without and not spoken.is_english:
                abstained = self._abstained(score, rows, without, spoken)
        told = told_in(answer, spoken, abstained=abstained)
        if not with_reasons:
            return told
        return _with_reasons(told, self.reasons(score, rows or {}, spoken=spoken))

    def _risk(
        self, score: Score, risk: str, row: Floats, spoken: Language, *, with_columns: bool
    ) -> dict[str, Any]:
        head = self.head(score.heads[risk])
        contributions = head.contributions(row[np.newaxis])[0]
        base = float(contributions[-1])
        each = contributions[:-1].tolist()
        said = score.answer["risks"][risk]
        answered = "probability" in said
        doubts = cautions(
            head.card,
            row,
            quality_flags=score.answer["quality_flags"],
            on=datetime.fromtimestamp(score.u / 1_000_000, UTC).date(),
            rehearsal=score.answer.get("rehearsal", False),
            language=spoken,
        )
        # Where the model abstained there is no probability that could have been lower.
        changes = lowering(head, row, language=spoken) if answered else []
        return {
            "head": {"name": head.card.name, "version": head.card.version},
            "band_in_words": band_in_words(said["band"], language=spoken) if answered else None,
            "margin": score.answer["basis"]["margins"][risk],
            "base_margin": base,
            "sum": fsum((*each, base)),
            "reasons": [
                told_of(r)
                for r in reasons(head.card, row, contributions, limit=None, language=spoken)
            ],
            "columns": [
                _column(column, float(value), contribution, spoken)
                for column, value, contribution in zip(head.card.columns, row, each, strict=True)
                if with_columns
            ],
            "why_this_may_be_wrong": [asdict(caution) for caution in doubts],
            "what_would_have_lowered_it": {
                "note": note(language=spoken),
                "changes": [asdict(change) for change in changes],
            },
        }

    def _abstained(
        self, score: Score, rows: Mapping[str, Floats], risks: Iterable[str], spoken: Language
    ) -> dict[str, str]:
        """Why there is no probability, by risk, said by the very check that found it."""
        told = {}
        for risk in risks:
            stored: str = score.answer["risks"][risk]["reason"]
            if risk in rows:
                head = self.head(score.heads[risk])
                told[risk] = head.support_problem(rows[risk], language=spoken) or stored
            else:
                told[risk] = why_no_model(stored, language=spoken)
        return told


def _with_reasons(
    answer: Mapping[str, Any], told: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """The answer with the reasons of each risk that has some."""
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


def _column(
    column: CardColumn, value: float, contribution: float, spoken: Language
) -> dict[str, Any]:
    return {
        "column": column.name,
        "value": None if np.isnan(value) else value,
        "unit": column.unit,
        "contribution": contribution,
        "usual_low": column.usual_low,
        "usual_high": column.usual_high,
        "sentence": sentence(column, value, language=spoken),
    }
