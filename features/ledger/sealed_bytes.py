"""Sealed bytes: identifiers and raw lines, encrypted under a key for each month.

AES-256-GCM; the month's own key is kept wrapped under the deployment's. Destroying a month's
key makes everything sealed in that month unreadable, in backups too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from features.errors import VardarError
from features.ledger import tables
from features.ledger.keyring import Keyring
from features.ledger.prepared import Prepared
from features.records.pseudonyms import Identifier

_NONCE = 12

_IF_NEW = {
    name: Prepared(
        dialect.insert(tables.sealed_identifiers).on_conflict_do_nothing(),
        columns=tables.sealed_identifiers.c.keys(),
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class SealedForEver(VardarError):
    """The key of the month is gone, and what it sealed with it."""


class Sealer:
    """Seals and opens; knows the months' keys it has used."""

    def __init__(self, keyring: Keyring) -> None:
        self._wrapping = AESGCM(keyring.wrapping)
        self._months: dict[str, AESGCM] = {}
        self._sealed: set[tuple[str, str, str]] = set()

    def seal(self, connection: Connection, plain: bytes, *, month: str) -> bytes:
        """The bytes sealed under the key of a month such as "2026-11"."""
        return month.encode() + _encrypt(self._month(connection, month, create=True), plain)

    def open(self, connection: Connection, sealed: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            SealedForEver: if the month's key was destroyed.
        """
        month = sealed[:7].decode()
        return _decrypt(self._month(connection, month, create=False), sealed[7:])

    def seal_identifiers(
        self, connection: Connection, identifiers: Iterable[Identifier], *, month: str
    ) -> None:
        """Store what pseudonyms stand for, once a month each."""
        rows: list[dict[str, object]] = []
        for identifier in identifiers:
            known = (identifier.pseudonym, identifier.domain, month)
            if known in self._sealed:
                continue
            self._sealed.add(known)
            rows.append(
                {
                    "pseudonym": identifier.pseudonym,
                    "domain": identifier.domain,
                    "month": month,
                    "sealed": self.seal(connection, identifier.plaintext.encode(), month=month),
                }
            )
        if rows:
            _insert_new(connection, rows)

    def forget_unsaved(self) -> None:
        """After a transaction was rolled back: what it sealed is not stored."""
        self._sealed.clear()
        self._months.clear()

    def _month(self, connection: Connection, month: str, *, create: bool) -> AESGCM:
        if month not in self._months:
            found = connection.execute(
                select(tables.month_keys.c.wrapped).where(tables.month_keys.c.month == month)
            ).scalar()
            if found is None and not create:
                msg = f"What was sealed in {month} can no longer be opened: its key is gone."
                raise SealedForEver(msg)
            if found is None:
                key = secrets.token_bytes(32)
                connection.execute(
                    insert(tables.month_keys).values(
                        month=month, wrapped=_encrypt(self._wrapping, key)
                    )
                )
            else:
                key = _decrypt(self._wrapping, found)
            self._months[month] = AESGCM(key)
        return self._months[month]


def _insert_new(connection: Connection, rows: list[dict[str, object]]) -> None:
    _IF_NEW[connection.dialect.name].run_many(connection, rows)


def _encrypt(cipher: AESGCM, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, None)


def _decrypt(cipher: AESGCM, sealed: bytes) -> bytes:
    return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
