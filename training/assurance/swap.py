"""Does the country of a plate change anything of an answer, at the door of the real service?

Two services are started with the same secret, history, heads and rehearsal clock. They get the same
crossings in the same order, save that the plates' countries are other ones, and their answers are
compared as bytes, ids and moments aside. So vehicles that come again are compared too: what the one
service remembers of them, the other does.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from features.records.reference import countries
from training.assurance.twin_services import NOW, Service, deployed, serving

_CLASSES = ("M1", "N1", "N2", "N3", "M2", "M3", "train")
_POSTS = ("MK-GR-01", "RS-HU-01", "BG-TR-01")
#: Ids and moments: all that may differ between the answers of two services.
_IDS = re.compile(rb'("score_id"|"supersedes"|"as_of"):("[0-9a-f-]{36}"|\d+)')


@dataclass(frozen=True)
class Swapped:
    """What two services answered.

    Attributes:
        answers: Crossings whose answers were compared.
        countries: How many countries each crossing's plate was of.
        differing: Answers that were not the same, byte for byte.
        distinct: How many different risks one service told: were it one, equality said nothing.
        first: The first two that differ, or None.
    """

    answers: int
    countries: int
    differing: int
    distinct: int
    first: tuple[bytes, bytes] | None


def swapped(
    models: Path,
    work: Path,
    *,
    crossings: int,
    plates: int,
    seed: int,
    progress: Callable[[str], None],
) -> Swapped:
    """Send crossings with the plates of many countries, and the same with other countries.

    Args:
        models: Holds the heads that serve, each in its folder.
        work: An empty folder for the two deployments.
        crossings: How many different crossings.
        plates: How many countries each comes with.
        seed: Of the crossings.
        progress: Told each step.

    Raises:
        HeadsMissing: if there is no head of crossings in `models`.
        TrainingError: if a service does not come up, or refuses a crossing.
    """
    templates = crossings_like(np.random.default_rng(seed), crossings)
    of = sorted(countries())[:: max(1, len(countries()) // plates)][:plates]
    progress("Making a deployment with a history")
    deployed(models, work / "one", templates)
    shutil.copytree(work / "one", work / "other")
    with ExitStack() as running:
        progress("Starting two services")
        one = running.enter_context(serving(work / "one"))
        other = running.enter_context(serving(work / "other"))
        for service in (one, other):
            service.wait_until_ready()
        return _compared(one, other, templates, of, progress)


def crossings_like(rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
    """Crossings of every class, laden or not, weighed or not, of vehicles that come again."""
    made = []
    for number in range(n):
        vehicle_class = _CLASSES[number % len(_CLASSES)]
        goods = vehicle_class in ("N2", "N3")
        crossing: dict[str, Any] = {
            "source_system": "border",
            "owner_country": "MK",
            "owner_post": "MK-GR-01",
            "bcp_id": str(rng.choice(_POSTS)),
            "direction": str(rng.choice(["entry", "exit"])),
            "vehicle_class": vehicle_class,
            "vehicle_id": f"SK {1000 + number} AB",
            "is_commercial": vehicle_class != "M1",
            "queue_minutes": float(rng.integers(0, 90)),
            "document_check_s": float(rng.integers(20, 240)),
        }
        if goods:
            load, tare = float(rng.integers(0, 20_000)), float(rng.integers(7_000, 16_000))
            crossing |= {
                "trailer_id": f"SK {5000 + number} AA",
                "carrier_id": f"RS10000{number % 7:04d}",
                "tare_kg": tare,
                "declared_load_kg": load,
                "weighbridge_kg": tare + load + float(rng.integers(-400, 3_000)),
            }
        if vehicle_class in ("M2", "M3"):
            crossing |= {"declared_passengers": 40, "counted_passengers": int(rng.integers(40, 46))}
        made.append(crossing)
    return made


def answers_differ(one: bytes, other: bytes) -> bool:
    """Whether two answers differ in anything but ids and moments."""
    return without_ids(one) != without_ids(other)


def without_ids(answer: bytes) -> bytes:
    """An answer without what differs between any two requests."""
    return _IDS.sub(rb"\1:null", answer)


def _compared(
    one: Service,
    other: Service,
    templates: list[dict[str, Any]],
    of: list[str],
    progress: Callable[[str], None],
) -> Swapped:
    differing, first = 0, None
    seen: set[bytes] = set()
    for k in range(len(of)):
        progress(f"Country {k + 1} of {len(of)}")
        for m, template in enumerate(templates):
            body = template | {
                "source_record_id": f"S-{k:03d}-{m:05d}",
                "event_at": (NOW - timedelta(minutes=m % 300 + 1)).isoformat(),
            }
            # The other service's vehicle is of another country, whichever this one's is of.
            mine = one.answer(body | {"plate_country": of[k]})
            theirs = other.answer(body | {"plate_country": of[(k + 1) % len(of)]})
            seen.add(orjson.dumps(orjson.loads(mine)["risks"]))
            if answers_differ(mine, theirs):
                differing += 1
                first = first or (mine, theirs)
    return Swapped(len(templates) * len(of), len(of), differing, len(seen), first)
