"""The transaction: what arrives is entered, scored and answered together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from sqlalchemy import Connection, select

from features.ledger import audit, tables
from features.ledger.arrivals import Arrival
from features.ledger.connection import StoreBusy, Writing
from features.ledger.entering import Entered, Entering, IdentityConflict, Repeated
from features.ledger.packing import pack_integers
from features.ledger.quarantine import quarantine
from features.ledger.store import Ledger, epoch_mark
from features.records import Consignment, Record
from features.records.problems import FieldProblem
from features.registry import SUBJECTS, FeatureSet
from models.verdicts import SWITCHED_OFF
from serving import scores
from serving.answers import Score, new_answer, new_score_id
from serving.assessing import Assessed, Assessment, Assessor
from serving.in_force import InForce
from serving.log import log
from serving.recommending import Recommending, earlier_of, identity_of
from serving.review.cases import Opened, note_scored
from serving.switching import Mode, mode_within
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
    """Carries out work on one ledger with what is in force.

    Raises:
        ModelError: as `Assessor`.
    """

    def __init__(self, ledger: Ledger, *, in_force: InForce, rehearsal: bool = False) -> None:
        self.ledger = ledger
        self.rehearsal = rehearsal
        self._writing = Writing(ledger.engine)
        #: The epoch, as stored, whose features are read.
        self._mark: tuple[int, str, str] | None = None
        self._ready = _Ready.of(ledger.features, in_force)
        self._next: InForce | None = None
        self._mode: Mode = "model"
        self._recommending = self._new_recommending()
        #: Times a part of a transaction; whoever watches sets it.
        self.part: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()

    @property
    def assessor(self) -> Assessor:
        """Who assesses while the models are switched on."""
        return self._ready.assessor

    @property
    def in_force(self) -> InForce:
        """What the last transaction was carried out with, or will be the first."""
        return self._ready.in_force

    def put_in_force(self, in_force: InForce) -> None:
        """Use these heads and this configuration from the next transaction on.

        Raises:
            ModelError: when they cannot be used; what is in force stays then.
        """
        _Ready.of(self.ledger.features, in_force)
        self._next = in_force

    def commit(self, work: Sequence[Work]) -> list[Outcome]:
        """Do all the work in one transaction, in its order; when this returns it is durable.

        Raises:
            SQLAlchemyError: when the store fails; nothing was done then.
            StatesOutdated, ModelError: when a new epoch cannot be served; nothing was done then.
        """
        return self._commit(work, wait=True)

    def commit_at_once(self, work: Sequence[Work]) -> list[Outcome]:
        """The same, unless somebody else is writing.

        Raises:
            StoreBusy: when somebody is; nothing was done then.
            SQLAlchemyError: as `commit`, and the others too.
        """
        return self._commit(work, wait=False)

    def _commit(self, work: Sequence[Work], *, wait: bool) -> list[Outcome]:
        try:
            with self._writing.transaction(wait=wait) as connection:
                alone = self._writing.alone
                if not alone:
                    self._follow_epoch(connection)
                self._take_up(connection)
                self._recommending.follow(connection, epoch=self.ledger.epoch.number, alone=alone)
                ready = self._ready
                mode = self._mode if alone else mode_within(connection)
                assessor = ready.assessor if mode == "model" else ready.without_models
                group = _Group(self, connection, assessor, self._recommending)
                outcomes = group.carry_out(work)
                self._recommending.keep(connection)
        except StoreBusy:
            raise
        except BaseException:
            self.ledger.sealer.forget_unsaved()
            self._recommending.forget()
            raise
        if mode != self._mode:
            self._mode = mode
            log().warning("switched", mode=mode)
        return outcomes

    def close(self) -> None:
        """Give the store's connection back; after it nothing may be committed."""
        self._writing.close()

    def _new_recommending(self) -> Recommending:
        capacities = self.in_force.configuration.capacities
        made = Recommending(capacities, secret=self.ledger.keyring.draws)
        made.expect(self.assessor.heads.values())
        return made

    def _take_up(self, connection: Connection) -> None:
        """Go over to what was put in force since the last transaction."""
        if self._next is None:
            return
        before, self._next = self._next, None
        old = self._ready.in_force.configuration
        self._ready = _Ready.of(self.ledger.features, before)
        self._recommending.expect(self.assessor.heads.values())
        if old.capacities != before.configuration.capacities:
            self._recommending.keep(connection, due=True)
            self._recommending = self._new_recommending()

    def _follow_epoch(self, connection: Connection) -> None:
        # A backfill or a new mapping may have come in since the last transaction.
        mark = epoch_mark(connection)
        if mark == self._mark:
            return
        self.ledger.forget_epoch()
        self.ledger.check_states_current()
        if self.ledger.features != self.assessor.features:
            self._ready = _Ready.of(self.ledger.features, self.in_force)
        # Last: an epoch that cannot be served is refused again by the next transaction.
        self._mark = mark


@dataclass(frozen=True, eq=False)
class _Ready:
    """What is in force, laid out for quick use."""

    in_force: InForce
    assessor: Assessor
    without_models: Assessor

    @classmethod
    def of(cls, features: FeatureSet, in_force: InForce) -> _Ready:
        rules = in_force.configuration.rules
        return cls(
            in_force,
            Assessor(features, champion=in_force.champion, rules=rules),
            Assessor(features, champion=None, rules=rules, without=SWITCHED_OFF),
        )


class _Group:
    """The work of one transaction."""

    def __init__(
        self,
        scoring: Scoring,
        connection: Connection,
        assessor: Assessor,
        recommending: Recommending,
    ) -> None:
        self._assessor = assessor
        self._recommending = recommending
        self._configuration = scoring.in_force.configuration.sha256
        self._rehearsal = scoring.rehearsal
        self._part = scoring.part
        self._ledger = scoring.ledger
        self._connection = connection
        self._epoch = scoring.ledger.epoch.number
        #: What this transaction scores, by u.
        self._fresh: dict[int, Scored] = {}
        self._records: dict[int, Record] = {}
        self._events: list[tuple[audit.AuditEvent, int]] = []

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
        fresh = [scored.score for scored in self._fresh.values()]
        scores.append(self._connection, fresh)
        note_scored(self._connection, [self._opened(s) for s in fresh])
        outcomes = [self._outcome(one, stand) for one, stand in zip(work, stands, strict=True)]
        audit.record_all(self._connection, self._events)
        return outcomes

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
        self._events.append((event, now))
        return Quarantined(problems, conflict)

    def _score(self, entered: Sequence[tuple[Arrival, Entered]]) -> None:
        assessed: dict[int, Assessed] = {}
        for subject in SUBJECTS:
            mine = [at for arrival, at in entered if arrival.kind == subject]
            if mine:
                found = self._assessor.assess_each(subject, [at.integers for at in mine])
                assessed |= {at.u: one for at, one in zip(mine, found, strict=True)}
        # In the order of u, whatever the kind: what is left of a shift depends on it.
        for arrival, at in entered:
            if at.u in assessed:
                self._fresh[at.u] = self._scored(arrival, at, assessed[at.u])
                self._records[at.u] = arrival.record

    def _opened(self, score: Score) -> Opened:
        record = self._records[score.u]
        named = record.declaration_ref if isinstance(record, Consignment) else None
        return Opened(score, record.owner_country, named)

    def _scored(self, arrival: Arrival, at: Entered, assessed: Assessed) -> Scored:
        record, champion = arrival.record, self._assessor.champion
        before = [] if at.supersedes is None else self._scores_before(arrival)
        dealt = self._recommending.deal(
            arrival.kind,
            assessed,
            heads={a.risk: self._head_of(arrival.kind, a) for a in assessed.risks},
            post=record.owner_post,
            at=at.u,
            identity=identity_of(arrival.kind, arrival.body),
            earlier=earlier_of([score.answer for score in before]),
        )
        score_id = new_score_id(at.u)
        answer = new_answer(
            self._assessor,
            arrival,
            at,
            assessed,
            dealt,
            score_id=score_id,
            before=before,
            configuration_sha256=self._configuration,
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

    def _head_of(self, subject: str, assessment: Assessment) -> str | None:
        if assessment.row is None:
            return None
        return self._assessor.heads[subject, assessment.risk].manifest_sha256

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
        self._events.append((event, stand.u))
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
        self._events.append((event, stand.u))
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
