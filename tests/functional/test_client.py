"""The client against the real service, behind a gateway that loses connections."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.ledger.connection import writing
from features.ledger.keyring import load_keyring
from features.ledger.store import open_ledger, wall_clock
from serving.access import systems
from serving.access.policy import load_policy
from serving.client import Client
from serving.client_async import AsyncClient
from serving.client_calls import ApiKey, ClientCredentials, Retries
from serving.client_errors import Conflict, NotAllowed, NotFound, RecordRefused
from serving.describing import fresh_example
from serving.schemas import Answer
from serving.settings import Settings
from tests.deployments import a_home, everything
from tests.dropping_proxy import Fate, Gateway, gateway_before
from tests.service_processes import Server, serving

pytestmark = pytest.mark.slow

_QUICK = Retries(first_seconds=0.01)
_numbers = count(1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return a_home(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def server(home: Settings) -> Iterator[Server]:
    with serving(home) as server:
        yield server


@pytest.fixture(scope="module")
def gateway(server: Server) -> Iterator[Gateway]:
    with gateway_before(server.port) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def key(server: Server) -> ApiKey:
    return ApiKey(server.key)


@pytest.fixture
def vardar(gateway: Gateway, key: ApiKey) -> Iterator[Client]:
    with Client(gateway.address, key, retries=_QUICK) as client:
        yield client


def a_record(kind: str, **changes: Any) -> dict[str, Any]:
    record = fresh_example(kind, datetime.now(UTC))
    return record | {"source_record_id": f"C-{next(_numbers)}"} | changes


def test_every_kind_of_record_and_every_look_up(vardar: Client) -> None:
    consignment, crossing = a_record("consignment"), a_record("crossing")
    about = {"movement_source_record_id": crossing["source_record_id"]}
    answer = vardar.submit("consignment", consignment)
    vardar.submit("crossing", crossing, reasons=False)
    inspection = vardar.report("inspection", a_record("inspection", **about))
    incident = vardar.report("incident", a_record("incident"))

    assert answer.risks["arms"].reasons
    assert vardar.score(answer.score_id) == answer
    assert vardar.explanation(answer.score_id, language="mk").risks["arms"].columns
    reference = consignment["source_system"], consignment["source_record_id"]
    (found,) = vardar.movements(*reference)
    assert found.versions[0].score is not None
    assert found.versions[0].score.score_id == answer.score_id
    assert vardar.model().model == answer.model
    assert inspection.warning is None
    assert incident.kind == "incident"
    with pytest.raises(NotFound, match="There is no such score"):
        vardar.score("0")


def test_a_refusal_names_the_field_and_a_conflict_the_way_out(vardar: Client) -> None:
    record = a_record("consignment")
    vardar.submit("consignment", record)

    with pytest.raises(Conflict, match="next record_version"):
        vardar.submit("consignment", record | {"gross_mass_kg": 1.0})
    with pytest.raises(RecordRefused, match="/gross_mass_kg") as told:
        vardar.submit("consignment", a_record("consignment", gross_mass_kg=-1))
    assert told.value.instance


def test_each_record_of_many_has_its_own_result_whatever_is_lost(
    vardar: Client, gateway: Gateway
) -> None:
    records = [a_record("crossing") for _ in range(150)]
    records[70] |= {"owner_post": ""}
    vardar.submit("crossing", records[3])
    gateway.fates = ["lose the answer", "lose the request"]

    results = list(vardar.submit_many("crossing", records))

    assert [result.place for result in results] == list(range(150))
    assert isinstance(results[70].error, RecordRefused)
    answers = [r.answer for r in results if r.answer]
    assert [a.movement.source_record_id for a in answers] == [
        r["source_record_id"] for place, r in enumerate(records) if place != 70
    ]


_FATES: st.SearchStrategy[Fate] = st.sampled_from(["pass", "lose the request", "lose the answer"])


@settings(max_examples=40)
@given(
    fates=st.lists(_FATES, max_size=6),
    sent=st.lists(st.integers(0, 2), min_size=1, max_size=4),
)
def test_a_record_is_stored_once_however_its_calls_are_lost(
    home: Settings, gateway: Gateway, key: ApiKey, fates: list[Fate], sent: list[int]
) -> None:
    records = [a_record("consignment") for _ in range(3)]
    gateway.fates, gateway.keys = list(fates), []

    with Client(gateway.address, key, retries=_QUICK) as vardar:
        answers: list[tuple[int, Answer]] = [
            (which, vardar.submit("consignment", records[which])) for which in sent
        ]

    for which in set(sent):
        assert len({answer.score_id for w, answer in answers if w == which}) == 1
        assert stored(home, records[which]["source_record_id"]) == (1, 1)
    # One key a call, over all its attempts.
    assert len(set(gateway.keys)) == len(sent)


def stored(home: Settings, record_id: str) -> tuple[int, int]:
    """Rows of the ledger, and scores among them, of a record."""
    file = Path(home.store.removeprefix("sqlite:///"))
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        counted: tuple[int, int] = connection.execute(
            "SELECT count(*), count(s.u) FROM ledger l LEFT JOIN scores s"
            " ON s.epoch = l.epoch AND s.u = l.u WHERE source_record_id = ?",
            (record_id,),
        ).fetchone()
    finally:
        connection.close()
    return counted


def test_a_token_is_fetched_used_and_fetched_again_when_it_is_forgotten(
    home: Settings, gateway: Gateway
) -> None:
    client_id, secret = an_oauth_client(home)
    gateway.issued = 0
    with Client(gateway.address, ClientCredentials(client_id, secret)) as vardar:
        vardar.submit("crossing", a_record("crossing"))
        vardar.model()
        once = gateway.issued
        gateway.forgotten = True
        vardar.model()
    with (
        Client(gateway.address, ClientCredentials(client_id, "guess")) as stranger,
        pytest.raises(NotAllowed),
    ):
        stranger.model()

    assert once == 1
    assert gateway.issued == 3


def an_oauth_client(home: Settings) -> tuple[str, str]:
    """Id and secret of a client that may do all that systems may; the service knows it in a second."""
    ledger = open_ledger(home.store, load_keyring(home.secret))
    try:
        policy = load_policy(home.access)
        with writing(ledger.engine) as connection:
            made, secret = systems.create(
                connection,
                "client",
                everything(policy),
                label="a test",
                actor="test",
                at=wall_clock(),
            )
    finally:
        ledger.close()
    time.sleep(2.5)
    return made.credential_id, secret


def test_the_feed_gives_every_score_once_in_order(vardar: Client) -> None:
    before = [change.score_id for change in vardar.score_changes(limit=7)]
    made = [vardar.submit("crossing", a_record("crossing")).score_id for _ in range(5)]

    after = list(vardar.score_changes(limit=3))

    assert [change.score_id for change in after] == before + made
    assert sorted(after, key=lambda change: change.as_of) == after


def test_the_asynchronous_client_does_the_same(gateway: Gateway, key: ApiKey) -> None:
    records = [a_record("crossing") for _ in range(20)]
    gateway.fates = ["lose the answer"] * 2

    async def many() -> tuple[list[Answer], list[str], int]:
        async with AsyncClient(gateway.address, key, retries=_QUICK) as vardar:
            answers = await asyncio.gather(*(vardar.submit("crossing", r) for r in records))
            again = [
                result.answer.score_id
                async for result in vardar.submit_many("crossing", records)
                if result.answer and result.repeated
            ]
            ids = {answer.score_id for answer in answers}
            seen = [c async for c in vardar.score_changes(limit=10) if c.score_id in ids]
            explained = await vardar.explanation(answers[0].score_id)
            assert explained.as_of == answers[0].as_of
            with pytest.raises(NotFound):
                await vardar.movements("nobody", "nothing")
            return answers, again, len(seen)

    answers, again, seen = asyncio.run(many())

    assert again == [answer.score_id for answer in answers]
    assert seen == 20
