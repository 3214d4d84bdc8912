"""A demonstration begins with a night's work: real records, real scores, real steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Connection, func, select

from features.ledger import tables, tables_review
from features.ledger.arrivals import microseconds
from features.ledger.connection import reading
from features.records.check import CheckSettings, check_record
from serving.access.first_run import Demo, demo
from serving.deployment import Deployment, open_deployment
from serving.review import demo_records, outcome
from serving.review.cases import steps_of
from serving.review.demo_shift import LedClock, Shift, begin_of, work_through
from serving.review.history import standing
from serving.review.states import State, Step
from serving.work import Scored
from tests.access import person
from tests.counted_office import lines_of
from tests.demo_season import a_season
from tests.deployments import a_home, submitted

pytestmark = pytest.mark.slow

AS_IF = datetime(2026, 7, 1, 6, tzinfo=UTC)
HOUR = 3_600_000_000
END = microseconds(AS_IF)
BEGIN = END - 6 * HOUR


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_season(tmp_path_factory.mktemp("season"))


@dataclass(frozen=True)
class Begun:
    here: Deployment
    clock: LedClock
    shown: Demo
    shift: Shift


@pytest.fixture(scope="module")
def begun(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    folder = tmp_path_factory.mktemp("demonstration")
    settings = replace(a_home(folder), as_if=AS_IF)
    clock = LedClock(settings)
    here = open_deployment(settings, clock=clock)
    try:
        begin = begin_of(here, clock)
        assert begin is not None
        clock.lead_to(begin)
        shown = demo(here.access, folder / "demo-logins.json")
        yield Begun(
            here, clock, shown, work_through(here, clock, shown, season=season, begin=begin)
        )
    finally:
        here.close()


def test_the_same_period_and_seed_make_the_same_night(season: Path) -> None:
    first = demo_records.night(season, begin=BEGIN, end=END)

    assert first == demo_records.night(season, begin=BEGIN, end=END)
    assert first != demo_records.night(season, begin=BEGIN, end=END, seed=2)


def test_a_night_comes_in_within_its_hours_in_its_order_and_each_version_once(
    season: Path,
) -> None:
    sent = demo_records.night(season, begin=BEGIN, end=END)

    moments = [one.at for one in sent]
    assert moments == sorted(moments)
    assert BEGIN <= moments[0] <= moments[-1] <= END
    identities = [
        (o.kind, o.payload["source_record_id"], o.payload["record_version"]) for o in sent
    ]
    assert len(set(identities)) == len(sent) >= 100
    assert {one.payload["owner_post"] for one in sent} <= set(demo_records.ORDINARY)


def test_whatever_comes_in_is_a_record_that_is_accepted_then(season: Path) -> None:
    for one in demo_records.night(season, begin=BEGIN, end=END):
        now = datetime.fromtimestamp(one.at / 1e6, UTC)
        # Raises if it is refused.
        record = check_record(one.kind, one.payload, now=now, settings=CheckSettings()).record
        assert record.event_at <= now


def test_goods_of_the_night_are_declared_before_they_pass(season: Path) -> None:
    sent = demo_records.night(season, begin=BEGIN, end=END)
    declared = {
        one.payload["declaration_ref"]: one.at
        for one in reversed(sent)
        if one.kind == "consignment" and "declaration_ref" in one.payload
    }

    passed = [
        (declared[reference], one.at)
        for one in sent
        for reference in one.payload.get("linked_declaration_refs", ())
        if reference in declared
    ]
    assert passed
    assert all(before < then for before, then in passed)


def test_a_night_holds_a_mandatory_rule_and_a_class_that_no_season_has(season: Path) -> None:
    sent = demo_records.night(season, begin=BEGIN, end=END)

    assert any(one.payload.get("vehicle_class") == "L" for one in sent)
    assert any(
        item["commodity_code"].startswith("93") and "E020" not in item["document_codes"]
        for one in sent
        for item in one.payload.get("items", ())
    )
    assert sum(one.payload["record_version"] == 2 for one in sent) == demo_records.AMENDED


def test_every_record_of_the_night_is_scored_and_the_queue_has_work(begun: Begun) -> None:
    with reading(begun.here.ledger.engine) as connection:
        # What comes in after the night, as another test has it, is no record of the night.
        scored = connection.execute(
            select(func.count()).select_from(tables.scores).where(tables.scores.c.u < END)
        ).scalar_one()
        refused = connection.execute(
            select(func.count()).select_from(tables.quarantine)
        ).scalar_one()
        new = connection.execute(
            select(func.count())
            .select_from(tables_review.cases)
            .where(tables_review.cases.c.waits, tables_review.cases.c.state == State.NEW.value)
        ).scalar_one()

    # One record is corrected by a colleague, and scored again.
    assert scored == begun.shift.submitted + 1
    assert refused == 0
    assert new >= 10


def test_colleagues_took_each_step_after_the_case_became_known(begun: Begun) -> None:
    cases, steps = tables_review.cases.c, tables_review.case_steps.c
    with reading(begun.here.ledger.engine) as connection:
        taken = connection.execute(
            select(steps.step, steps.at, cases.since, steps.actor)
            .join_from(
                tables_review.case_steps, tables_review.cases, steps.case_id == cases.case_id
            )
            .where(steps.actor != "vardar")
            .order_by(steps.number)
        ).all()

    expected = {
        Step.VIEW, Step.REVEAL, Step.DECIDE, Step.REFER, Step.OVERRIDE,
        Step.RECORD_OUTCOME, Step.CONFIRM_OUTCOME, Step.CLOSE, Step.TAKE, Step.HAND_OVER,
        Step.CORRECT,
    }  # fmt: skip
    assert {Step(one.step) for one in taken} >= expected
    assert [one.at for one in taken] == sorted(one.at for one in taken)
    assert all(one.since < one.at < END for one in taken)
    assert len({one.actor for one in taken}) == 2


def test_a_find_of_the_night_is_in_the_ledger_once_a_second_person_saw_it(begun: Begun) -> None:
    with reading(begun.here.ledger.engine) as connection:
        bodies = connection.execute(
            select(tables.ledger.c.body).where(
                tables.ledger.c.kind == "inspection",
                tables.ledger.c.source_system == outcome.SYSTEM,
            )
        ).scalars()
        made = [orjson.loads(body) for body in bodies]
        cases = {case_id: steps_of(connection, case_id) for case_id in _worked_on(connection)}

    entered = [one["source_record_id"].rsplit("-", 1)[0] for one in made]
    waiting = [
        case_id
        for case_id, steps in cases.items()
        if standing(steps).unconfirmed and case_id not in entered
    ]
    assert len(waiting) == 1
    finds = [one for one in made if one["result"] == "other_contraband"]
    assert [one["four_eyes_by"] for one in finds] == ["field_officer"]
    assert sum(one["result"] == "nothing_found" for one in made) >= 3


def test_a_corrected_record_of_the_night_has_a_second_score(begun: Begun) -> None:
    with reading(begun.here.ledger.engine) as connection:
        every = [steps_of(connection, case_id) for case_id in _worked_on(connection)]
    steps = next(steps for steps in every if Step.CORRECT in [one.step for one in steps])

    order = [one.step for one in steps if one.actor != "vardar"]
    assert order == [Step.CORRECT, Step.VIEW, Step.REVEAL]
    corrected = next(one for one in steps if one.step is Step.CORRECT)
    assert corrected.detail["record_version"] == 2
    assert steps[-1].score_id == corrected.detail["score_id"] != steps[0].score_id


def test_the_figures_tell_of_the_night(begun: Begun) -> None:
    page = person(begun.here, "shift_supervisor", posts=("*",)).get("/review/figures?days=7")

    agreement, times = lines_of(page, "agreement"), lines_of(page, "time-to-decide")
    assert page.status_code == 200
    agreed, decided = (int(cell) for cell in agreement["agrees"][:2])
    assert decided >= 8
    assert 1 <= agreed < decided
    assert agreement["override"][0] == "1"
    assert times["all"][0] == str(decided)
    results = lines_of(page, "finds-smuggling")
    assert sum(int(row[0]) for row in results.values()) >= 4


def _worked_on(connection: Connection) -> list[str]:
    return list(connection.execute(select(tables_review.case_steps.c.case_id).distinct()).scalars())


def test_the_clock_goes_on_from_the_rehearsals_moment(begun: Begun) -> None:
    assert 0 <= begun.clock() - END < HOUR

    later = submitted(begun.here, "crossing")

    assert isinstance(later, Scored)
    assert later.score.u >= END


def test_a_demonstration_that_has_work_gets_no_second_shift(begun: Begun) -> None:
    assert begin_of(begun.here, begun.clock) is None
