"""What a machine has to say about this service: read once, at start, from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
#: How many processes serve.
WORKERS = "VARDAR_WORKERS"


class InvalidSetting(VardarError):
    """A variable of the environment holds what it cannot hold."""


@dataclass(frozen=True)
class IdentityProvider:
    """Who vouches for people, by OpenID Connect.

    Attributes:
        issuer: Its address; `/.well-known/openid-configuration` lies below it.
        client_id: What this service is called there.
        client_secret: What it shows there; None for a public client.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """One deployment on one machine.

    Attributes:
        home: Holds the secret, the keys, and the embedded store.
        store: `sqlite:///FILE` or `postgresql://…`.
        models: The folder of trained heads.
        trusted: Public keys of those who may sign a champion.
        signatures_needed: How many of them must have signed.
        as_if: A rehearsal: the moment the service's clock starts at; None for the real time.
        still: Whether that clock stands still, so that the same requests get the same answers.
        most_waiting: Records that may wait for the store before the service answers 429.
        workers: Processes that serve; an embedded store has one.
        access: The policy of who may do and see what.
        public_url: Where people reach the service, such as `https://vardar.customs.example`; None
            where they ask it directly. Cookies are secure if it is https.
        provider: Who vouches for people; None where they have passwords only.
        most_in_flight: Submissions that are let in at once, a batch being one; more get 429 at once.
        secret_file: Where the secret lies, if not at home: a container mounts it elsewhere.
    """

    home: Path
    store: str
    models: Path
    trusted: tuple[Path, ...]
    signatures_needed: int = 1
    as_if: datetime | None = None
    still: bool = False
    most_waiting: int = 1024
    workers: int = 1
    access: Path = _SEEDS / "access.yaml"
    public_url: str | None = None
    provider: IdentityProvider | None = None
    secret_file: Path | None = None
    most_in_flight: int = 256

    @property
    def embedded(self) -> bool:
        """Whether the store is a file of this process rather than a server."""
        return self.store.startswith("sqlite")

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
    store = environ.get("VARDAR_STORE") or f"sqlite:///{home / 'ledger.db'}"
    trusted = environ.get("VARDAR_TRUSTED_KEYS") or str(home / "signing.key.pub")
    return Settings(
        home=home,
        store=store,
        models=Path(environ.get("VARDAR_MODELS") or "models/trained").resolve(),
        trusted=tuple(Path(path) for path in trusted.split(":")),
        signatures_needed=_read(environ, "VARDAR_SIGNATURES_NEEDED", int, 1),
        as_if=_read(environ, "VARDAR_AS_IF", moment, None),
        still=_read(environ, "VARDAR_STILL", _switch, False),
        most_waiting=_read(environ, "VARDAR_MOST_WAITING", int, 1024),
        workers=_workers(environ, store),
        access=_access(environ, home),
        public_url=(environ.get("VARDAR_PUBLIC_URL") or "").rstrip("/") or None,
        provider=_provider(environ),
        most_in_flight=_read(environ, "VARDAR_MOST_IN_FLIGHT", int, 256),
        secret_file=_read(environ, "VARDAR_SECRET", Path, None),
    )


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("it is 0 or 1")
    return text == "1"


def _workers(environ: Mapping[str, str], store: str) -> int:
    """One process for an embedded store; for PostgreSQL as many as there are processors."""
    embedded = store.startswith("sqlite")
    workers = _read(environ, WORKERS, int, 1 if embedded else os.cpu_count() or 1)
    if workers < 1:
        raise InvalidSetting(f"{WORKERS} is {workers}; at least one process must serve.")
    if embedded and workers > 1:
        raise InvalidSetting(
            f"{WORKERS} is {workers}, but an embedded store has one writer: "
            "set VARDAR_STORE to a PostgreSQL address to serve with several processes."
        )
    return workers


def _access(environ: Mapping[str, str], home: Path) -> Path:
    own = home / "access.yaml"
    named = environ.get("VARDAR_ACCESS")
    if named:
        return Path(named).resolve()
    return own if own.exists() else _SEEDS / "access.yaml"


def _provider(environ: Mapping[str, str]) -> IdentityProvider | None:
    issuer, client = environ.get("VARDAR_OIDC_ISSUER"), environ.get("VARDAR_OIDC_CLIENT_ID")
    if not issuer and not client:
        return None
    if not issuer or not client:
        raise InvalidSetting("VARDAR_OIDC_ISSUER and VARDAR_OIDC_CLIENT_ID go together.")
    file = environ.get("VARDAR_OIDC_CLIENT_SECRET_FILE")
    try:
        secret = Path(file).read_text("utf-8").strip() if file else None
    except OSError as error:
        raise InvalidSetting(
            f"VARDAR_OIDC_CLIENT_SECRET_FILE cannot be read: {error.strerror}."
        ) from error
    return IdentityProvider(issuer.rstrip("/"), client, secret)


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
    """The real time, or one that starts at the rehearsal's moment and runs on from there.

    Raises:
        InvalidSetting: when the real time is to stand still.
    """
    if settings.as_if is None:
        if settings.still:
            raise InvalidSetting("VARDAR_STILL is set, but only a rehearsal's clock stands still.")
        return wall_clock
    start, began = microseconds(settings.as_if), monotonic_ns()
    if settings.still:
        return lambda: start
    return lambda: start + (monotonic_ns() - began) // 1000


def _read(environ: Mapping[str, str], name: str, read: Callable[[str], _T], default: _T) -> _T:
    text = environ.get(name)
    if not text:
        return default
    try:
        return read(text)
    except ValueError as error:
        raise InvalidSetting(f"{name} is {text!r}, which cannot be read: {error}.") from error
