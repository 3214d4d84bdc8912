"""A case page finds the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from serving.answers import Score
from tests.access import POST, person, shown_the_score
from tests.deployments import a_home, deployed, submitted


def test_linked_movements_past_cases_and_the_past_on_each_store(
    store_url: str, tmp_path: Path
) -> None:
    here = deployed(replace(a_home(tmp_path), store=store_url))
    now = here.ledger.clock
    here.ledger.clock = lambda: now() - 2 * 86_400_000_000
    before: Score = submitted(here, "consignment", owner_post=POST).score  # type: ignore[union-attr]
    submitted(
        here, "inspection", owner_post=POST, result="arms", movement_source_system="mk-cdeps",
        movement_source_record_id=before.answer["movement"]["source_record_id"],
    )  # fmt: skip
    here.ledger.clock = now
    score: Score = submitted(here, "consignment", owner_post=POST).score  # type: ignore[union-attr]
    client = shown_the_score(person(here, "shift_supervisor"), score.score_id)

    text = client.get(f"/review/cases/{score.score_id}").text

    linked, _, behind = text.partition("What the model says")
    assert f'href="/review/cases/{before.score_id}"' in linked
    assert "Consignee: 1 declarations and crossings in 12 months, 0 clean checks, 1 finds" in behind
    past = behind.partition("Similar past cases</h3>")[2]
    assert f'href="/review/cases/{before.score_id}"' in past
    assert "arms found" in past
