"""Work that comes alone is carried out by whoever brings it, while that holds nobody up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx
import orjson
import pytest

from features.ledger.connection import StoreBusy, Writing, writing
from serving import writer as writers
from serving.work import Outcome, Recorded, Refusal, Work
from serving.writer import Writer
from tests.deployments import Client, a_home, a_submission, deployed, row_counts


def work(name: str) -> Work:
    return Refusal("incident", name.encode(), (), "test", "test")


class Store:
    """Remembers what it committed, and in which thread."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.threads: list[int] = []
        self.busy = False

    def __call__(self, group: Sequence[Work]) -> list[Outcome]:
        if self.busy and threading.current_thread() is threading.main_thread():
            raise StoreBusy("Somebody else is writing.")
        self.groups.append([one.raw for one in group])
        self.threads.append(threading.get_ident())
        return [Recorded(u, repeated=False) for u, _ in enumerate(group)]


def trusting(store: Store) -> Writer:
    """A writer whose transactions were short often enough, whatever else the machine does."""
    writer = Writer(store, most_waiting=100, commit_at_once=store)
    for number in range(100):
        writer.submit([work(f"before {number}")])[0].result(10)
    return writer


def test_only_after_many_short_transactions() -> None:
    store = Store()
    writer = Writer(store, most_waiting=100, commit_at_once=store)

    assert not writer.at_once
    assert writer.carry_out(work("too soon")) is None
    assert store.groups == []


def test_it_is_carried_out_here() -> None:
    store = Store()
    writer = trusting(store)

    outcome = writer.carry_out(work("alone"))

    assert isinstance(outcome, Recorded)
    assert store.groups[-1] == [b"alone"]
    assert store.threads[-1] == threading.get_ident() != store.threads[0]


def test_it_is_handed_in_while_somebody_else_writes() -> None:
    store = Store()
    writer = trusting(store)
    store.busy = True

    assert writer.carry_out(work("alone")) is None
    assert writer.submit([work("alone")])[0].result(10)
    assert store.groups[-1] == [b"alone"]


def test_a_long_transaction_ends_the_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = trusting(Store())
    monkeypatch.setattr(writers, "_SHORT_SECONDS", -1.0)

    assert writer.carry_out(work("long")) is not None
    assert writer.carry_out(work("next")) is None


def test_what_fails_is_told_and_ends_the_trust() -> None:
    def breaks(_: Sequence[Work]) -> list[Outcome]:
        raise LookupError("broken")

    store = Store()
    writer = Writer(store, most_waiting=100, commit_at_once=breaks)
    for number in range(100):
        writer.submit([work(f"before {number}")])[0].result(10)

    with pytest.raises(LookupError):
        writer.carry_out(work("alone"))
    assert not writer.at_once


def test_a_transaction_that_may_not_wait_begins_nothing_while_another_writes(
    tmp_path: Path,
) -> None:
    engine = deployed(a_home(tmp_path)).ledger.engine
    impatient = Writing(engine)

    with writing(engine), pytest.raises(StoreBusy), impatient.transaction(wait=False):
        raise AssertionError("two write at once")

    with impatient.transaction(wait=False) as connection:
        assert connection.in_transaction()
    impatient.close()


def test_several_that_come_together_are_handed_in_and_one_alone_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the disk is.
    monkeypatch.setattr(writers, "_SHORT_SECONDS", 60.0)
    here = deployed(a_home(tmp_path))
    client = Client(here)
    for _ in range(100):
        here.writer.submit([work("before")])[0].result(10)
    stored = row_counts(here)["scores"]
    handed_in: list[int] = []
    submit = here.writer.submit
    here.writer.submit = lambda work: handed_in.append(len(work)) or submit(work)  # type: ignore[func-returns-value, method-assign]

    async def together(count: int) -> set[int]:
        transport = httpx.ASGITransport(client.application.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://vardar") as http:
            json = {"Content-Type": "application/json", **client.headers}
            bodies = [orjson.dumps(a_submission(here, "crossing")) for _ in range(count)]
            sent = (http.post("/v1/crossings", content=body, headers=json) for body in bodies)
            return {answer.status_code for answer in await asyncio.gather(*sent)}

    assert asyncio.run(together(1)) == {201}
    assert handed_in == []
    assert asyncio.run(together(5)) == {201}
    assert len(handed_in) >= 4
    assert row_counts(here)["scores"] == stored + 6
