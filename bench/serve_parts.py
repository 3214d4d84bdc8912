"""What one request costs part by part, measured inside one process on the demo's movements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

import orjson
from sqlalchemy import event

from bench.serve_home import RISKS, Home
from features.spec import Floats
from models.levels import LevelCodes
from serving.deployment import Deployment, open_deployment
from serving.work import Scored

#: How many rows the peers are sent in turn.
_ROWS = 50


@dataclass(frozen=True)
class Measured:
    """What was found.

    Attributes:
        parts: Milliseconds (median) by part.
        rows: Rows that a head read of the movements, as its trees read them, each (f,).
    """

    parts: dict[str, float]
    rows: list[Floats]


def measured_parts(home: Home, bodies: Iterator[bytes], count: int) -> Measured:
    """Take so many movements through the service's own functions, one by one."""
    here = open_deployment(home.settings)
    try:
        moments: dict[str, float] = {}
        assess = here.scoring.assessor.assess_each

        def timed(*arguments: Any) -> Any:
            begun = perf_counter()
            assessed = assess(*arguments)
            moments["score"] = perf_counter() - begun
            return assessed

        here.scoring.assessor.assess_each = timed  # type: ignore[method-assign, assignment]

        @event.listens_for(here.ledger.engine, "commit")
        def _(_connection: Any) -> None:
            moments["commit begins"] = perf_counter()

        taken: dict[str, list[float]] = {}
        rows: list[Floats] = []
        for number, body in enumerate(islice(bodies, count + count // 4)):
            parts, scored = _parts(here, body, moments)
            # The first fifth warms up.
            if number >= count // 4:
                for part, seconds in parts.items():
                    taken.setdefault(part, []).append(seconds * 1000)
                if len(rows) < _ROWS and RISKS[0] in scored.rows:
                    rows.append(scored.rows[RISKS[0]])
        head = here.scoring.assessor.heads["consignment", RISKS[0]]
        codes = LevelCodes(head.card.columns)
        encoded = [codes.encode(row[None])[0] for row in rows]
        return Measured({part: median(times) for part, times in taken.items()}, encoded)
    finally:
        here.close()


def _parts(
    here: Deployment, body: bytes, moments: dict[str, float]
) -> tuple[dict[str, float], Scored]:
    moments.clear()
    work, checking = _timed(lambda: here.intake.one("consignment", body, door="benchmark"))
    begun = perf_counter()
    scored = here.scoring.commit([work])[0]
    ended = perf_counter()
    if not isinstance(scored, Scored):
        raise TypeError(f"A movement was not scored: {scored}")
    told, explaining = _timed(lambda: here.explainer.told(scored.score, scored.rows))
    _, writing = _timed(lambda: orjson.dumps(told))
    scoring, commit = moments.get("score", 0.0), moments["commit begins"]
    return {
        "checking the record": checking,
        "reading features and entering": commit - begun - scoring,
        "scoring both risks": scoring,
        "committing": ended - commit,
        "explaining both risks": explaining,
        "writing the answer": writing,
    }, scored


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = perf_counter()
    made = act()
    return made, perf_counter() - begun
