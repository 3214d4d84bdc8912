"""The office's policy over what is scored: every worker lives the same shifts, in the order of u.

The book of shifts is in memory. Within the transaction, which alone has the right to write, a
worker first lives what others scored since, then recommends. What is left at each post is stored
from time to time, so that a restart lives only the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from features.ledger import tables
from features.ledger.prepared import Prepared
from models.capacities import Capacities
from models.card import Card
from models.policy import Recommendation, threshold
from models.random_moments import Window
from models.risk_model import RiskModel
from models.shifts import Chance, Dealt, ShiftBook
from serving import scores
from serving.assessing import Assessed

#: Movements after which what is left at the posts is stored.
_KEEP_EVERY = 1_000
#: Scores at most that later movements are compared with after a restart.
_SEEN_AGAIN = 20_000
#: Scores of training that stand in for each risk until enough movements were seen.
_USUAL = 500

_stored, _kept = tables.scores.c, tables.shift_states.c
_SINCE = Prepared(
    select(_stored.u, _stored.subject, _stored.owner_post, _stored.answer)
    .where(_stored.epoch == bindparam("of_epoch"), _stored.u > bindparam("after"))
    .order_by(_stored.u)
)
_BEFORE = Prepared(
    select(_stored.u, _stored.subject, _stored.owner_post, _stored.answer)
    .where(_stored.epoch == bindparam("of_epoch"), _stored.u <= bindparam("until"))
    .order_by(_stored.u.desc())
    .limit(_SEEN_AGAIN)
)
_KEPT = Prepared(select(_kept.post, _kept.epoch, _kept.u, _kept.state))


def _keeping(dialect: Any) -> Prepared:
    made = dialect.insert(tables.shift_states)
    changed = {name: made.excluded[name] for name in ("epoch", "u", "state")}
    return Prepared(
        made.on_conflict_do_update(index_elements=["post"], set_=changed),
        columns=("post", "epoch", "u", "state"),
    )


_KEEP = {"sqlite": _keeping(sqlite), "postgresql": _keeping(postgresql)}


class Recommending:
    """Recommends what to do with movements, under the capacity of each post's shift.

    Args:
        capacities: What each post can do in a shift.
        secret: That of the random draw.
    """

    def __init__(self, capacities: Capacities, *, secret: bytes) -> None:
        self.capacities = capacities
        self._secret = secret
        self._usual: dict[str, list[float]] = {}
        self._book: ShiftBook | None = None
        #: The last score lived: its epoch and u.
        self._epoch, self._lived = 0, 0
        #: The policy's own time, which never falls, though a new epoch's clock may stand behind.
        self._time = 0
        self._since_kept = 0
        self._touched: set[str] = set()

    def expect(self, heads: Iterable[RiskModel]) -> None:
        """Let the training's scores of these heads stand in until enough movements were seen."""
        self._usual = {
            _name(h.card.subject, h.card.risk, h.manifest_sha256): _usual_scores(h.card)
            for h in heads
        }
        if self._book is not None:
            self._book.expect(self._usual)

    def follow(self, connection: Connection, *, epoch: int, alone: bool = False) -> None:
        """Live what was scored since, by whichever worker; call first in a transaction.

        Args:
            connection: The transaction.
            epoch: The ledger's.
            alone: Whether nobody else has written since the last transaction, which was followed.
        """
        if self._book is None:
            self._book = self._restored(connection, epoch)
        elif alone and epoch == self._epoch:
            return
        if epoch != self._epoch:
            self._epoch, self._lived = epoch, 0
        for row in _SINCE.rows(connection, {"of_epoch": epoch, "after": self._lived}):
            self._live(connection, row)

    def deal(
        self,
        subject: str,
        assessed: Assessed,
        *,
        heads: Mapping[str, str | None],
        post: str,
        at: int,
        identity: str,
        earlier: Recommendation | None,
    ) -> Dealt:
        """What to do with a movement that has just been entered; after `follow`.

        Args:
            subject: The kind of movement.
            assessed: Its risks.
            heads: Manifest hash of the head that was asked, by risk; None without one.
            post: Where it is.
            at: Its u.
            identity: As `identity_of` makes it.
            earlier: What was recommended for its last version, if that was scored.
        """
        assert self._book is not None  # noqa: S101 (follow comes first)
        names = {risk: _name(subject, risk, head) for risk, head in heads.items()}
        dealt = self._book.deal(
            post=post,
            at=self._at(at),
            identity=identity,
            probabilities={names[a.risk]: a.probability for a in assessed.risks},
            rule_points={names[a.risk]: a.rule_points for a in assessed.risks},
            mandatory=assessed.mandatory,
            earlier=earlier,
        )
        self._note(post, at)
        return dealt

    def keep(self, connection: Connection, *, due: bool = False) -> None:
        """Store what is left at the posts, if that is due; call last in a transaction."""
        if self._book is None or not (due or self._since_kept >= _KEEP_EVERY):
            return
        rows = [
            {
                "post": post,
                "epoch": self._epoch,
                "u": self._lived,
                "state": orjson.dumps(self._book.post_to_json(post)).decode(),
            }
            for post in sorted(self._touched)
        ]
        _KEEP[connection.dialect.name].run_many(connection, rows)
        self._touched.clear()
        self._since_kept = 0

    def forget(self) -> None:
        """After a transaction was rolled back: what it dealt was never answered."""
        self._book = None
        self._since_kept = 0
        self._touched.clear()

    def _restored(self, connection: Connection, epoch: int) -> ShiftBook:
        book = ShiftBook(self.capacities, secret=self._secret, usual=self._usual)
        kept = _KEPT.rows(connection, {})
        # A post that had no movement since it was stored is as it was: the latest moment is all's.
        self._time = max((row.u for row in kept), default=0)
        self._epoch = epoch
        self._lived = max((row.u for row in kept if row.epoch == epoch), default=0)
        for row in kept:
            book.restore_post(row.post, orjson.loads(row.state), at=row.u)
        if kept:
            seen = _BEFORE.rows(connection, {"of_epoch": epoch, "until": self._lived})
            for row in reversed(seen):
                said = orjson.loads(row.answer)
                if said["supersedes"] is None:
                    probabilities, points = _said(row.subject, said)
                    book.see(
                        post=row.owner_post,
                        at=row.u,
                        probabilities=probabilities,
                        rule_points=points,
                    )
        return book

    def _live(self, connection: Connection, row: Any) -> None:
        """One score of another worker, or of the time before a restart."""
        assert self._book is not None  # noqa: S101
        said = orjson.loads(row.answer)
        probabilities, points = _said(row.subject, said)
        before = said["supersedes"] and scores.by_id(connection, said["supersedes"])
        self._book.deal(
            post=row.owner_post,
            at=self._at(row.u),
            identity=identity_of(row.subject, said["movement"]),
            probabilities=probabilities,
            rule_points=points,
            mandatory=said["basis"]["policy"]["mandatory"],
            earlier=earlier_of([before.answer] if before else []),
        )
        self._note(row.owner_post, row.u)

    def _at(self, u: int) -> int:
        self._time = max(self._time, u)
        return self._time

    def _note(self, post: str, u: int) -> None:
        self._lived = u
        self._since_kept += 1
        self._touched.add(post)


def dealt_again(
    stored: Mapping[str, Any], *, secret: bytes, post: str, identity: str
) -> Recommendation | None:
    """The recommendation made anew from what it rests on; None for an amended movement."""
    if stored["chance"] is None:
        return None
    told = stored["chance"]
    chance = Chance(told["at"], told["drawn"], Window(*told["window"]), told["previous"])
    probability = chance.probability
    propensity = 1.0 if stored["action"] == "inspect" else probability
    if chance.names(secret, post=post, identity=identity):
        return Recommendation("inspect", "random", propensity, probability)
    return Recommendation(stored["action"], stored["because"], propensity, probability)


def identity_of(subject: str, movement: Mapping[str, Any]) -> str:
    """What a movement draws by: all its versions share it, and nothing else does."""
    return "\0".join((subject, movement["source_system"], movement["source_record_id"]))


def earlier_of(answers: Sequence[Mapping[str, Any]]) -> Recommendation | None:
    """What was recommended for the last of a movement's earlier versions."""
    return _told(answers[-1]["recommendation"]) if answers else None


def _told(said: Mapping[str, Any]) -> Recommendation:
    return Recommendation(
        said["action"], said["because"], said["propensity"], said["random_probability"]
    )


def _said(
    subject: str, answer: Mapping[str, Any]
) -> tuple[dict[str, float | None], dict[str, int]]:
    """Probabilities and rule points of a stored answer, by risk."""
    heads = answer["basis"]["heads"]
    risks = [
        (_name(subject, risk, heads.get(risk)), said) for risk, said in answer["risks"].items()
    ]
    return (
        {name: said.get("probability") for name, said in risks},
        {name: said["rule_points"] for name, said in risks},
    )


def _name(subject: str, risk: str, head: str | None) -> str:
    """What scores are remembered under: different heads share no scale, and are never mixed."""
    return f"{subject} {risk} {head or ''}"


def _usual_scores(card: Card) -> list[float]:
    if not card.top_shares:
        return []
    return [threshold(card, (i + 0.5) / _USUAL) for i in range(_USUAL)]
