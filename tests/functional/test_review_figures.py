"""The figures page counts what was inspected, for those who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]
from sqlalchemy import func, select

from features.ledger import tables
from features.ledger.connection import reading
from serving.access.principal import Principal
from serving.deployment import Deployment, open_deployment
from serving.review import stepping
from serving.review.figures.view import view_of
from serving.review.states import Step
from serving.review.stepping import Wanted
from tests.access import person, somebody
from tests.counted_office import (
    CONTROLS,
    ELSEWHERE,
    INSPECTED,
    PASSED,
    a_crossing,
    an_inspection,
    filled,
    lines_of,
    put,
    rows_of_csv,
    tables_of,
)
from tests.deployments import a_home, submitted

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = open_deployment(a_home(tmp_path_factory.mktemp("figures")))
    filled(made)
    yield made
    made.close()


def test_finds_by_reason_are_those_counted_by_hand(here: Deployment) -> None:
    lines = lines_of(person(here, "shift_supervisor").get("/review/figures?days=7"), "finds-arms")

    # Inspected, searched, found, share and its interval by Wilson.
    assert lines["random"][:3] == ["32", "26", "12"]
    ends = binomtest(12, 26).proportion_ci(method="wilson")
    assert [float(cell) for cell in lines["random"][3:]] == pytest.approx(
        [1000 * 12 / 26, 1000 * ends.low, 1000 * ends.high], abs=1e-3
    )
    assert lines["model"] == ["13", "13", "3", "insufficient", "", ""]
    assert lines["tip"] == ["1", "1", "0", "insufficient", "", ""]
    assert lines["rule"] == ["0", "0", "0", "insufficient", "", ""]


def test_not_searched_and_inconclusive_never_count_as_nothing_found(here: Deployment) -> None:
    silent = sum(n for _, result, n in CONTROLS if result in ("not_searched", "inconclusive"))
    lines = lines_of(
        person(here, "shift_supervisor").get("/review/figures?days=7"), "capacity-arms"
    )

    inspected, searched = (int(cell) for cell in lines["all"][:2])
    assert inspected == INSPECTED
    assert inspected - searched == silent > 0


def test_small_parts_are_listed_and_have_no_figure(here: Deployment) -> None:
    lines = lines_of(person(here, "auditor").get("/review/figures?days=7"), "classes-arms")

    # Some 40 searched are fewer than 50; other tests may have added one or two.
    inspected, searched, hits = (int(cell) for cell in lines["crossing-N3"][:3])
    assert (inspected >= INSPECTED, 40 <= searched < 50, hits >= 15) == (True, True, True)
    assert lines["crossing-N3"][3] == "insufficient"


def test_rows_one_may_not_see_are_in_no_count(here: Deployment) -> None:
    def crossings(role: str, **rights: tuple[str, ...]) -> int:
        page = person(here, role, **rights).get("/review/figures?days=7")
        rows = tables_of(page).get("records", [])
        return sum(int(row[2]) + int(row[3]) for row in rows if row[0] == "crossing")

    # Other tests may have added to this country, none to the other.
    here_only = crossings("national_analyst")
    assert here_only >= INSPECTED + PASSED
    assert crossings("national_analyst", countries=("RS",)) == ELSEWHERE
    assert crossings("national_analyst", countries=("MK", "RS")) == here_only + ELSEWHERE
    assert crossings("shift_supervisor", posts=("MK-RS-01",)) == 0


def test_a_post_one_may_not_see_is_like_one_there_is_not(here: Deployment) -> None:
    analyst = person(here, "national_analyst")

    unseen = analyst.get("/review/figures?days=7&post=RS-HU-01")
    unknown = analyst.get("/review/figures?days=7&post=RS-HU-99")

    assert unseen.status_code == unknown.status_code == 422
    told, of_none = (page.text.partition("<main")[2] for page in (unseen, unknown))
    assert "RS-HU" not in told
    assert told == of_none


def test_a_period_there_is_not_is_named_with_the_way_out(here: Deployment) -> None:
    page = person(here, "national_analyst").get("/review/figures?days=8")

    assert page.status_code == 422
    assert '<a href="#days">There are figures of 7, 30, 90, 365 days: choose one of these.' in (
        page.text
    )
    csv = person(here, "national_analyst").get("/review/figures.csv?days=8&table=records")
    assert csv.status_code == 422


def test_a_risk_one_does_not_hold_does_not_exist(here: Deployment) -> None:
    scopes = here.access.policy.roles["national_analyst"].scopes - {"smuggling"}
    analyst = person(here, "national_analyst", scopes=tuple(scopes))

    page = analyst.get("/review/figures?days=7")
    csv = analyst.get("/review/figures.csv?days=7&table=finds-smuggling")

    assert "finds-arms" in page.text
    assert "smuggling" not in page.text.lower()
    assert csv.status_code == 404


@pytest.mark.parametrize("page", ["figures", "fairness", "model", "register"])
def test_every_csv_holds_what_its_table_holds(here: Deployment, page: str) -> None:
    auditor = person(here, "auditor", countries=("*",), posts=("*",))

    tables = tables_of(auditor.get(f"/review/{page}"))

    assert len(tables) >= 4
    for name, rows in tables.items():
        if name:
            # A page shows a dash where a file holds nothing.
            assert rows == list(rows_of_csv(auditor.get(f"/review/{page}.csv?table={name}"))), name


@pytest.mark.parametrize(
    ("address", "roles"),
    [
        ("/review/figures", {"shift_supervisor", "national_analyst", "auditor"}),
        ("/review/fairness", {"auditor"}),
        ("/review/model", {"shift_supervisor", "national_analyst", "auditor", "model_steward"}),
        (
            "/review/register",
            {
                "field_officer", "shift_supervisor", "national_analyst", "liaison_officer",
                "model_steward", "auditor", "admin", "foreign_partner",
            },
        ),
    ],
)  # fmt: skip
def test_pages_open_to_the_roles_that_answer_for_them(
    here: Deployment, address: str, roles: set[str]
) -> None:
    people = [name for name, role in here.access.policy.roles.items() if role.who == "person"]

    opened = {role for role in people if somebody(here, role).get(address).status_code == 200}

    assert opened == roles


def test_whoever_looks_at_figures_is_kept(here: Deployment) -> None:
    def looks() -> int:
        audit = tables.audit.c
        with reading(here.ledger.engine) as connection:
            return connection.execute(
                select(func.count())
                .select_from(tables.audit)
                .where(audit.action == "consult", audit.detail.contains("figures"))
            ).scalar_one()

    analyst, before = person(here, "national_analyst"), looks()
    analyst.get("/review/figures")
    analyst.get("/review/figures.csv?table=records")

    assert looks() == before + 2


def test_a_corrected_outcome_counts_as_it_stands_and_new_ones_at_once(here: Deployment) -> None:
    supervisor = person(here, "shift_supervisor", posts=("MK-GR-09",))

    def found() -> list[str]:
        page = supervisor.get("/review/figures?days=7")
        return lines_of(page, "finds-arms")["rule"][:3]

    assert found() == ["0", "0", "0"]
    put(here, "crossing", [a_crossing(here, "late", owner_post="MK-GR-09")])
    put(here, "inspection", [an_inspection(here, "late", "rule", "nothing_found")])
    assert found() == ["1", "1", "0"]
    corrected = an_inspection(here, "late", "rule", "arms", record_version=2)
    put(here, "inspection", [corrected])
    assert found() == ["1", "1", "1"]
    silent = an_inspection(here, "late", "rule", "not_searched", record_version=3)
    put(here, "inspection", [silent])
    assert found() == ["1", "0", "0"]


def test_a_find_wins_over_nothing_found_and_the_first_control_says_why(here: Deployment) -> None:
    supervisor = person(here, "shift_supervisor", posts=("MK-GR-10",))
    put(here, "crossing", [a_crossing(here, "twice", owner_post="MK-GR-10")])
    put(here, "inspection", [an_inspection(here, "twice", "random", "nothing_found")])
    second = an_inspection(here, "twice", "tip", "arms", source_record_id="second")
    put(here, "inspection", [second])

    lines = lines_of(supervisor.get("/review/figures?days=7"), "finds-arms")

    assert lines["random"][:3] == ["1", "1", "1"]
    assert lines["tip"][:3] == ["0", "0", "0"]


def test_a_role_sees_no_further_back_than_its_rows(here: Deployment) -> None:
    scopes = here.access.policy.roles["shift_supervisor"].scopes
    supervisor = Principal("account:1", "person", "x", "shift_supervisor", ("MK",), ("*",), scopes)

    view = view_of(here, supervisor, days=365)

    assert view.cut
    assert here.ledger.clock() - view.since <= 2160 * 3_600_000_000
    assert not view_of(here, replace(supervisor, role="auditor"), days=365).cut


def test_an_amended_movement_is_one_movement(here: Deployment) -> None:
    supervisor = person(here, "shift_supervisor", posts=("MK-GR-11",))
    put(here, "crossing", [a_crossing(here, "amended", owner_post="MK-GR-11")])
    for version in (2, 3):
        told = a_crossing(here, "amended", owner_post="MK-GR-11", record_version=version)
        put(here, "crossing", [told])

    lines = lines_of(supervisor.get("/review/figures?days=7"), "records")

    # Of one source, accepted, flagged, later versions.
    assert lines["crossing"] == ["mk-border", "1", "0", "2"]


def test_decisions_are_counted_from_the_steps_of_cases_one_sees(here: Deployment) -> None:
    role = here.access.policy.roles["shift_supervisor"]
    by = Principal("account:2", "person", "x", "shift_supervisor", ("MK",), ("*",), role.scopes)
    for place in range(12):
        scored = submitted(here, "crossing", owner_post="MK-GR-12")
        case_id = scored.score.score_id  # type: ignore[union-attr]
        decided = {"action": "inspect", "agrees": place < 9, "seconds": 2 + place}
        for step, detail in (
            (Step.VIEW, {"view": "search"}),
            (Step.REVEAL, {}),
            (Step.DRILL if place in (0, 11) else Step.DECIDE, decided),
        ):
            stepping.take(here.access, by, case_id, Wanted(step, detail=detail))

    page = person(here, "shift_supervisor", posts=("MK-GR-12",)).get("/review/figures?days=7")
    elsewhere = person(here, "shift_supervisor", posts=("MK-GR-01",)).get("/review/figures?days=7")

    agreement = lines_of(page, "agreement")
    assert agreement["agrees"][:3] == ["8", "10", "0.8"]
    assert agreement["differs"][:2] == ["2", "10"]
    assert agreement["followed"][:2] == agreement["caught"][:2] == ["1", "2"]
    # Seconds 2 to 13: half within 7.5, which is too short, and said so.
    assert lines_of(page, "time-to-decide")["all"] == ["12", "4.75", "7.5", "10.25"]
    assert "within 7.5 seconds" in page.text
    assert lines_of(elsewhere, "agreement")["agrees"][:2] == ["0", "0"]
    assert "No decision on a case is on record" in elsewhere.text
