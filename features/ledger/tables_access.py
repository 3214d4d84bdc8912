"""The tables of who may use a deployment: accounts, sessions, credentials of systems, repeated requests.

Secrets never stand here, only what they are recognised by. Times are int64 microseconds since 1970
UTC of the real clock, a rehearsal's too: a rehearsed day must not bring back an expired key.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from features.ledger.tables import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # The role, and the countries, posts, scopes and source systems it is held for.
    Column("rights", Text, nullable=False),
    # Argon2id in its own notation; null for people whom an identity provider vouches for.
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("issuer_subject", Text),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)

Index("accounts_name", accounts.c.name, unique=True)
Index("accounts_issuer_subject", accounts.c.issuer, accounts.c.issuer_subject, unique=True)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of what the cookie holds.
    Column("session_sha256", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

Index("sessions_account", sessions.c.account_id)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("label", Text, nullable=False),
    # SHA-256 of 256 random bits: nothing to guess, so no slow hash is needed.
    Column("secret_sha256", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("secret_sha256", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    # Of method, address and body: the same key for another request is a mistake.
    Column("request_sha256", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    # Null while the first request is still being answered.
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
)

Index("idempotency_began", idempotency.c.began_at)
