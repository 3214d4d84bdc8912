"""What was answered about a movement, and everything it takes to answer it again.

The stored answer is canonical JSON: what the client was told, without reasons (they follow from
the integers and the head), and `basis`, what it rests on: the features, the heads by the hash of
their manifests, the margins, the rules of the moment, and what the recommendation was dealt from.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from features.ledger.arrivals import Arrival
from features.ledger.entering import Entered
from models.shifts import Dealt
from models.words import base_rate
from serving.assessing import Assessed, Assessment, Assessor, highest_band


@dataclass(frozen=True)
class Score:
    """One row of the scores.

    Attributes:
        u: Knowledge time of the movement, microseconds since 1970 UTC.
        model_sha256: Hash of the champion's pointer; "" where rules and chance served alone.
        integers: int64 in the order of `FeatureSet.integer_names`, packed.
        answer: As stored, with its basis.
    """

    score_id: str
    epoch: int
    u: int
    subject: str
    owner_post: str
    model_sha256: str
    integers: bytes
    answer: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """What the client is told, reasons aside."""
        return {name: value for name, value in self.answer.items() if name != "basis"}

    @property
    def heads(self) -> dict[str, str]:
        """Manifest hash of the head that was asked, by risk."""
        heads: dict[str, str] = self.answer["basis"]["heads"]
        return heads


def new_answer(
    assessor: Assessor,
    arrival: Arrival,
    entered: Entered,
    assessed: Assessed,
    dealt: Dealt,
    *,
    score_id: str,
    before: Sequence[Score],
    configuration_sha256: str,
    rehearsal: bool,
) -> dict[str, Any]:
    """The answer about a movement that has just been entered.

    Args:
        assessor: By whom it was assessed.
        arrival: The movement.
        entered: Its place in the ledger.
        assessed: Its risks.
        dealt: What to do with it, and what that rests on.
        score_id: The new score's id.
        before: Scores of the movement's earlier versions, ascending; the last is superseded.
        configuration_sha256: Of the rules and capacities in force.
        rehearsal: Whether the service's clock is a rehearsal's.
    """
    record, champion = arrival.record, assessor.champion
    answer: dict[str, Any] = {
        "score_id": score_id,
        "as_of": entered.u,
        "movement": {
            "kind": arrival.kind,
            "source_system": record.source_system,
            "source_record_id": record.source_record_id,
            "record_version": record.record_version,
        },
        "model": champion
        and {
            "name": champion.name,
            "version": champion.version,
            "sha256": champion.pointer_sha256,
        },
        "risks": {a.risk: _risk(assessor, arrival.kind, a, before) for a in assessed.risks},
        "rules": [
            {"code": code, "risk": a.risk, "sentence": assessor.rule_sentences[code]}
            for a in assessed.risks
            for code in a.rule_hits
        ],
        "recommendation": dict(vars(dealt.recommendation)),
        "quality_flags": list(record.quality_flags),
        "supersedes": before[-1].score_id if before else None,
        "basis": _basis(assessor, arrival.kind, assessed, dealt, configuration_sha256),
    }
    if rehearsal:
        answer["rehearsal"] = True
    return answer


def new_score_id(at: int) -> str:
    """A UUID of version 7 (RFC 9562): sorted by its moment, and not to be guessed.

    Args:
        at: Microseconds since 1970 UTC.
    """
    number = ((at // 1000) & (2**48 - 1)) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def stored_json(answer: Mapping[str, Any]) -> str:
    """The one way an answer is written."""
    return orjson.dumps(answer, option=orjson.OPT_SORT_KEYS).decode()


def _risk(
    assessor: Assessor, subject: str, assessment: Assessment, before: Sequence[Score]
) -> dict[str, Any]:
    earlier = [score.answer["risks"].get(assessment.risk, {}) for score in before]
    # Amending never lowers scrutiny: the movement keeps the highest band of its versions.
    movement_band = highest_band((assessment.band, *(e.get("movement_band") for e in earlier)))
    if assessment.probability is None:
        return {
            "abstained": True,
            "reason": assessment.abstained,
            "rule_points": assessment.rule_points,
            "movement_band": movement_band,
        }
    head = assessor.heads[subject, assessment.risk]
    return {
        "probability": assessment.probability,
        "in_words": base_rate(assessment.probability),
        "base_rate": head.card.base_rate,
        "base_rate_in_words": base_rate(head.card.base_rate).removesuffix(" like this"),
        "band": assessment.band,
        "movement_band": movement_band,
        "rule_points": assessment.rule_points,
    }


def _basis(
    assessor: Assessor, subject: str, assessed: Assessed, dealt: Dealt, configuration_sha256: str
) -> dict[str, Any]:
    return {
        "spec_sha256": assessor.features.sha256,
        "features": assessor.features.to_json(),
        "heads": {
            a.risk: assessor.heads[subject, a.risk].manifest_sha256
            for a in assessed.risks
            if a.row is not None
        },
        "margins": {a.risk: a.margin for a in assessed.risks},
        "rules_sha256": assessor.rules_sha256,
        "configuration_sha256": configuration_sha256,
        "policy": dealt_json(dealt, mandatory=assessed.mandatory),
    }


def dealt_json(dealt: Dealt, *, mandatory: bool) -> dict[str, Any]:
    """What a recommendation rests on, as it is stored with the score."""
    chance = dealt.chance
    return {
        "action": dealt.action,
        "because": dealt.because,
        "mandatory": mandatory,
        "chance": chance
        and {
            "at": chance.at,
            "drawn": chance.drawn,
            "window": [chance.window.begin, chance.window.end],
            "previous": chance.previous,
        },
    }
