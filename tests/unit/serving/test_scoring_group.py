"""What one transaction makes of records that arrive together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from features.records.problems import FieldProblem
from serving.deployment import Deployment
from serving.work import Outcome, Quarantined, Recorded, Refusal, Scored, Work
from tests.deployments import a_home, a_submission, deployed, row_counts


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


def together(here: Deployment, *records: tuple[str, dict[str, Any]]) -> list[Outcome]:
    work: list[Work] = [
        here.intake.one(kind, orjson.dumps(payload), door="test") for kind, payload in records
    ]
    return here.scoring.commit(work)


def test_the_same_record_twice_in_a_group_is_scored_once(here: Deployment) -> None:
    payload = a_submission(here, "consignment")

    first, second = together(here, ("consignment", payload), ("consignment", payload))

    assert isinstance(first, Scored)
    assert isinstance(second, Scored)
    assert (first.repeated, second.repeated) == (False, True)
    assert first.score == second.score
    assert row_counts(here)["scores"] == 1


def test_a_version_in_the_group_of_its_predecessor_supersedes_it(here: Deployment) -> None:
    payload = a_submission(here, "crossing")
    amended = payload | {"record_version": 2, "queue_minutes": 5.0}

    first, second = together(here, ("crossing", payload), ("crossing", amended))

    assert isinstance(first, Scored)
    assert isinstance(second, Scored)
    assert second.score.answer["supersedes"] == first.score.score_id


def test_a_conflict_or_a_refusal_does_not_fail_its_neighbours(here: Deployment) -> None:
    payload = a_submission(here, "consignment")
    conflict = payload | {"package_count": 25}
    broken = a_submission(here, "crossing", weighbridge_kg=-1)

    outcomes = together(
        here,
        ("consignment", payload),
        ("consignment", conflict),
        ("crossing", broken),
        ("crossing", a_submission(here, "crossing")),
    )

    assert [type(outcome) for outcome in outcomes] == [Scored, Quarantined, Quarantined, Scored]
    counts = row_counts(here)
    assert (counts["ledger"], counts["scores"], counts["quarantine"]) == (2, 2, 2)
    assert counts["audit"] == 4


def test_a_group_scores_as_one_after_the_other_would(tmp_path: Path) -> None:
    grouped, single = (deployed(a_home(tmp_path / name)) for name in ("grouped", "single"))
    records = [("consignment", a_submission(grouped, "consignment")) for _ in range(5)]
    records.insert(2, ("crossing", a_submission(grouped, "crossing")))

    together_ = [o for o in together(grouped, *records) if isinstance(o, Scored)]
    apart = [o for r in records for o in together(single, r) if isinstance(o, Scored)]

    assert [o.score.integers for o in together_] == [o.score.integers for o in apart]
    margins = [[o.score.answer["basis"]["margins"] for o in side] for side in (together_, apart)]
    assert margins[0] == margins[1]


def test_an_inspection_counts_from_the_next_record_of_its_group_on(here: Deployment) -> None:
    first = a_submission(here, "consignment")
    inspection = a_submission(
        here,
        "inspection",
        movement_source_system=first["source_system"],
        movement_source_record_id=first["source_record_id"],
    )
    next_ = a_submission(here, "consignment")

    before, recorded, after = together(
        here, ("consignment", first), ("inspection", inspection), ("consignment", next_)
    )

    assert isinstance(before, Scored)
    assert isinstance(after, Scored)
    assert isinstance(recorded, Recorded)
    assert recorded.movement_known
    names = here.ledger.features.integer_names["consignment"]
    place = names.index("consignee_inspected_365d") * 8
    read = [int.from_bytes(o.score.integers[place : place + 8], "little") for o in (before, after)]
    assert read == [0, 1]


def test_a_quarantined_body_is_kept_sealed(here: Deployment) -> None:
    problem = FieldProblem("/x", "unknown_field", "There is no such field.")

    (outcome,) = here.scoring.commit(
        [Refusal("crossing", b"SK 1042 AB", (problem,), "test", "test")]
    )

    assert outcome == Quarantined((problem,), conflict=False)
    here.ledger.close()
    stored = b"".join(path.read_bytes() for path in here.settings.home.glob("ledger.db*"))
    assert b"SK 1042 AB" not in stored
