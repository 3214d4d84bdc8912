"""The page compares on its own: nothing fetched, all escaped, a table beside each chart."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.movements import FEATURES, crossings, outcomes, params
from training.comparing import html
from training.comparing.charts import Point, Row, agreement, curves, dots, over_months
from training.comparing.html import estimate, interval
from training.comparing.sections import points_of
from training.evaluate import Result, evaluate_head
from training.heads import TrainedHead, train_head
from training.picture import page

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Nesting(HTMLParser):
    """Every tag is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's own signature
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    movements = crossings()
    known = outcomes(movements)
    residual = movements["weight_residual_kg"].to_numpy()
    path = tmp_path_factory.mktemp("truth") / "truth.parquet"
    typology = ["M1" if i % 3 else "M<2>" for i in range(len(movements))]
    pq.write_table(
        pa.table({
            "source_record_id": movements["source_record_id"],
            "kind": ["crossing"] * len(movements),
            "risk": residual / 1000, "carried": residual > 850,
            "typology_smuggling": typology,
        }),
        path,
    )  # fmt: skip
    asked = params(evaluate={"truth": {
        "path": path, "capacity": 0.1, "risk": {"smuggling": "risk"},
        "carried": {"smuggling": "carried"},
    }})  # fmt: skip
    posts = [f"P<{i % 40}>" for i in range(len(movements))]
    movements = movements.append_column("owner_post", pa.array(posts))
    made = train_head(
        movements, known, features=FEATURES, subject="crossing", risk="smuggling", params=asked,
        texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return evaluate_head(
        made, movements, known, features=FEATURES, events=Path(), params=asked,
        challenger=made.logistic,
    )  # fmt: skip


def test_the_page_is_one_file_that_fetches_nothing(results: list[Result]) -> None:
    made = page(results, [])

    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img| src=", made)
    assert "prefers-color-scheme: dark" in made
    assert '<meta name="viewport"' in made
    nesting = Nesting()
    nesting.feed(made)
    assert nesting.open == []
    assert nesting.faults == []


def test_names_from_records_are_escaped(results: list[Result]) -> None:
    made = page(results, [{"subject": "crossing", "risk": "arms", "reason": "3 < <b>20</b>"}])

    assert "P&lt;1&gt;" in made
    assert "M&lt;2&gt;" in made
    assert "3 &lt; &lt;b&gt;20&lt;/b&gt;" in made
    assert "P<1>" not in made


def test_every_cell_title_and_sentence_is_escaped() -> None:
    made = [
        html.table("<t>", ["<h>"], [["<r>", "<c>"]]),
        html.paragraph("<p>"),
        html.panels([("<f>", "")]),
        html.folded("<s>", ""),
        html.whole_page("<w>", []),
    ]

    for evil in ("<t>", "<h>", "<r>", "<c>", "<f>", "<s>", "<w>"):
        assert not any(evil in part for part in made), evil
    assert "&lt;c&gt;" in made[0]
    assert made[1] == "<p>&lt;p&gt;</p>"


def test_every_ranking_stands_in_charts_and_in_tables(results: list[Result]) -> None:
    made = page(results, [])

    for who in ("head", "challenger", "logistic", "rules", "random", "oracle"):
        assert f'class="line {who}"' in made
        assert f'<th scope="row">{who}</th>' in made


def test_every_post_is_named_and_the_small_ones_are_called_insufficient(
    results: list[Result],
) -> None:
    made = page(results, [])

    for post in range(40):
        row = re.search(rf'<tr><th scope="row">P&lt;{post}&gt;</th>.*?</tr>', made)
        assert row is not None
        assert "insufficient" in row.group()


def test_each_chart_is_told_in_words_and_followed_by_its_table(results: list[Result]) -> None:
    made = page(results, [])

    assert made.count("<svg") >= 6
    for at in (match.start() for match in re.finditer("<svg", made)):
        assert re.match(r'<svg [^>]*role="img" aria-label="[^"]+"', made[at:])
        assert "<table>" in made[at:]


def test_figures_that_too_few_hits_back_stand_as_insufficient(results: list[Result]) -> None:
    robust = next(r for r in results if (r.who, r.view) == ("head", "doubly_robust"))
    told = replace(robust.estimates["hit_rate"], sufficient=False, effective_hits=7.46)

    assert estimate(told) == "insufficient (7.5 effective hits)"
    assert estimate(None) == "-"
    assert interval(0.123, 0.08, 0.17) == "12.3 % (8.0 to 17.0)"
    assert interval(2.5, 1.25, math.inf, as_share=False) == "2.5x (1.2 to any)"
    assert interval(0.123, math.nan, math.nan) == "12.3 % (insufficient)"


def test_curves_run_over_more_capacities_than_are_compared(results: list[Result]) -> None:
    robust = next(r for r in results if (r.who, r.view) == ("head", "doubly_robust"))

    points = points_of(robust, "recall")

    assert [p.x for p in points] == sorted(p.x for p in points)
    assert {0.05, 0.1, 0.2} <= {round(p.x, 6) for p in points}
    assert all(p.y == robust.estimates[f"recall_at_{100 * p.x:g}".replace(".", "_")].value
               for p in points)  # fmt: skip


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - it was drawn by the line before


LINES = {"head": [Point(0.01, 0.1, 0.05, 0.2), Point(0.1, 0.4, 0.3, 0.5)],
         "random": [Point(0.01, 0.01), Point(0.1, 0.1)]}  # fmt: skip


@pytest.mark.parametrize(
    "svg",
    [
        curves(LINES, title="A & <B>", x="x", y="y"),
        agreement(LINES, title="A"),
        dots([Row("M1 <2>", Point(0, 0.3, 0.2, 0.4), {"oracle": 0.5}),
              Row("few", Point(0, math.nan), {})], title="A", x="x"),
        over_months(LINES, ["2026-01", "2026-02"], title="A", y="y"),
    ],
    ids=["curves", "agreement", "dots", "months"],
)  # fmt: skip
def test_charts_are_well_formed_and_stay_inside_their_frame(svg: str) -> None:
    drawn = read(svg)

    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    for shape in drawn.iter():
        for name, most in (("x1", width), ("x2", width), ("cx", width), ("y1", height),
                           ("y2", height), ("cy", height)):  # fmt: skip
            assert 0 <= float(shape.attrib.get(name, 0)) <= most
        for pair in shape.attrib.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_a_higher_share_is_drawn_higher() -> None:
    drawn = read(curves(LINES, title="A", x="x", y="y"))

    line = next(s for s in drawn if s.attrib.get("class") == "line head")
    heights = [float(pair.split(",")[1]) for pair in line.attrib["points"].split()]
    assert heights[0] > heights[1]


def test_a_month_without_a_figure_is_a_gap() -> None:
    lines = {"head": [Point(0, 0.2), Point(1, math.nan), Point(2, 0.3)]}

    drawn = over_months(lines, ["2026-01", "2026-02", "2026-03"], title="A", y="y")

    assert "nan" not in drawn
    assert len(re.findall(r'points="([^"]+)"', drawn)[0].split()) == 2
