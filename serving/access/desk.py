"""Access put together for one deployment: the policy, who is known, what each may still ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from features.ledger.audit import AuditEvent
from features.ledger.connection import writing
from features.ledger.store import Ledger
from serving.access import idempotency, sessions
from serving.access.budgets import Budgets, spent
from serving.access.fields import Fields
from serving.access.policy import Place, Policy, load_policy
from serving.access.principal import Principal, principal_of
from serving.access.recorder import Recorder
from serving.access.roster import Roster
from serving.access.rows import Row, may_see
from serving.access.secret_values import KEY_PREFIX
from serving.access.sessions import Ended
from serving.access.tokens import Tokens, derived
from serving.settings import Settings


@dataclass(frozen=True)
class Access:
    """Who may do what, of one deployment."""

    policy: Policy
    ledger: Ledger
    fields: Fields
    budgets: Budgets
    roster: Roster
    tokens: Tokens
    recorder: Recorder
    settings: Settings

    @property
    def csrf_key(self) -> bytes:
        """What CSRF tokens are made with."""
        return derived(self.ledger.keyring.secret, "csrf")

    @property
    def sign_in_key(self) -> bytes:
        """What a sign-in that is under way at an identity provider is sealed with."""
        return derived(self.ledger.keyring.secret, "oidc")

    def of_bearer(self, credential: str) -> Principal | None:
        """The system that a key or token belongs to."""
        if credential.startswith(KEY_PREFIX):
            return self.roster.of_key(credential)
        return self.tokens.principal(credential)

    def of_session(self, token: str, *, quiet: bool = False) -> Principal | Ended:
        """The person that a session belongs to, or why it is nobody's; asks the store.

        Args:
            token: The session's secret.
            quiet: Whether nobody need be there for this to be asked.
        """
        return sessions.found(
            self.ledger.engine,
            token,
            self.policy,
            csrf_key=self.csrf_key,
            clock=self.ledger.clock,
            quiet=quiet,
        )

    def allowed(self, principal: Principal, act: str) -> bool:
        """Whether the principal may do this."""
        return act in principal.scopes

    def sees(self, principal: Principal, row: Row | None) -> bool:
        """Whether a movement exists, for the principal."""
        return (
            row is not None
            and self.fields.sees_a_risk(principal)
            and may_see(self.policy, principal, row, now=self.ledger.clock())
        )

    def shown(self, principal: Principal, answer: str, body: Mapping[str, Any]) -> Any:
        """What of an answer the principal may see; every answer passes here on its way out."""
        return self.fields.shown(principal, answer, body)

    def charge_more(self, request: Request, cost: int) -> None:
        """Draw on the request's budget for what it holds beyond the one it was let in for.

        Raises:
            ProblemError: too-many, if it is not enough.
        """
        place: Place | None = request.scope.get("place")
        if cost < 1 or place is None or place.endpoint.budget is None:
            return
        principal = principal_of(request)
        charge = self.budgets.of_principal(place.endpoint.budget, principal, cost)
        if charge is None:
            return
        if not charge.within:
            raise spent(charge)
        request.scope["budget_told"].update(charge.headers)

    def consulted(self, principal: Principal, subject: str, *, what: str, outcome: str) -> None:
        """Keep durably who looked at what; returns once it is.

        Args:
            principal: Who.
            subject: At what: a score's id, or a movement's reference.
            what: `score`, `explanation` or `movement`.
            outcome: `shown`, `hidden` or `unknown`.
        """
        event = AuditEvent(
            principal.id, "consult", subject[:400], {"what": what, "outcome": outcome}
        )
        self.recorder.record(event).result()

    def close(self) -> None:
        """End the threads; what waits is stored first."""
        self.roster.close()
        self.recorder.close()


def open_access(ledger: Ledger, settings: Settings) -> Access:
    """Access to a deployment.

    Raises:
        PolicyRefused: when the policy cannot be used.
    """
    policy = load_policy(settings.access)

    def tidy() -> None:
        with writing(ledger.engine) as connection:
            idempotency.forget_old(connection)
            sessions.forget_old(connection, policy.sessions)

    roster = Roster(ledger.engine, policy, tidy)
    return Access(
        policy=policy,
        ledger=ledger,
        fields=Fields(policy),
        budgets=Budgets(policy),
        roster=roster,
        tokens=Tokens(ledger.keyring.secret, roster, minutes=policy.tokens.minutes),
        recorder=Recorder(ledger),
        settings=settings,
    )
