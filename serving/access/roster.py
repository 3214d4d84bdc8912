"""The credentials of systems at hand in memory: a request never waits for the store to be known.

A thread reads them anew every second, so that what was taken back opens nothing two seconds later.
While the store cannot be read the last reading stands: nothing can be submitted then anyway.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from features.ledger.connection import reading
from serving.access import systems
from serving.access.policy import Policy
from serving.access.principal import Principal
from serving.access.secret_values import equal, real_now, recognised_by
from serving.access.systems import Credential
from serving.log import log

_SECONDS = 1.0


@dataclass(frozen=True)
class _Known:
    credential: Credential
    principal: Principal


class Roster:
    """Who the systems are.

    Args:
        engine: The store.
        policy: What a role may hold at most, whatever was granted before it was narrowed.
        chores: What else to do now and then, such as deleting what is too old; may fail.
    """

    def __init__(self, engine: Engine, policy: Policy, chores: Callable[[], None]) -> None:
        self._engine = engine
        self._policy = policy
        self._chores = chores
        self._keys: dict[str, _Known] = {}
        self._clients: dict[str, _Known] = {}
        self._stopping = threading.Event()
        self.refresh()
        self._thread = threading.Thread(target=self._run, name="access roster", daemon=True)
        self._thread.start()

    def of_key(self, key: str) -> Principal | None:
        """The system whose API key this is."""
        code = recognised_by(key)
        known = self._keys.get(code)
        if known is None or not equal(code, known.credential.secret_sha256):
            return None
        return known.principal if known.credential.good(real_now()) else None

    def of_client(self, client_id: str) -> Principal | None:
        """The system of a client whose credential stands."""
        known = self._clients.get(client_id)
        return known.principal if known and known.credential.good(real_now()) else None

    def client_with_secret(self, client_id: str, secret: str) -> Principal | None:
        """The system of a client that knows its secret."""
        known = self._clients.get(client_id)
        stored = known.credential.secret_sha256 if known else recognised_by("")
        # Compared for an unknown client too, so that the time tells nothing.
        fits = equal(recognised_by(secret), stored)
        return self.of_client(client_id) if known and fits else None

    def refresh(self) -> None:
        """Read all credentials anew; raises SQLAlchemyError when the store cannot be read."""
        with reading(self._engine) as connection:
            keys = systems.every(connection, "key")
            clients = systems.every(connection, "client")
        self._keys = {c.secret_sha256: self._known(c) for c in keys if c.revoked_at is None}
        self._clients = {c.credential_id: self._known(c) for c in clients if c.revoked_at is None}

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def _known(self, credential: Credential) -> _Known:
        return _Known(credential, narrowed(self._policy, credential.principal))

    def _run(self) -> None:
        rounds = 0
        while not self._stopping.wait(_SECONDS):
            rounds += 1
            try:
                self.refresh()
                if rounds % 600 == 0:
                    self._chores()
            except Exception as error:  # a thread that ended would let what is taken back stand
                log().error("credentials not read anew", error=type(error).__name__)


def narrowed(policy: Policy, principal: Principal) -> Principal:
    """The principal with what its role allows today; a role that is gone allows nothing."""
    role = policy.roles.get(principal.role)
    allowed = role.scopes if role and role.who == principal.kind else frozenset()
    return replace(principal, scopes=principal.scopes & allowed)
