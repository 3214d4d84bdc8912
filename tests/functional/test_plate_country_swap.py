"""What a plate says of a country changes no answer: at the door of the real service, twice over.

Two services with the same secret, history, model and rehearsal clock get the same crossings in the
same order, save for their plates. Their answers are compared as bytes, ids and moments aside.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import orjson
import pytest

from features.ledger.keyring import load_keyring
from features.records.reference import countries
from serving.settings import Settings
from tests.deployments import a_home
from tests.factories import TestClock, another_ledger, enter
from tests.service_processes import Server, serving

pytestmark = pytest.mark.slow

NOW = datetime(2026, 7, 1, 6, 0, tzinfo=UTC)
CLASSES = ("M1", "N1", "N2", "N3", "M2", "M3", "L", "train", "vessel")
#: Class, direction, and whether the vehicle has been here before.
KINDS = tuple(product(CLASSES, ("entry", "exit"), (True, False)))
POSTS = ("MK-GR-01", "RS-HU-01", "BG-TR-01")
#: Every country there is, spellings of some, and what is none.
COUNTRIES: tuple[Any, ...] = (*sorted(countries()), "EL", "UK", "QU", "??", "", 7, {}, None)
#: How often each country comes.
ROUNDS = 4

#: Ids and moments: all that may differ between the answers of two services.
_IDS = re.compile(rb'("score_id"|"supersedes"|"as_of"):("[0-9a-f-]{36}"|\d+)')

Plate = Callable[[int], str]
PlateCountry = Callable[[int], Any]


@dataclass(frozen=True)
class Twin:
    """One of two services that differ in nothing."""

    server: Server
    settings: Settings

    def answers(self, crossings: list[dict[str, Any]]) -> bytes:
        """What the service says about the crossings, without ids and moments."""
        status, raw = self.server.request("POST", "/v1/crossings/batch?reasons=true", crossings)
        assert status == 200
        counts = orjson.loads(raw)
        assert (counts["accepted"], counts["quarantined"]) == (len(crossings), 0)
        return _IDS.sub(rb"\1:null", raw)

    def explanation(self, crossing: dict[str, Any]) -> bytes:
        """The whole explanation of a crossing, without ids and moments."""
        status, raw = self.server.request("POST", "/v1/crossings", crossing)
        assert status == 201
        path = f"/v1/scores/{orjson.loads(raw)['score_id']}/explanation"
        status, explained = self.server.request("GET", path)
        assert status == 200
        return _IDS.sub(rb"\1:null", explained)

    def scores(self) -> list[tuple[bytes, bytes]]:
        """What the service keeps of its scores: the integers, and the answers with their basis."""
        with closing(sqlite3.connect(self.settings.home / "ledger.db")) as store:
            rows = store.execute("SELECT integers, answer FROM scores ORDER BY u")
            return [(integers, _IDS.sub(rb"\1:null", told.encode())) for integers, told in rows]

    def plate_countries(self) -> list[str]:
        """The plates' countries that were set aside, in the order of their records."""
        with closing(sqlite3.connect(self.settings.home / "ledger.db")) as store:
            query = "SELECT plate_country FROM plate_countries ORDER BY source_record_id"
            return [country for (country,) in store.execute(query)]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Twin, Twin]]:
    folder = tmp_path_factory.mktemp("twins")
    one = a_home(folder / "one", heads=[("crossing", "arms")])
    shutil.copytree(folder / "one", folder / "other")
    other = replace(
        one,
        home=folder / "other/home",
        store=f"sqlite:///{folder}/other/home/ledger.db",
        models=folder / "other/trained",
        trusted=(folder / "other/home/signing.key.pub",),
    )
    give_history(one, one_country)
    give_history(other, other_country)
    as_if = ("--as-if", NOW.isoformat(), "--still")
    with serving(one, *as_if, wait=False) as first, serving(other, *as_if, wait=False) as second:
        first.wait_until_ready()
        second.wait_until_ready()
        yield Twin(first, one), Twin(second, other)


def one_country(number: int) -> Any:
    return COUNTRIES[number % len(COUNTRIES)]


def other_country(number: int) -> Any:
    """Another one for every crossing."""
    return one_country(number + 101)


def macedonian(number: int) -> str:
    return f"SK {1000 + number} AB"


def unseen(number: int) -> str:
    return macedonian(20_000 + number)


#: How plates look elsewhere, each with room for the vehicle's number.
STYLES = (
    "{:04d} TR 34", "B-EU {:04d}", "34 ABC {:04d}", "ΝΒΑ-{:04d}", "о{:04d}кк77", "AA {:04d} XY",
    "粤B{:04d}", "{:04d}-ЯЮ-7", "د {:04d}", "LŠ {:04d} ĐŽ", "01-T-{:04d}", "WAW {:04d}Ü",
)  # fmt: skip


def foreign(number: int) -> str:
    """A plate in the style of another country; another for each number."""
    return STYLES[number % len(STYLES)].format(number)


def crossing(
    number: int, vehicle: int, *, plate: Plate, plate_country: PlateCountry, name: str
) -> dict[str, Any]:
    """A crossing with all that may be observed of it; what it is follows from its number."""
    vehicle_class, direction, _ = KINDS[number % len(KINDS)]
    bus = vehicle_class in ("M2", "M3")
    made = {
        "source_system": "border",
        "source_record_id": f"{name}-{number:05d}",
        "event_at": (NOW - timedelta(minutes=17 * (number % 300) + 1)).isoformat(),
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "bcp_id": POSTS[number % len(POSTS)],
        "direction": direction,
        "vehicle_class": vehicle_class,
        "vehicle_id": plate(vehicle),
        "plate_country": plate_country(number),
        "is_commercial": vehicle_class.startswith("N"),
        "queue_minutes": float(number % 90),
        "document_check_s": 40.0 + number % 50,
    }
    if bus:
        made |= {"declared_passengers": 40, "counted_passengers": 40 + number % 5}
    if vehicle_class in ("N2", "N3"):
        made |= {
            "trailer_id": plate(vehicle + 5000),
            "carrier_id": f"RS10000{vehicle % 7:04d}",
            "weighbridge_kg": 20_000.0 + number,
            "tare_kg": 14_000.0,
            "declared_load_kg": 5_500.0,
        }
    if made["plate_country"] is None:
        del made["plate_country"]
    return made


def of_kinds(
    rounds: range, *, plate: Plate, plate_country: PlateCountry, name: str
) -> list[dict[str, Any]]:
    """Crossings of every kind, so many rounds; half of the kinds' vehicles come again and again."""
    made = []
    for number in range(rounds.start * len(KINDS), rounds.stop * len(KINDS)):
        known = KINDS[number % len(KINDS)][2]
        vehicle = number % len(KINDS) if known else 100 + number
        made.append(crossing(number, vehicle, plate=plate, plate_country=plate_country, name=name))
    return made


def give_history(settings: Settings, plate_country: PlateCountry) -> None:
    """Days of crossings before, what their inspections found, and reports by the police."""
    clock = TestClock(NOW - timedelta(days=20))
    ledger = another_ledger(str(settings.store), load_keyring(settings.secret), clock=clock)
    for number, (_, _, known) in enumerate(KINDS * 2):
        vehicle = number % len(KINDS)
        if not known:
            continue
        clock.forward(days=0.25)
        past = crossing(
            number, vehicle, plate=macedonian, plate_country=plate_country, name="PAST"
        ) | {"event_at": (NOW - timedelta(days=20)).isoformat()}
        enter(ledger, "crossing", **past)
        result = ("nothing_found", "arms", "persons_concealed")[number % 3]
        enter(
            ledger,
            "inspection",
            movement_source_system=past["source_system"],
            movement_source_record_id=past["source_record_id"],
            result=result,
        )
        graded = {"source_grade": "A", "information_grade": 1, "count": None, "month": None}
        if number % 5 == 0:
            plates = {"linked_vehicle_id": macedonian(vehicle), "area_code": None}
            enter(ledger, "incident", **graded, **plates)
    ledger.close()


def probabilities(answers: bytes) -> set[float]:
    risks = [item["answer"]["risks"] for item in orjson.loads(answers)["items"]]
    return {r["probability"] for risk in risks for r in risk.values() if "probability" in r}


def test_the_country_of_a_plate_changes_no_byte_of_an_answer(twins: tuple[Twin, Twin]) -> None:
    one, other = twins
    rounds = range(ROUNDS * len(COUNTRIES) // len(KINDS) + 1)
    told = [
        twin.answers(of_kinds(rounds, plate=macedonian, plate_country=country, name="C"))
        for twin, country in zip(twins, (one_country, other_country), strict=True)
    ]

    assert told[0] == told[1]
    assert one.scores() == other.scores()
    # Not because all are alike, or because the countries never came in.
    assert len(probabilities(told[0])) > 20
    assert one.plate_countries() != other.plate_countries()
    assert set(one.plate_countries()) == set(other.plate_countries()) == countries()


def test_a_plate_in_the_style_of_another_country_changes_no_byte_of_an_answer(
    twins: tuple[Twin, Twin],
) -> None:
    told = [
        twin.answers(of_kinds(range(20), plate=plate, plate_country=country, name="P"))
        for twin, plate, country in (
            (twins[0], unseen, one_country),
            (twins[1], foreign, other_country),
        )
    ]

    assert told[0] == told[1]
    assert twins[0].scores() == twins[1].scores()
    assert len(probabilities(told[0])) > 10


def test_the_country_of_a_plate_changes_no_byte_of_an_explanation(
    twins: tuple[Twin, Twin],
) -> None:
    for number in range(len(KINDS)):
        explained = [
            twin.explanation(
                crossing(number, number, plate=macedonian, plate_country=country, name="E")
            )
            for twin, country in zip(twins, (one_country, other_country), strict=True)
        ]

        assert explained[0] == explained[1]
