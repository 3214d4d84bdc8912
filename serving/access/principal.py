"""Whoever a request comes from, once that is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from starlette.requests import Request

#: Stands for every country or post.
ALL = "*"

Kind = Literal["system", "person"]


@dataclass(frozen=True)
class Rights:
    """What somebody holds, as the store keeps it.

    Attributes:
        role: Named in the policy; says what can be held at most.
        countries: Codes of countries; `*` for all.
        posts: Posts within them; `*` for all.
        scopes: Acts and risks, as they were granted.
        source_systems: In whose name records may be submitted.
        kinds: Kinds of records that may be submitted.
        language: Preferred, such as `mk`; None where it was not said.
        whole_role: Whether all of the role was granted, so that what the role gains later is held
            too; None where it was granted before that was kept.
    """

    role: str
    countries: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    source_systems: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    language: str | None = None
    whole_role: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @staticmethod
    def from_json(stored: dict[str, Any]) -> Rights:
        """From what `to_json` made."""
        made: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        return Rights(**made)


@dataclass(frozen=True)
class Principal:
    """Whoever sends a request: a system by its key or token, or a person who signed in.

    Attributes:
        id: As audit events name it, such as `key:8f3a…` or `account:2b…`.
        kind: system or person.
        name: For people to read.
        role: As `Rights.role`.
        scopes: The acts and risks held, for this request: a token may hold fewer than its client.
        language: Preferred language of the person; None where it was not said.
    """

    id: str
    kind: Kind
    name: str
    role: str
    countries: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    source_systems: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    language: str | None = None
    #: Only people who signed in hold a session, and only its cookie needs a CSRF token.
    csrf_token: str | None = field(default=None, repr=False, compare=False)

    def owns(self, *, country: str, post: str) -> bool:
        """Whether a record of this country and post lies within what one is responsible for."""
        return self.covers(country) and (ALL in self.posts or post in self.posts)

    def covers(self, country: str) -> bool:
        """Whether one is responsible for something in this country."""
        return ALL in self.countries or country in self.countries


def principal_of(request: Request) -> Principal:
    """Whoever sent the request; the guard has let nobody else in.

    Raises:
        LookupError: at an address that is open to everybody.
    """
    found: Principal | None = request.scope.get("principal")
    if found is None:
        raise LookupError("This address is open to everybody; nobody is known here.")
    return found
