"""Who may use the deployment: accounts, sessions, credentials of systems, repeated requests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of access."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("rights", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("issuer", sa.Text),
        sa.Column("issuer_subject", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
    )
    op.create_table(
        "sessions",
        sa.Column("session_sha256", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    for table, name in (("api_keys", "key_id"), ("oauth_clients", "client_id")):
        op.create_table(
            table,
            sa.Column(name, sa.Text, primary_key=True),
            sa.Column("label", sa.Text, nullable=False),
            sa.Column("secret_sha256", sa.Text, nullable=False),
            sa.Column("rights", sa.Text, nullable=False),
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("expires_at", sa.BigInteger),
            sa.Column("revoked_at", sa.BigInteger),
        )
    op.create_table(
        "idempotency",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("request_sha256", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("accounts_name", "accounts", ["name"], unique=True)
    op.create_index(
        "accounts_issuer_subject", "accounts", ["issuer", "issuer_subject"], unique=True
    )
    op.create_index("sessions_account", "sessions", ["account_id"])
    op.create_index("idempotency_began", "idempotency", ["began_at"])


def downgrade() -> None:
    """Take the tables of access away: whoever used the deployment has to be let in anew."""
    for table in ("idempotency", "oauth_clients", "api_keys", "sessions", "accounts"):
        op.drop_table(table)
