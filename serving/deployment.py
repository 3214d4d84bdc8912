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
from features.ledger.store import Ledger, open_ledger
from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.champion import Champion, load_champion
from models.rules import Rule, load_rules
from models.signature import load_public_key
from serving.explaining import Explainer
from serving.intake import Intake
from serving.metrics import Metrics
from serving.problems import TYPES, ProblemError
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
    champion: Champion | None
    scoring: Scoring
    writer: Writer
    explainer: Explainer
    intake: Intake
    metrics: Metrics

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
        self.writer.stop()
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


def open_deployment(settings: Settings, metrics: Metrics | None = None) -> Deployment:
    """Open everything, or say what is in the way.

    Raises:
        VardarError: when the store, its states, the champion or the rules cannot be used.
    """
    clock = clock_of(settings)
    keyring = load_keyring(settings.secret)
    ledger = open_ledger(settings.store, keyring, clock=clock)
    ledger.check_states_current()
    # What the first consignment would otherwise wait for.
    goods_text.prepare()
    champion = open_champion(settings)
    scoring = Scoring(
        ledger,
        champion=champion,
        rules=open_rules(settings, ledger.features),
        capacity=settings.capacity,
        rehearsal=settings.as_if is not None,
    )
    metrics = metrics or Metrics()
    scoring.part = metrics.part
    writer = Writer(metrics.timed(scoring.commit), most_waiting=settings.most_waiting)
    return Deployment(
        settings=settings,
        ledger=ledger,
        champion=champion,
        scoring=scoring,
        writer=writer,
        explainer=Explainer(settings.models, champion),
        intake=Intake(ledger.pseudonymiser, clock),
        metrics=metrics,
    )


def open_champion(settings: Settings) -> Champion | None:
    """The heads that serve; None where nobody has promoted any yet.

    Raises:
        ModelError: when there is a champion that was altered, or that nobody we trust signed.
    """
    if not (settings.models / "champion.json").exists():
        return None
    trusted = [load_public_key(path) for path in settings.trusted]
    return load_champion(
        settings.models, trusted=trusted, signatures_needed=settings.signatures_needed
    )


def open_rules(settings: Settings, features: FeatureSet) -> tuple[Rule, ...]:
    """The office's rules; raises as `load_rules`."""
    columns = {
        subject: {column.name for column in features.columns(subject, FINDS)}
        for subject in SUBJECTS
    }
    return load_rules(settings.rules, columns=columns)


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
