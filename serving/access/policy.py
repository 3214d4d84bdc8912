"""The declared policy: read strictly, at start, and compiled into what a request asks of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import VardarError
from features.records import KINDS
from serving.access.principal import Kind, Rights

SEEDED = Path(__file__).parents[2] / "seeds" / "access.yaml"

#: The same language; libyaml, where it is there, reads it in a tenth of the time at every start.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: The acts there were while an account kept only a list of what it was granted.
_FIRST_ACTS = frozenset(
    {"submit", "report", "consult", "explain", "read_model", "metrics", "switch", "own_session"}
)

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Positive = Annotated[int, Field(ge=1, le=10**9)]
Within = Literal["none", "own_submissions", "own_posts", "own_country"]


class PolicyRefused(VardarError):
    """The policy cannot be read, or contradicts itself or the service."""


class RightsRefused(VardarError):
    """Rights are asked for that the role does not have, or that lack what the role needs."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Strict):
    """One method at one address.

    Attributes:
        open_to: public needs no sign-in, loopback none from this machine.
        act: What one must be allowed to do.
        kind: The kind of record it takes.
        budget: Which budget a request draws on.
        page: It is for people: whoever has not signed in is sent to the form. Where it is public,
            whoever has signed in is known all the same.
        quiet: Browsers ask for it by themselves: it does not keep a session from going idle.
    """

    open_to: Literal["principals", "public", "loopback"] = "principals"
    act: _Name | None = None
    kind: str | None = None
    budget: _Name | None = None
    page: bool = False
    quiet: bool = False

    @model_validator(mode="after")
    def _guarded_by_an_act(self) -> Endpoint:
        if self.open_to != "public" and self.act is None:
            raise ValueError("an address that is not public needs an act")
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"{self.kind} is no kind of record")
        return self


class Limit(_Strict):
    """So many in so many seconds."""

    most: _Positive
    seconds: _Positive


class Rows(_Strict):
    """Which movements a role sees: within what, and how long ago they became known at most."""

    within: Within
    hours: _Positive | None = None


class Role(_Strict):
    """What somebody in this role can hold at most."""

    about: str
    who: Kind
    acts: tuple[_Name, ...]
    only_if_named: tuple[_Name, ...] = ()
    own_view_first: bool = False
    risks: tuple[_Name, ...]
    rows: Rows
    fields: tuple[_Name, ...]

    @property
    def scopes(self) -> frozenset[str]:
        """Acts and risks."""
        return frozenset((*self.acts, *self.risks))

    @property
    def usual(self) -> frozenset[str]:
        """What is held where nothing is named."""
        return self.scopes - set(self.only_if_named)


class Sessions(_Strict):
    """How long people stay signed in, and what holds off those who guess passwords."""

    idle_minutes: _Positive
    absolute_hours: _Positive
    failures_before_lock: _Positive
    longest_lock_minutes: _Positive
    shortest_password: Annotated[int, Field(ge=8, le=128)]


class Tokens(_Strict):
    """How long a token of OAuth 2 is good for."""

    minutes: Annotated[int, Field(ge=1, le=60)]


class ClaimRule(_Strict):
    """The role of whoever's claim holds a value."""

    claim: str
    value: str
    role: _Name
    countries: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    source_systems: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None


class Policy(_Strict):
    """All of it; see `seeds/access.yaml`."""

    risks: tuple[_Name, ...]
    acts: Mapping[_Name, str]
    endpoints: Mapping[str, Endpoint]
    budgets: Mapping[_Name, Mapping[Literal["system", "person", "address"], Limit]]
    re_scores: Limit
    sessions: Sessions
    tokens: Tokens
    roles: Mapping[_Name, Role]
    from_claims: tuple[ClaimRule, ...] = ()
    drill_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    members: Mapping[str, Mapping[str, _Name]]

    @model_validator(mode="after")
    def _names_are_known(self) -> Policy:
        rights = {right for named in self.members.values() for right in named.values()}
        for address, endpoint in self.endpoints.items():
            if not re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /\S*", address):
                raise ValueError(f"endpoints: {address} is no method and address")
            _known(f"endpoints: {address}", [endpoint.act], self.acts)
            _known(f"endpoints: {address}", [endpoint.budget], self.budgets)
        for name, role in self.roles.items():
            _known(f"roles: {name}: acts", role.acts, self.acts)
            _known(f"roles: {name}: only_if_named", role.only_if_named, role.acts)
            _known(f"roles: {name}: risks", role.risks, self.risks)
            _known(f"roles: {name}: fields", role.fields, rights)
            if "review" in role.acts and role.rows.within not in ("own_posts", "own_country"):
                raise ValueError(f"roles: {name}: a queue is of one's own posts or country")
        for rule in self.from_claims:
            _known("from_claims", [rule.role], self.roles)
            if self.roles[rule.role].who != "person":
                raise ValueError(f"from_claims: {rule.role} is no role of people")
        overlap = set(self.acts) & set(self.risks)
        if overlap:
            raise ValueError(f"these are both acts and risks: {', '.join(sorted(overlap))}")
        return self

    @cached_property
    def register(self) -> Register:
        """Finds what is at an address."""
        return Register(self.endpoints)

    def rights(
        self,
        role: str,
        *,
        who: Kind,
        countries: Iterable[str] = (),
        posts: Iterable[str] = (),
        source_systems: Iterable[str] = (),
        kinds: Iterable[str] = (),
        scopes: Iterable[str] | None = None,
        language: str | None = None,
    ) -> Rights:
        """Rights that this policy can grant; without `scopes`, all of the role that need not be named.

        Raises:
            RightsRefused: saying what is not the role's to hold, or missing.
        """
        if role not in self.roles:
            raise RightsRefused(f"There is no role {role}; use one of {', '.join(self.roles)}.")
        held = self.roles[role]
        if held.who != who:
            raise RightsRefused(f"{role} is a role for a {held.who}, not for a {who}.")
        chosen = held.usual if scopes is None else frozenset(scopes)
        if chosen - held.scopes:
            raise RightsRefused(f"A {role} cannot hold: {', '.join(sorted(chosen - held.scopes))}.")
        unknown = set(kinds) - set(KINDS)
        if unknown:
            raise RightsRefused(f"No kind of record: {', '.join(sorted(unknown))}.")
        rights = Rights(
            role,
            tuple(countries),
            tuple(posts),
            tuple(sorted(chosen)),
            tuple(source_systems),
            tuple(kinds) or tuple(KINDS),
            language,
            # A key keeps to what it was made with, whatever its role gains.
            whole_role=scopes is None and who == "person",
        )
        if held.rows.within != "none" and not rights.countries:
            raise RightsRefused(f"A {role} needs a country; name one, or * for all.")
        if held.rows.within in ("own_posts", "own_submissions") and not rights.posts:
            raise RightsRefused(f"A {role} needs a post; name one, or * for all.")
        if "submit" in chosen and not rights.source_systems:
            raise RightsRefused(f"A {role} needs the name of the source system it submits for.")
        return rights

    def scopes_of(self, rights: Rights, *, who: Kind) -> frozenset[str]:
        """What somebody holds today; a role that is gone allows nothing.

        Whoever was granted all of a role holds what it has gained since. Of accounts that are older
        than this rule it is told by their list: it named all that the role had then.
        """
        role = self.roles.get(rights.role)
        if role is None or role.who != who:
            return frozenset()
        named = frozenset(rights.scopes)
        whole = rights.whole_role
        if whole is None:
            whole = who == "person" and named >= role.usual & (_FIRST_ACTS | set(self.risks))
        return (named | role.usual if whole else named) & role.scopes


@dataclass(frozen=True)
class Place:
    """What the register knows of an address."""

    path: str
    endpoint: Endpoint


class Register:
    """The service's addresses: by method and path, without asking each in turn."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._fixed: dict[tuple[str, str], Place] = {}
        self._open: list[tuple[re.Pattern[str], str, Place]] = []
        for address, endpoint in endpoints.items():
            method, _, path = address.partition(" ")
            place = Place(path, endpoint)
            if "{" in path:
                pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
                self._open.append((re.compile(pattern), method, place))
            else:
                self._fixed[method, path] = place

    def at(self, method: str, path: str) -> Place | None:
        """What is at an address, if anything is."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed
        for pattern, takes, place in self._open:
            if takes == method and pattern.fullmatch(path):
                return place
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that an address takes, in alphabetical order; empty if it is none."""
        fixed = {method for method, known in self._fixed if known == path}
        return sorted(fixed | {m for pattern, m, _ in self._open if pattern.fullmatch(path)})


def load_policy(path: Path = SEEDED) -> Policy:
    """The policy in a file.

    Raises:
        PolicyRefused: naming what is wrong with it, and where.
    """
    try:
        declared = yaml.load(path.read_text("utf-8"), Loader=_YAML)  # noqa: S506 (it is safe)
        return Policy.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]
        where = ": ".join(map(str, first["loc"])) or "the whole"
        raise PolicyRefused(f"{path}: {where}: {first['msg']}.") from None
    except (OSError, yaml.YAMLError) as error:
        raise PolicyRefused(f"{path} cannot be read: {error}.") from error


def _known(where: str, names: Iterable[str | None], known: Iterable[str]) -> None:
    unknown = {name for name in names if name is not None} - set(known)
    if unknown:
        raise ValueError(f"{where}: nobody knows {', '.join(sorted(unknown))}")
