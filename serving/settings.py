"""What a machine has to say about this service: read once, at start, from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic_ns
from typing import TypeVar

from features.errors import VardarError
from features.ledger.arrivals import microseconds
from features.ledger.store import Clock, wall_clock

_T = TypeVar("_T")

_SEEDS = Path(__file__).parent.parent / "seeds"

#: The variable in which `vardar serve` tells its workers who started them.
SUPERVISOR = "VARDAR_SUPERVISOR_PID"


class InvalidSetting(VardarError):
    """A variable of the environment holds what it cannot hold."""


@dataclass(frozen=True)
class Capacity:
    """How much of the traffic a post can look at, as shares of all movements.

    Attributes:
        inspect_share: Share that can be inspected.
        document_share: Share whose documents can be checked besides.
        random_share: Share of the inspections that chance decides.
        rule_points: Points from which the rules select, where no model answers.
    """

    inspect_share: float = 0.03
    document_share: float = 0.07
    random_share: float = 0.1
    rule_points: int = 10


@dataclass(frozen=True)
class Settings:
    """One deployment on one machine.

    Attributes:
        home: Holds the secret, the keys, and the embedded store.
        store: `sqlite:///FILE` or `postgresql://…`.
        models: The folder of trained heads.
        trusted: Public keys of those who may sign a champion.
        signatures_needed: How many of them must have signed.
        rules: The office's rule list.
        capacity: The office's capacity.
        as_if: A rehearsal: the moment the service's clock starts at; None for the real time.
        most_waiting: Records that may wait for the store before the service answers 429.
        most_in_flight: Submissions that are let in at once, a batch being one; more get 429 at once.
        secret_file: Where the secret lies, if not at home: a container mounts it elsewhere.
    """

    home: Path
    store: str
    models: Path
    trusted: tuple[Path, ...]
    signatures_needed: int = 1
    rules: Path = _SEEDS / "rules.yaml"
    capacity: Capacity = Capacity()
    as_if: datetime | None = None
    most_waiting: int = 1024
    secret_file: Path | None = None
    most_in_flight: int = 512

    @property
    def secret(self) -> Path:
        """The file of the deployment's secret."""
        return self.secret_file or self.home / "secret.key"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment describes; `VARDAR_*`, each with a default.

    Raises:
        InvalidSetting: naming the variable and what it may hold.
    """
    home = Path(environ.get("VARDAR_HOME") or "var").resolve()
    usual = Capacity()
    trusted = environ.get("VARDAR_TRUSTED_KEYS") or str(home / "signing.key.pub")
    return Settings(
        home=home,
        store=environ.get("VARDAR_STORE") or f"sqlite:///{home / 'ledger.db'}",
        models=Path(environ.get("VARDAR_MODELS") or "models/trained").resolve(),
        trusted=tuple(Path(path) for path in trusted.split(":")),
        signatures_needed=_read(environ, "VARDAR_SIGNATURES_NEEDED", int, 1),
        rules=Path(environ.get("VARDAR_RULES") or _SEEDS / "rules.yaml").resolve(),
        capacity=Capacity(
            _read(environ, "VARDAR_INSPECT_SHARE", float, usual.inspect_share),
            _read(environ, "VARDAR_DOCUMENT_SHARE", float, usual.document_share),
            _read(environ, "VARDAR_RANDOM_SHARE", float, usual.random_share),
            _read(environ, "VARDAR_RULE_POINTS", int, usual.rule_points),
        ),
        as_if=_read(environ, "VARDAR_AS_IF", moment, None),
        most_waiting=_read(environ, "VARDAR_MOST_WAITING", int, 1024),
        most_in_flight=_read(environ, "VARDAR_MOST_IN_FLIGHT", int, 512),
        secret_file=_read(environ, "VARDAR_SECRET", Path, None),
    )


def moment(text: str) -> datetime:
    """A moment written as RFC 3339 with its zone.

    Raises:
        ValueError: if it is none, or names no zone.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("the zone is missing")
    return read.astimezone(UTC)


def clock_of(settings: Settings) -> Clock:
    """The real time, or one that starts at the rehearsal's moment and runs on from there."""
    if settings.as_if is None:
        return wall_clock
    start, began = microseconds(settings.as_if), monotonic_ns()
    return lambda: start + (monotonic_ns() - began) // 1000


def _read(environ: Mapping[str, str], name: str, read: Callable[[str], _T], default: _T) -> _T:
    text = environ.get(name)
    if not text:
        return default
    try:
        return read(text)
    except ValueError as error:
        raise InvalidSetting(f"{name} is {text!r}, which cannot be read: {error}.") from error
