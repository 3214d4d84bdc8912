"""Heads and configuration exchanged under load: nothing fails, nothing altered is taken up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from features.ledger.keyring import load_keyring
from features.ledger.store import open_ledger
from features.measures import FINDS
from features.registry import SUBJECTS
from models.champion import write_pointer
from models.configuration import shipped_texts, write_configuration
from serving.deployment import Deployment
from serving.describing import fresh_example
from serving.settings import Settings
from serving.switching import switch
from tests.deployments import COLD, HEADS, Client, a_home, a_submission, deployed, signing_key
from tests.service_processes import Server, serving


def test_what_is_put_in_place_is_taken_up_between_two_records(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    here = unwatched(settings)
    client = Client(here)
    first = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    promote(settings, "8")
    here.hot_swap.look()
    second = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    assert (first["model"]["version"], second["model"]["version"]) == ("7", "8")
    assert client.get("/v1/model").json()["model"] == second["model"]
    # What the heads of before answered is still explained by them.
    assert client.get(f"/v1/scores/{first['score_id']}").json() == first


def test_an_altered_pointer_is_refused_and_what_was_in_force_goes_on(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    here = unwatched(settings)
    client = Client(here)
    pointer = settings.models / "champion.json"
    pointer.write_text(pointer.read_text().replace('"version": "7"', '"version": "8"'))

    here.hot_swap.look()
    answer = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    assert answer["model"]["version"] == "7"
    assert "not signed, or was altered" in client.get("/v1/model").json()["not_taken_up"]


def test_an_offices_new_capacities_hold_from_the_next_record_on(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    here = unwatched(settings)
    columns = {s: {c.name for c in here.ledger.features.columns(s, FINDS)} for s in SUBJECTS}
    rules, _ = shipped_texts()
    everything = (
        "default: {inspections: 1000.0, random_share: 1.0, rules_share: 0.0, usual_movements: 1.0}"
    )

    digest = write_configuration(
        settings.home,
        rules=rules,
        capacities=everything,
        columns=columns,
        key=signing_key(settings),
    )
    here.hot_swap.look()
    client = Client(here)
    answer = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    assert answer["recommendation"]["random_probability"] == 1.0
    told = client.get("/v1/model").json()["configuration"]
    assert told["sha256"] == digest
    assert told["default_capacity"]["inspections"] == 1000.0
    assert len(told["signed_by"]) == 1


@pytest.mark.slow
def test_three_swaps_under_load_fail_no_request_and_tie_each_answer_to_one_model(
    tmp_path: Path,
) -> None:
    settings = a_home(tmp_path)
    pointers = {"7": sha256((settings.models / "champion.json").read_bytes()).hexdigest()}

    with serving(settings) as server, under_load(server, rate=100) as answers:
        for version in ("8", "9", "10"):
            time.sleep(1.5)
            pointers[version] = promote(settings, version)
        time.sleep(2)

    assert {status for status, _ in answers} == {201}
    assert len(answers) > 300
    seen = [(body["model"]["version"], body["model"]["sha256"]) for _, body in answers]
    assert set(seen) == set(pointers.items())


@pytest.mark.slow
def test_the_kill_switch_works_within_a_second_on_two_workers(
    tmp_path: Path, store_url: str
) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("An embedded store has one worker.")
    settings = replace(a_home(tmp_path), store=store_url, workers=2)

    with serving(settings, "--store", store_url) as server, under_load(server, rate=60) as answers:
        time.sleep(2)
        ledger = open_ledger(store_url, load_keyring(settings.secret))
        switch(ledger, "rules", actor="auditor", reason="a drill")
        switched = time.monotonic()
        ledger.close()
        time.sleep(2)

    assert {status for status, _ in answers} == {201}
    late = [body for _, body in answers if body["sent"] > switched + 1]
    early = [body for _, body in answers if body["sent"] < switched - 0.5]
    assert len(late) > 20
    assert len(early) > 20
    assert all(body["model"] is None for body in late)
    assert all(body["model"] for body in early)


def unwatched(settings: Settings) -> Deployment:
    """A deployment that looks when it is told to: its own look could be half done by then."""
    here = deployed(settings)
    here.hot_swap.stop()
    return here


def promote(settings: Settings, version: str) -> str:
    """Put the same heads in place under another version."""
    pointer = orjson.loads((settings.models / "champion.json").read_bytes())
    return write_pointer(
        settings.models,
        heads={f"{s}-{r}": pointer["heads"][f"{s}-{r}"] for s, r in HEADS},
        key=signing_key(settings),
        version=version,
        rules_only=[COLD],
    )


@contextmanager
def under_load(server: Server, *, rate: int) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Consignments sent at a steady rate by eight clients while the context lasts."""
    answers: list[tuple[int, dict[str, Any]]] = []
    stop = threading.Event()
    clients = 8

    def send(client: int) -> None:
        number = 0
        start = time.monotonic()
        while not stop.is_set():
            example = fresh_example("consignment", datetime.now(UTC)) | {
                "source_record_id": f"L-{client}-{number}"
            }
            sent = time.monotonic()
            status, body = server.request("POST", "/v1/consignments", example)
            answers.append((status, {"sent": sent, **orjson.loads(body)}))
            number += 1
            stop.wait(max(0.0, start + number * clients / rate - time.monotonic()))

    threads = [threading.Thread(target=send, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()
