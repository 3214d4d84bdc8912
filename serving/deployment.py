"""A deployment put together: ledger, champion, rules, and the one thread that writes."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from features import goods_text
from features.errors import VardarError
from features.ledger.connection import reading
from features.ledger.keyring import load_keyring
from features.ledger.store import Clock, Ledger, open_ledger
from models.champion import Champion
from models.languages import all_languages
from serving.access.desk import Access, open_access
from serving.explaining import Explainer
from serving.hot_swap import HotSwap
from serving.in_force import load_in_force, marks
from serving.intake import Intake
from serving.metrics import Metrics
from serving.problems import TYPES, ProblemError
from serving.review.figures.keeping import KeptFacts
from serving.scoring import Scoring
from serving.settings import Settings, clock_of
from serving.writer import Writer


class SecondService(VardarError):
    """Another service works on this store already."""


@dataclass(frozen=True)
class Deployment:
    """Everything a request needs."""

    settings: Settings
    ledger: Ledger
    scoring: Scoring
    writer: Writer
    explainer: Explainer
    intake: Intake
    metrics: Metrics
    hot_swap: HotSwap
    access: Access
    facts: KeptFacts

    @property
    def champion(self) -> Champion | None:
        """The heads that serve; None where nobody has promoted any yet."""
        return self.scoring.in_force.champion

    def ready(self) -> bool:
        """Whether the store answers and the writer works."""
        if not self.writer.alive:
            return False
        try:
            with reading(self.ledger.engine) as connection:
                return connection.execute(text("SELECT 1")).scalar() == 1
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Finish what waits and let go of the store."""
        self.hot_swap.stop()
        self.writer.stop()
        self.scoring.close()
        self.access.close()
        self.ledger.close()


def deployment_of(request: Request) -> Deployment:
    """The deployment that a request is answered from.

    Raises:
        ProblemError: not-ready, before the application is given one.
    """
    here: Deployment | None = request.app.state.deployment
    if here is None:
        raise ProblemError("not-ready", TYPES["not-ready"][2])
    return here


def open_deployment(
    settings: Settings, metrics: Metrics | None = None, *, clock: Clock | None = None
) -> Deployment:
    """Open everything, or say what is in the way.

    Args:
        settings: Of the deployment.
        metrics: Where it counts.
        clock: By which it lives, if not by that of its settings.

    Raises:
        VardarError: when the store, its states, the champion or the rules cannot be used.
    """
    clock = clock or clock_of(settings)
    keyring = load_keyring(settings.secret)
    ledger = open_ledger(settings.store, keyring, clock=clock)
    ledger.check_states_current()
    # What the first consignment, and the first reader of a language, would otherwise wait for.
    goods_text.prepare()
    all_languages()
    # Before what they mark is read, so that nothing put in place meanwhile is missed.
    seen = marks(settings)
    in_force = load_in_force(settings, ledger.features)
    for head in in_force.heads:
        head.warm_up()
    metrics = metrics or Metrics()
    metrics.note_heads(in_force.heads)
    scoring = Scoring(ledger, in_force=in_force, rehearsal=settings.as_if is not None)
    scoring.part = metrics.part
    writer = Writer(
        metrics.timed(scoring.commit),
        most_waiting=settings.most_waiting,
        # A server, or the network on the way to it, may keep one waiting at any moment.
        commit_at_once=metrics.timed(scoring.commit_at_once) if settings.embedded else None,
    )
    explainer = Explainer(settings.models, in_force.champion)
    return Deployment(
        settings=settings,
        ledger=ledger,
        scoring=scoring,
        writer=writer,
        explainer=explainer,
        intake=Intake(ledger.pseudonymiser, clock),
        metrics=metrics,
        hot_swap=HotSwap(settings, scoring, explainer, metrics, seen=seen),
        access=open_access(ledger, settings),
        facts=KeptFacts(ledger),
    )


class ServiceLock:
    """An embedded store has one service: two would wait for each other at every record.

    The lock ends with the process, however that ends.

    Raises:
        SecondService: when another service holds it.
    """

    def __init__(self, store: str) -> None:
        url = make_url(store)
        self._handle: int | None = None
        if url.get_backend_name() != "sqlite" or not url.database:
            return
        path = Path(f"{url.database}.service.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise SecondService(
                f"Another service works on {url.database}: stop it first, or use PostgreSQL, "
                "which several services may share."
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Let another service have the store."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
