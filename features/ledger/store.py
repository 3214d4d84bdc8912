"""A deployment's ledger: its store, its secrets, its features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from time import time_ns

import orjson
from sqlalchemy import Connection, Engine, insert, select, update

from features.errors import VardarError
from features.ledger import tables
from features.ledger.connection import open_engine, reading, writing
from features.ledger.keyring import Keyring
from features.ledger.prepared import Prepared
from features.ledger.sealed_bytes import Sealer
from features.online import STATE_FORMAT
from features.records.pseudonyms import Pseudonymiser
from features.registry import FeatureSet

Clock = Callable[[], int]

_LATEST_EPOCH = Prepared(
    select(tables.epochs.c.epoch, tables.epochs.c.feature_set, tables.epochs.c.spec_sha256)
    .order_by(tables.epochs.c.epoch.desc())
    .limit(1)
)


def wall_clock() -> int:
    """Microseconds since 1970 UTC, by this machine."""
    return time_ns() // 1000


class StatesOutdated(VardarError):
    """The states follow from other features than today's, or lie otherwise than today."""


@dataclass(frozen=True)
class Epoch:
    """A numbering of the ledger: a bulk backfill opens the next."""

    number: int
    features: FeatureSet
    spec_sha256: str

    @staticmethod
    def of_today(number: int, features: FeatureSet) -> Epoch:
        """An epoch whose states are made by this program."""
        return Epoch(number, features, states_sha256(features))


def states_sha256(features: FeatureSet) -> str:
    """Pins what decides the bytes of a state: the features, and how this program lays them."""
    return sha256(f"{features.sha256} {STATE_FORMAT}".encode()).hexdigest()


class Ledger:
    """An open store with the secrets and the clock it is used with."""

    def __init__(self, engine: Engine, keyring: Keyring, *, clock: Clock = wall_clock) -> None:
        self.engine = engine
        self.keyring = keyring
        self.clock = clock
        self.pseudonymiser = Pseudonymiser(keyring.pseudonyms)
        self.sealer = Sealer(keyring)

    @cached_property
    def epoch(self) -> Epoch:
        """The current epoch; the first is opened when somebody asks for it."""
        with reading(self.engine) as connection:
            found = current_epoch(connection)
        if found is not None:
            return found
        with writing(self.engine) as connection:
            return self._current_or_first(connection)

    def epoch_within(self, connection: Connection) -> Epoch:
        """The current epoch, asked for within a transaction that holds the right to write."""
        if "epoch" not in self.__dict__:
            self.epoch = self._current_or_first(connection)
        return self.epoch

    def _current_or_first(self, connection: Connection) -> Epoch:
        return current_epoch(connection) or open_epoch(
            connection, FeatureSet(), number=1, at=self.clock(), reason="first opened"
        )

    @property
    def features(self) -> FeatureSet:
        """The features of the current epoch."""
        return self.epoch.features

    def forget_epoch(self) -> None:
        """Read the epoch anew: it was changed."""
        self.__dict__.pop("epoch", None)

    def check_states_current(self) -> None:
        """Refuse states that follow from other features than this program's.

        Raises:
            StatesOutdated: if they do.
        """
        if self.epoch.spec_sha256 != states_sha256(self.features):
            msg = (
                "The store's feature states were made by another version of the features; "
                "bring them up to date with: vardar rebuild --store URL"
            )
            raise StatesOutdated(msg)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_ledger(url: str, keyring: Keyring, *, clock: Clock = wall_clock) -> Ledger:
    """The ledger in a store, migrated to today's tables.

    Args:
        url: `sqlite:///FILE` or `postgresql://…`.
        keyring: The deployment's secrets; other secrets make other pseudonyms.
        clock: Microseconds since 1970 UTC; decides when things become known.

    Raises:
        StoreUnavailable: if the store cannot be reached.
    """
    return Ledger(open_engine(url), keyring, clock=clock)


def current_epoch(connection: Connection) -> Epoch | None:
    """The latest epoch, if any."""
    mark = epoch_mark(connection)
    if mark is None:
        return None
    number, feature_set, spec_sha256 = mark
    return Epoch(number, _named(feature_set), spec_sha256)


def epoch_mark(connection: Connection) -> tuple[int, str, str] | None:
    """The latest epoch as it is stored, if any: another mark, another epoch or other features."""
    found = _LATEST_EPOCH.rows(connection, {})
    return tuple(found[0]) if found else None


def features_of_epoch(connection: Connection, number: int) -> FeatureSet:
    """The features by which an epoch's integers are stored."""
    columns = tables.epochs.c
    stored = connection.execute(
        select(columns.feature_set).where(columns.epoch == number)
    ).scalar_one()
    return _named(stored)


def open_epoch(
    connection: Connection, features: FeatureSet, *, number: int, at: int, reason: str
) -> Epoch:
    """Start an epoch."""
    stored = orjson.dumps(features.to_json()).decode()
    features = _named(stored)
    connection.execute(
        insert(tables.epochs).values(
            epoch=number,
            opened_at=at,
            reason=reason,
            feature_set=stored,
            spec_sha256=states_sha256(features),
        )
    )
    return Epoch.of_today(number, features)


@lru_cache(maxsize=64)
def _named(stored: str) -> FeatureSet:
    """The features that a stored text names; one text, one object, which reads its own code once."""
    return FeatureSet.from_json(orjson.loads(stored))


def set_features(connection: Connection, epoch: int, features: FeatureSet) -> None:
    """Say by which features the epoch's states were made."""
    connection.execute(
        update(tables.epochs)
        .where(tables.epochs.c.epoch == epoch)
        .values(
            feature_set=orjson.dumps(features.to_json()).decode(),
            spec_sha256=states_sha256(features),
        )
    )
