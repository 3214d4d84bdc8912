"""Why a model abstains reads in the reader's language, whichever rule found it."""

from __future__ import annotations

import numpy as np
import pytest

from features.spec import Floats
from models.card import CardColumn
from models.languages import language
from models.support import SupportCheck, support_of
from tests.heads import a_card

NAMES = ("gross_mass_kg", "net_mass_kg", "package_count", "item_count", "seal_count", "chapter")
SENTENCES = ("Gross mass {value}", "Net mass {value}", "{value}", "{value}", "{value}",
             "Goods of HS chapter {value}")  # fmt: skip
UNITS = ("kg", "kg", "packages", "goods items", "seals", "")


def check() -> SupportCheck:
    """Of 3,000 movements: chapter 2 is light, only chapter 3 has no seals, counts come together."""
    rng = np.random.default_rng(5)
    n = 3000
    chapter = rng.integers(1, 4, n).astype(float)
    heavy = np.where(chapter == 2, 10.0, 1000.0)
    X = np.column_stack([
        rng.uniform(1, 10, n) * heavy, rng.uniform(1, 10, n) * heavy,
        rng.integers(1, 99, n), rng.integers(1, 9, n), rng.integers(0, 5, n), chapter,
    ])  # fmt: skip
    X[chapter == 3, 4] = np.nan
    X[rng.random(n) < 0.1, 2:4] = np.nan
    columns = tuple(
        CardColumn(name=name, sentence=text, unit=unit, reason="all", categorical=name == "chapter")
        for name, text, unit in zip(NAMES, SENTENCES, UNITS, strict=True)
    )
    support = support_of(X, names=NAMES, categorical={"chapter"})
    return SupportCheck(a_card(columns=columns, support=support))


def a_row(**changes: float) -> Floats:
    given = dict.fromkeys(NAMES, 5.0) | {"gross_mass_kg": 5000.0, "net_mass_kg": 5000.0}
    given |= {"chapter": 1.0, "seal_count": 2.0} | changes
    return np.array([[given[name] for name in NAMES]])


@pytest.mark.parametrize(
    ("row", "english", "serbian"),
    [
        pytest.param(
            a_row(gross_mass_kg=9e6),
            "Gross mass kg: 9,000,000 kg lies far outside the records the model learnt from.",
            "Bruto masa u kg: 9.000.000 kg je daleko izvan zapisa iz kojih je model učio.",
            id="far beyond",
        ),
        pytest.param(
            a_row(chapter=77),
            "Chapter: 77 did not occur in the records the model learnt from.",
            "Glava: 77 se ne pojavljuje u zapisima iz kojih je model učio.",
            id="a category nobody had",
        ),
        pytest.param(
            a_row(gross_mass_kg=np.nan, net_mass_kg=np.nan, chapter=np.nan),
            "Too little is known, which is rare: no gross mass kg, no net mass kg, no chapter.",
            "Premalo se zna, što je retko: nema podatka: bruto masa u kg, nema podatka: neto masa "
            "u kg, nema podatka: glava.",
            id="too little",
        ),
        pytest.param(
            a_row(chapter=2),
            "Gross mass kg: 5,000 kg lies far outside the records of chapter 2 the model learnt "
            "from.",
            "Bruto masa u kg: 5.000 kg je daleko izvan zapisa iz kojih je model učio za: glava 2.",
            id="far beyond its category",
        ),
        pytest.param(
            a_row(chapter=3),
            "Seal count: 2 seals is known, though it never was for chapter 3.",
            "Broj plombi: 2 plombe je poznato, iako nikad nije bilo za: glava 3.",
            id="known where it never was",
        ),
        pytest.param(
            a_row(seal_count=np.nan),
            "Seal count is not known, though it always was for chapter 1.",
            "Broj plombi: nije poznato, iako je uvek bilo za: glava 1.",
            id="not known where it always was",
        ),
        pytest.param(
            a_row(package_count=np.nan),
            "Never known so before: no package count, beside what else is told.",
            "Nikad ranije ovako, pored ostalog što je navedeno: nema podatka: broj paketa.",
            id="gaps that never came together",
        ),
    ],
)
def test_an_abstention_reads_in_the_language(row: Floats, english: str, serbian: str) -> None:
    checked = check()

    assert checked.problems(row) == [english]
    assert checked.problems(row, language=language("sr-Latn")) == [serbian]
