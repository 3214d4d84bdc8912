"""The facts of one deployment, kept in memory by each process and read on before each question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from features.ledger.connection import reading
from features.ledger.store import Ledger, current_epoch
from models.champion import Champion
from serving.review.figures.counting import catch_up, forget_before
from serving.review.figures.facts import DAY, HORIZON_DAYS, Facts
from serving.review.figures.inspected import inspected
from serving.review.figures.stability import bins_of


class KeptFacts:
    """What was counted so far.

    Args:
        ledger: Where it is counted from.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._facts: Facts | None = None

    @contextmanager
    def of_today(self, champion: Champion | None) -> Iterator[Facts]:
        """The facts as of now; nobody else changes them meanwhile.

        Args:
            champion: The heads that serve: only their scores are held against what they learnt from.
        """
        with self._lock:
            yield self._caught_up(champion)

    def _caught_up(self, champion: Champion | None) -> Facts:
        since = (self._ledger.clock() // DAY - HORIZON_DAYS) * DAY
        served = champion.pointer_sha256 if champion else ""
        with reading(self._ledger.engine) as connection:
            epoch = current_epoch(connection)
            number = epoch.number if epoch else 0
            facts = self._facts
            # Another epoch numbers events anew; other heads have other bins.
            if facts is None or (facts.epoch, facts.heads) != (number, served):
                facts = Facts(number, served)
            heads = champion.heads.values() if champion else ()
            made = {head.manifest_sha256 or "": bins_of(head.card.top_shares) for head in heads}
            bins = {manifest: of for manifest, of in made.items() if of is not None}
            # Kept only once it is whole: what a failure leaves half counted is counted again.
            self._facts = None
            before = facts.read_to
            catch_up(connection, facts, since=since, bins=bins)
        if forget_before(facts, since) or facts.read_to != before:
            controls = facts.controls.values()
            facts.inspected = tuple(inspected(controls))
            facts.unmatched = tuple(one for one in controls if one.movement is None)
        self._facts = facts
        return facts
