"""Stores full of cases for measuring pages: rows of movements that were really scored, over and over.

What is scored once is what all others are copies of, under other references, posts and moments: the
rows are as long, and as many, as if each had come in by itself, and are there in seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import yaml
from sqlalchemy import delete, insert, select

from features.ledger import tables
from features.ledger import tables_review as review
from features.ledger.connection import reading, writing
from serving.access.policy import SEEDED
from serving.deployment import Deployment, open_deployment
from tests.deployments import a_home, submitted

POSTS = tuple(f"MK-P{n:02}" for n in range(20))
_DAY = 86_400_000_000
_DAYS = 60
#: Of each kind, what others are copies of.
_TEMPLATES = 50
_AT_ONCE = 5_000
#: What stands in the queue, and where it stands. Most movements are released unseen.
_WAITING = 0.3
_STATES = {"new": 80, "viewed": 3, "revealed": 5, "decided": 6, "referred": 1, "inspected": 5}
_CLOSED, _AMENDED, _HELD = 0.1, 0.05, 0.01


@dataclass(frozen=True)
class _Template:
    ledger: Mapping[str, Any]
    score: Mapping[str, Any]
    case: Mapping[str, Any]


def a_store(folder: Path, *, cases: int) -> Deployment:
    """An open deployment with so many cases at `POSTS`, over `_DAYS` days until now."""
    settings = replace(a_home(folder, heads=()), access=_without_budgets(folder))
    here = open_deployment(settings)
    for number in range(_TEMPLATES):
        submitted(here, "consignment", declaration_ref=f"26MK{number:014}", owner_post=POSTS[0])
        submitted(here, "crossing", owner_post=POSTS[0])
    with reading(here.ledger.engine) as connection:
        templates = list(_templates(connection))
    rows = _rows(templates, cases, now=here.ledger.clock())
    with writing(here.ledger.engine) as connection:
        # What the copies are made of waits nowhere itself.
        connection.execute(delete(review.cases))
    while chunk := list(islice(rows, _AT_ONCE)):
        with writing(here.ledger.engine) as connection:
            connection.execute(insert(tables.ledger), [row.ledger for row in chunk])
            connection.execute(insert(tables.scores), [row.score for row in chunk])
            connection.execute(insert(review.cases), [row.case for row in chunk])
    return here


def _without_budgets(folder: Path) -> Path:
    declared = yaml.safe_load(SEEDED.read_text("utf-8"))
    for limit in declared["budgets"]["pages"].values():
        limit["most"] = 10**9
    path = folder / "access.yaml"
    path.write_text(yaml.safe_dump(declared), "utf-8")
    return path


def _templates(connection: Any) -> Iterator[_Template]:
    for case in connection.execute(select(review.cases)).mappings().all():
        u = case["u"]
        ledger = connection.execute(select(tables.ledger).where(tables.ledger.c.u == u))
        score = connection.execute(select(tables.scores).where(tables.scores.c.u == u))
        yield _Template(dict(ledger.mappings().one()), dict(score.mappings().one()), dict(case))


def _rows(templates: Sequence[_Template], n: int, *, now: int) -> Iterator[_Template]:
    rng = random.Random(1)
    for number in range(n):
        since = now - _DAYS * _DAY + (_DAYS * _DAY - 1000) // n * number
        yield _copy(rng, templates[number % len(templates)], number, since, now)


def _copy(rng: random.Random, of: _Template, number: int, since: int, now: int) -> _Template:
    post, reference = rng.choice(POSTS), f"R-{number:08}"
    # An amended movement stands in the ledger where it was amended.
    later = rng.randrange(_DAY) if rng.random() < _AMENDED else 0
    # Odd, so that it is nobody else's moment.
    u = (since + later) | 1 if later and since + later < now else since & ~1
    told = {"source_record_id": reference, "owner_post": post}
    body = orjson.loads(of.ledger["body"]) | told
    case_id = f"{rng.getrandbits(128):032x}"
    state, waits = rng.choices(list(_STATES), list(_STATES.values()))[0], True
    if rng.random() > _WAITING:
        state, waits = ("closed" if rng.random() < _CLOSED else "new"), False
    return _Template(
        dict(of.ledger) | {"u": u, "source_record_id": reference, "body": orjson.dumps(body).decode()},
        dict(of.score) | {"u": u, "score_id": case_id, "owner_post": post},
        dict(of.case) | told | {
            "case_id": case_id, "score_id": case_id, "since": since & ~1, "u": u, "state": state,
            "waits": waits, "changed_at": u,
            "declaration_ref": of.case["declaration_ref"] and f"26MK{number:014}",
            "held_by": "somebody" if rng.random() < _HELD else None,
        },
    )  # fmt: skip
