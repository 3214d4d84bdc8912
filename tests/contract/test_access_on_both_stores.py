"""Access behaves alike on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from features.ledger.connection import writing
from serving.access import accounts, systems
from serving.access.accounts import AccountRefused
from tests.access import PASSWORD, a_client, anonymous, person, shown_the_score, system
from tests.deployments import a_home, a_submission, deployed


def test_keys_tokens_people_and_repeated_requests_on_each_store(
    store_url: str, tmp_path: Path
) -> None:
    here = deployed(replace(a_home(tmp_path, heads=()), store=store_url))
    rights = here.access.policy.rights("auditor", who="person", countries=("*",))
    with writing(here.ledger.engine) as connection:
        accounts.create(connection, "ana", rights, actor="test", at=1, password=PASSWORD)
    with pytest.raises(AccountRefused, match="already"), writing(here.ledger.engine) as connection:
        accounts.create(connection, "ana", rights, actor="test", at=1, password=PASSWORD)
    client_id, secret = a_client(here)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    payload = a_submission(here, "crossing", owner_post="MK-GR-01")
    key = {"Idempotency-Key": "k"}

    client = system(here)
    first, again = (client.post("/v1/crossings", json=payload, headers=key) for _ in range(2))
    other = client.post("/v1/crossings", json={}, headers=key)
    signed = anonymous(here).post("/session", json={"name": "ana", "password": PASSWORD})
    supervisor = person(here, "shift_supervisor")
    withheld = supervisor.get(first.headers["Location"])
    seen = shown_the_score(supervisor, first.json()["score_id"]).get(first.headers["Location"])
    hidden = person(here, "shift_supervisor", posts=("X",)).get(first.headers["Location"])
    with writing(here.ledger.engine) as connection:
        systems.revoke(connection, "client", client_id, actor="test", at=1)
    token = anonymous(here).post("/oauth/token", data=form)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert signed.json()["role"] == "auditor"
    assert (withheld.status_code, seen.status_code, hidden.status_code) == (409, 200, 404)
    # Taken back, but not yet read anew; two seconds later it would be.
    assert token.status_code in (200, 401)
