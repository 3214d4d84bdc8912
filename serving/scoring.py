"""The transaction: what arrives is entered, scored and answered together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from sqlalchemy import Connection, select

from features.ledger import audit, tables
from features.ledger.arrivals import Arrival
from features.ledger.connection import writing
from features.ledger.entering import Entered, Entering, IdentityConflict, Repeated
from features.ledger.packing import pack_integers
from features.ledger.quarantine import quarantine
from features.ledger.store import Ledger, current_epoch
from features.records.problems import FieldProblem
from features.registry import SUBJECTS, FeatureSet
from models.champion import Champion
from models.rules import Rule
from serving import scores
from serving.answers import Score, new_answer, new_score_id
from serving.assessing import Assessed, Assessor, draw_of
from serving.settings import Capacity
from serving.work import (
    NotScored,
    Outcome,
    Quarantined,
    Recorded,
    Refusal,
    Scored,
    Submission,
    Work,
)


class Scoring:
    """Carries out work on one ledger with one champion.

    Raises:
        ModelError: as `Assessor`.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        champion: Champion | None,
        rules: Sequence[Rule],
        capacity: Capacity,
        rehearsal: bool = False,
    ) -> None:
        self.ledger = ledger
        self.rehearsal = rehearsal
        self._champion = champion
        self._rules = rules
        self._capacity = capacity
        #: The epoch whose features `assessor` reads.
        self._assessed_epoch = ledger.epoch
        #: Times a part of a transaction; whoever watches sets it.
        self.part: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()
        self.assessor = self._assessor(ledger.features)

    def commit(self, work: Sequence[Work]) -> list[Outcome]:
        """Do all the work in one transaction, in its order; when this returns it is durable.

        Raises:
            SQLAlchemyError: when the store fails; nothing was done then.
            StatesOutdated, ModelError: when a new epoch cannot be served; nothing was done then.
        """
        try:
            with writing(self.ledger.engine) as connection:
                self._follow_epoch(connection)
                group = _Group(self, connection)
                outcomes = group.carry_out(work)
        except BaseException:
            self.ledger.sealer.forget_unsaved()
            raise
        return outcomes

    def _assessor(self, features: FeatureSet) -> Assessor:
        return Assessor(
            features, champion=self._champion, rules=self._rules, capacity=self._capacity
        )

    def _follow_epoch(self, connection: Connection) -> None:
        # A backfill or a new mapping may have come in since the last transaction.
        if current_epoch(connection) != self._assessed_epoch:
            self.ledger.forget_epoch()
            self.ledger.check_states_current()
            self.assessor = self._assessor(self.ledger.features)
            # Last: an epoch that cannot be served is refused again by the next transaction.
            self._assessed_epoch = self.ledger.epoch


class _Group:
    """The work of one transaction."""

    def __init__(self, scoring: Scoring, connection: Connection) -> None:
        self._assessor = scoring.assessor
        self._rehearsal = scoring.rehearsal
        self._part = scoring.part
        self._ledger = scoring.ledger
        self._connection = connection
        self._epoch = scoring.ledger.epoch.number
        #: What this transaction scores, by u.
        self._fresh: dict[int, Scored] = {}

    def carry_out(self, work: Sequence[Work]) -> list[Outcome]:
        with self._part("enter"):
            entering = Entering(self._ledger, self._connection)
            stands = [self._enter(entering, one) for one in work]
            entering.finish()
        with self._part("assess"):
            self._score(
                [
                    (one.arrival, stand)
                    for one, stand in zip(work, stands, strict=True)
                    if isinstance(one, Submission) and isinstance(stand, Entered)
                ]
            )
        scores.append(self._connection, [scored.score for scored in self._fresh.values()])
        return [self._outcome(one, stand) for one, stand in zip(work, stands, strict=True)]

    def _enter(self, entering: Entering, one: Work) -> Entered | Repeated | Quarantined:
        if isinstance(one, Refusal):
            return self._quarantine(one, one.problems, conflict=False)
        try:
            return entering.enter(one.arrival)
        except IdentityConflict as error:
            # Told before anything was changed, so that the neighbours go on.
            problem = FieldProblem("/record_version", error.rule, str(error))
            return self._quarantine(one, (problem,), conflict=True)

    def _quarantine(
        self, one: Work, problems: tuple[FieldProblem, ...], *, conflict: bool
    ) -> Quarantined:
        now = self._ledger.clock()
        quarantine(
            self._connection,
            self._ledger.sealer,
            one.raw,
            problems,
            door=one.door,
            line=None,
            at=now,
        )
        rules = sorted({problem.rule for problem in problems})
        event = audit.AuditEvent(one.actor, "quarantine", one.door, {"rules": rules})
        audit.record(self._connection, event, at=now)
        return Quarantined(problems, conflict)

    def _score(self, entered: Sequence[tuple[Arrival, Entered]]) -> None:
        for subject in SUBJECTS:
            mine = [(arrival, at) for arrival, at in entered if arrival.kind == subject]
            if mine:
                names = self._ledger.features.integer_names[subject]
                table = np.array([[at.integers[n] for n in names] for _, at in mine], np.int64)
                integers = {name: table[:, j] for j, name in enumerate(names)}
                assessed = self._assessor.assess(subject, integers)
                for (arrival, at), one in zip(mine, assessed, strict=True):
                    self._fresh[at.u] = self._scored(arrival, at, one)

    def _scored(self, arrival: Arrival, at: Entered, assessed: Assessed) -> Scored:
        record, champion = arrival.record, self._assessor.champion
        draw = draw_of(
            self._ledger.keyring.draws,
            source_system=record.source_system,
            source_record_id=record.source_record_id,
        )
        score_id = new_score_id(at.u)
        answer = new_answer(
            self._assessor,
            arrival,
            at,
            assessed,
            self._assessor.recommendation(arrival.kind, assessed, draw=draw),
            score_id=score_id,
            before=[] if at.supersedes is None else self._scores_before(arrival),
            rehearsal=self._rehearsal,
        )
        names = self._ledger.features.integer_names[arrival.kind]
        score = Score(
            score_id=score_id,
            epoch=self._epoch,
            u=at.u,
            subject=arrival.kind,
            owner_post=record.owner_post,
            model_sha256=champion.pointer_sha256 if champion else "",
            integers=pack_integers([at.integers[name] for name in names]),
            answer=answer,
        )
        rows = {a.risk: a.row for a in assessed.risks if a.row is not None}
        return Scored(score, repeated=False, rows=rows)

    def _score_at(self, u: int) -> Score | None:
        if u in self._fresh:
            return self._fresh[u].score
        return scores.at(self._connection, epoch=self._epoch, u=u)

    def _outcome(self, one: Work, stand: Entered | Repeated | Quarantined) -> Outcome:
        if isinstance(stand, Quarantined) or isinstance(one, Refusal):
            return stand  # type: ignore[return-value]
        kind = one.arrival.kind
        if kind in SUBJECTS:
            return self._movement(one, stand)
        if isinstance(stand, Repeated):
            known = kind != "inspection" or self._movement_was_known(stand.u)
            return Recorded(stand.u, repeated=True, movement_known=known)
        known = kind != "inspection" or stand.movement_u is not None
        event = audit.AuditEvent(one.actor, "enter", f"{kind} {stand.u}", {"epoch": self._epoch})
        audit.record(self._connection, event, at=stand.u)
        return Recorded(stand.u, repeated=False, movement_known=known)

    def _movement(self, one: Submission, stand: Entered | Repeated) -> Outcome:
        if isinstance(stand, Repeated):
            return self._repeated(one.arrival, stand)
        scored = self._fresh[stand.u]
        event = audit.AuditEvent(
            one.actor,
            "score",
            scored.score.score_id,
            {
                "epoch": self._epoch,
                "u": stand.u,
                "model_sha256": scored.score.model_sha256,
                "action": scored.score.answer["recommendation"]["action"],
            },
        )
        audit.record(self._connection, event, at=stand.u)
        return scored

    def _repeated(self, arrival: Arrival, stand: Repeated) -> Outcome:
        score = self._score_at(stand.u)
        if score is None:
            # It may have been answered in an earlier epoch, or have come in with the history.
            score = self._scores_of(arrival).get(arrival.record.record_version)
        return Scored(score, repeated=True) if score else NotScored(stand.u)

    def _scores_before(self, arrival: Arrival) -> list[Score]:
        """Scores of the movement's earlier versions, ascending by version, whichever the epoch."""
        version = arrival.record.record_version
        return [score for v, score in self._scores_of(arrival).items() if v < version]

    def _scores_of(self, arrival: Arrival) -> dict[int, Score]:
        record = arrival.record
        versions = scores.of_movement(
            self._connection,
            kind=arrival.kind,
            source_system=record.source_system,
            source_record_id=record.source_record_id,
        )
        # The ledger lists this transaction's versions already; their scores are stored at its end.
        fresh = {u: scored.score for u, scored in self._fresh.items()}
        found = {version: score or fresh.get(u) for version, u, score in versions}
        return {version: score for version, score in found.items() if score}

    def _movement_was_known(self, inspected: int) -> bool:
        """Whether the inspection that stands at this u found the movement inspected."""
        columns = tables.ledger.c
        movement_u = self._connection.execute(
            select(columns.movement_u).where(columns.epoch == self._epoch, columns.u == inspected)
        ).scalar_one()
        return movement_u is not None
