"""Whoever asks in tests of access: systems with less than everything, people who signed in."""

from __future__ import annotations

from copy import copy
from itertools import count
from typing import Any

from features.ledger.connection import writing
from serving.access import accounts, sessions, systems
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.deployment import Deployment
from tests.deployments import Client, a_key, everything

_numbers = count(1)

POST = "MK-GR-01"
PASSWORD = "a password of the tests"


#: Describing an interface takes a while: the last one made is used again.
_last: list[Client] = []


def client(here: Deployment, headers: dict[str, str], **more: Any) -> Client:
    """A client of a deployment with these headers."""
    if not _last or _last[0].application.deployment is not here:
        _last[:] = [Client(here, {})]
    made = copy(_last[0])
    made.headers = headers
    for name, value in more.items():
        setattr(made, name, value)
    return made


def anonymous(here: Deployment, **more: Any) -> Client:
    """Somebody without anything."""
    return client(here, {}, **more)


def system(here: Deployment, **rights: Any) -> Client:
    """A system that holds what is said, and everything else."""
    return client(here, {"Authorization": f"Bearer {a_key(here, **rights)}"})


def a_client(here: Deployment, **rights: Any) -> tuple[str, str]:
    """Id and secret of an OAuth 2 client, known at once."""
    with writing(here.ledger.engine) as connection:
        made, secret = systems.create(
            connection,
            "client",
            everything(here.access.policy, **rights),
            label="a test",
            actor="test",
            at=here.ledger.clock(),
        )
    here.access.roster.refresh()
    return made.credential_id, secret


def person(here: Deployment, role: str, **more: Any) -> Client:
    """Somebody in a role who has signed in, responsible for one post unless more is said."""
    held = {"countries": ("MK",), "posts": (POST,), "source_systems": ("officers",)}
    rights = here.access.policy.rights(role, who="person", **held | more)
    number = next(_numbers)
    with writing(here.ledger.engine) as connection:
        # Vouched for by a provider: hashing a password takes a while.
        account, _ = accounts.create(
            connection, f"{role} {number}", rights, actor="test", at=here.ledger.clock(),
            issuer=("https://provider.example", str(number)),
        )  # fmt: skip
        token = sessions.begin(connection, account, by="test", at=here.ledger.clock())
    return client(here, with_session(here.access, token))


def known(here: Deployment, who: Client) -> Principal:
    """Whoever a client has signed in as."""
    found = here.access.of_session(who.headers["Cookie"].removeprefix("vardar_session="))
    assert isinstance(found, Principal)
    return found


def with_session(access: Access, token: str) -> dict[str, str]:
    """The headers of a browser that keeps a session and sends its CSRF token."""
    csrf = sessions.csrf_token(token, access.csrf_key)
    return {"Cookie": f"vardar_session={token}", "X-CSRF-Token": csrf}


def somebody(here: Deployment, role: str) -> Client:
    """Whoever holds a role, with all of its scopes."""
    of = here.access.policy.roles[role]
    if of.who == "system":
        return system(here, scopes=of.scopes)
    return person(here, role, scopes=of.scopes)


def shown_the_score(client: Client, case_id: str) -> Client:
    """Somebody who recorded a view of a case and was then shown its score, as far as they may."""
    for step in ({"step": "view", "view": "search", "reason": "routine"}, {"step": "reveal"}):
        client.post(f"/review/cases/{case_id}/steps", data=step)
    return client
