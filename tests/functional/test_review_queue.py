"""The queue: who sees which movements, in which words, and nothing of a score before it was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from features.ledger import tables
from features.ledger import tables_review as review
from features.ledger.connection import reading, writing
from serving.deployment import Deployment, open_deployment
from serving.review.queue_filters import Sort
from tests.access import person
from tests.deployments import Client, a_home, submitted
from tests.reviewing import BECAUSE

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

HOUR = 3_600_000_000
_posts = count(1)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("queue")))
    yield deployment
    deployment.close()


@pytest.fixture
def post() -> str:
    """A post at which nothing happened yet."""
    return f"MK-Q{next(_posts):03}"


def waiting(here: Deployment, post: str, kind: str = "crossing", **changes: Any) -> str:
    """Id of a case that stands in the queue."""
    scored: Any = submitted(here, kind, owner_post=post, **changes)
    case_id: str = scored.score.score_id
    change(here, case_id, waits=True)
    return case_id


def change(here: Deployment, case_id: str, **values: Any) -> None:
    with writing(here.ledger.engine) as connection:
        connection.execute(
            update(review.cases).where(review.cases.c.case_id == case_id).values(**values)
        )


def score_otherwise(here: Deployment, case_id: str, **changes: Any) -> None:
    """Let the case's score be another: scores themselves cannot be changed."""
    with writing(here.ledger.engine) as connection:
        score = dict(
            connection.execute(
                select(tables.scores).where(tables.scores.c.score_id == case_id)
            ).mappings().one()
        )  # fmt: skip
        answer = orjson.dumps(orjson.loads(score["answer"]) | changes).decode()
        # In an epoch that the service does not live in.
        other = {"score_id": f"{case_id}-2", "epoch": 0, "answer": answer}
        connection.execute(insert(tables.scores).values(score | other))
    change(here, case_id, score_id=f"{case_id}-2")


def step(client: Client, case_id: str, name: str, **more: str) -> int:
    sent = client.post(f"/review/cases/{case_id}/steps", data={"step": name, **more})
    return sent.status_code


def rows(page: str) -> list[str]:
    return re.findall(r'<tr role="row">.*?</tr>', page, re.DOTALL)[1:]


def test_a_row_says_what_where_and_what_comes_next(here: Deployment, post: str) -> None:
    goods = "Refrigerators, combined with freezers, second-hand, for households, in boxes"
    item = {"item_no": 1, "commodity_code": "84181020", "description": goods}
    waiting(here, post, "consignment", items=[item, item | {"item_no": 2}], country_dispatch="XK",
            source_record_id="REF-1")  # fmt: skip
    waiting(here, post, vehicle_class="M3", lane_type="bus", direction="exit",
            declared_passengers=40, declared_load_kg=None)  # fmt: skip
    officer = person(here, "field_officer", posts=(post,))

    first, second = rows(officer.get("/review/queue").text)

    for said in ("REF-1", post, "Kosovo → North Macedonia", "second-hand, for …, and 1 more item",
                 "New", "Record your view", "under a minute", "not shown yet"):  # fmt: skip
        assert said in first
    assert "Bus, lane bus" in second
    assert "Exit" in second


def test_what_chance_chose_looks_like_what_the_model_chose(here: Deployment, post: str) -> None:
    chance, model = (waiting(here, post, source_record_id=f"SAME-{post}-{n}") for n in (1, 2))
    band = {"band": "very_high", "movement_band": "very_high", "probability": 0.9}
    for case_id, because, risks in ((chance, "random", {}), (model, "model", {"arms": band})):
        told = {"action": "inspect", "because": because, "propensity": 0.5}
        score_otherwise(here, case_id, recommendation=told, risks=risks)
    officer = person(here, "field_officer", posts=(post,))

    page = officer.get("/review/queue").text

    first, second = (
        re.sub(r"<time [^>]*>", "<time>", row.replace(case_id, "ID")).replace(f"-{n}<", "<")
        for n, (case_id, row) in enumerate(zip((chance, model), rows(page), strict=True), 1)
    )
    assert first == second
    assert not re.search("random|chance|very.high|band-", page)


def test_a_band_is_shown_to_whoever_the_score_was_shown_to_and_nobody_else(
    here: Deployment, post: str
) -> None:
    case_id = waiting(here, post)
    one, other = (person(here, "field_officer", posts=(post,)) for _ in range(2))
    steps = [step(one, case_id, "view", view="search", reason="routine")]
    before = one.get("/review/queue").text
    steps.append(step(one, case_id, "reveal"))

    shown, hidden = one.get("/review/queue").text, other.get("/review/queue").text

    assert steps == [303, 303]
    assert "See the score" in before
    assert 'class="band' not in before
    assert 'class="band band-' in shown
    assert 'class="band' not in hidden
    assert "Record your view" in hidden


def test_a_band_is_hidden_again_once_there_is_another_score(here: Deployment, post: str) -> None:
    case_id = waiting(here, post, source_record_id=f"AGAIN-{post}")
    officer = person(here, "field_officer", posts=(post,))
    step(officer, case_id, "view", view="search", reason="routine")
    step(officer, case_id, "reveal")
    submitted(here, "crossing", owner_post=post, source_record_id=f"AGAIN-{post}",
              record_version=2, queue_minutes=1.0)  # fmt: skip

    page = officer.get("/review/queue").text

    assert 'class="band' not in page
    assert "Record your view" in page


def test_only_ones_own_posts_and_ones_own_time_are_shown(
    here: Deployment, post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = waiting(here, post)
    officer, elsewhere = (person(here, "field_officer", posts=(p,)) for p in (post, "MK-XX-01"))
    supervisor = person(here, "shift_supervisor", posts=(post,))
    later = here.ledger.clock() + 73 * HOUR

    assert case_id in officer.get("/review/queue").text
    with monkeypatch.context() as patch:
        patch.setattr(here.ledger, "clock", lambda: later)
        assert case_id not in officer.get("/review/queue").text
        assert case_id in supervisor.get("/review/queue").text
        assert "3 days 1 hr" in supervisor.get("/review/queue").text
    empty = elsewhere.get("/review/queue")
    assert "Nothing waits at your posts." in empty.text
    assert (empty.status_code, rows(empty.text)) == (200, [])
    assert case_id not in elsewhere.get(f"/review/queue?post={post}").text


def test_nobody_can_order_or_filter_by_what_is_not_shown_yet(here: Deployment) -> None:
    officer = person(here, "field_officer")

    for query in ("sort=band", "sort=score", "state=high", "kind=random", "after=x", "closed=yes"):
        refused = officer.get(f"/review/queue?{query}")
        assert refused.status_code == 422
        assert f"does not know ({query.split('=')[0]})" in refused.text
    unknown = officer.get("/review/queue?band=high&risk=arms")
    assert "band=" not in unknown.text.partition("<main")[2]
    assert set(Sort) == {"longest", "newest", "post"}


def test_filters_stand_in_the_address_and_in_the_form(here: Deployment, post: str) -> None:
    crossing, consignment = waiting(here, post), waiting(here, post, "consignment")
    closed = waiting(here, post)
    change(here, closed, state="closed", waits=False)
    officer = person(here, "field_officer", posts=(post,))

    by_kind = officer.get("/review/queue?kind=crossing&closed=1&sort=newest").text
    nothing = officer.get("/review/queue?state=declined").text

    assert [crossing in by_kind, consignment in by_kind, closed in by_kind] == [True, False, True]
    assert by_kind.index(closed) < by_kind.index(crossing)
    assert '<option value="crossing" selected>' in by_kind
    assert 'name="closed" value="1" checked' in by_kind
    assert closed not in officer.get("/review/queue").text
    assert "Nothing in the queue is like this." in nothing


def test_a_row_says_who_has_the_case_open_and_since_when(here: Deployment, post: str) -> None:
    case_id = waiting(here, post)
    one, other = (person(here, "shift_supervisor", posts=(post,)) for _ in range(2))
    who = one.get("/session").json()
    change(here, case_id, held_by=who["id"].removeprefix("account:"), held_at=6 * HOUR)

    assert f"Open with {who['name']} since 06:00 UTC" in other.get("/review/queue").text
    assert case_id in one.get("/review/queue?mine=1").text
    assert case_id not in other.get("/review/queue?mine=1").text


def test_the_next_step_is_the_readers_own(here: Deployment, post: str) -> None:
    case_id = waiting(here, post)
    officer = person(here, "field_officer", posts=(post,))
    one, other = (person(here, "shift_supervisor", posts=(post,)) for _ in range(2))

    def next_steps() -> list[str]:
        pages = (client.get("/review/queue").text for client in (officer, one, other))
        return [re.search('data-name="Next step">(.*?)<', p)[1] for p in pages]  # type: ignore[index]

    for client in (officer, one):
        step(client, case_id, "view", view="search", reason="routine")
        step(client, case_id, "reveal")
    revealed = next_steps()
    step(one, case_id, "decide", action="inspect", reason="own_view", text=BECAUSE)
    decided = next_steps()
    step(one, case_id, "refer", to_country="RS", handling_code="H1", text=BECAUSE)
    referred = next_steps()
    step(other, case_id, "view", view="search", reason="routine")
    step(other, case_id, "reveal")
    before_the_second = next_steps()

    waits = "Waits for a second person"
    assert revealed == ["Waits for a decision", "Decide", "Record your view"]
    assert decided == 3 * ["Record the outcome"]
    assert referred == [waits, waits, "Record your view"]
    assert before_the_second == [waits, waits, "Approve or decline"]


def test_what_somebody_decided_waits_even_where_release_was_recommended(
    here: Deployment, post: str
) -> None:
    case_id = waiting(here, post)
    change(here, case_id, waits=False)
    one = person(here, "shift_supervisor", posts=(post,))
    absent = case_id in one.get("/review/queue").text
    step(one, case_id, "view", view="search", reason="routine")
    step(one, case_id, "reveal")
    step(one, case_id, "decide", action="inspect", reason="own_view", text=BECAUSE)

    assert not absent
    assert case_id in one.get("/review/queue").text


def test_who_looked_at_which_rows_is_kept(here: Deployment, post: str) -> None:
    case_id = waiting(here, post)
    officer = person(here, "field_officer", posts=(post,))
    officer.get("/review/queue")
    who = officer.get("/session").json()["id"]

    with reading(here.ledger.engine) as connection:
        found = connection.execute(
            select(tables.audit.c.action, tables.audit.c.detail).where(
                tables.audit.c.actor == who, tables.audit.c.object == "queue"
            )
        ).all()
    assert [(a, orjson.loads(d)["cases"]) for a, d in found] == [("consult", [case_id])]
