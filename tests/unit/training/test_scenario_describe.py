"""The page about a drawn period: whole, true to the truth, safe to open, and readable."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from features.errors import VardarError
from training.scenario.describe import files as describe_files
from training.scenario.describe import truth as describe_truth
from training.scenario.describe import words as describe_words
from training.scenario.describe.files import load_drawn
from training.scenario.describe.map import crossing_places
from training.scenario.describe.outcomes import read_outcomes
from training.scenario.describe.report import report
from training.scenario.describe.sheets import read_sheets
from training.scenario.describe.signals import SIGNALS
from training.scenario.describe.truth import Truth, count_truth
from training.scenario.files.draw import draw
from training.scenario.files.truth import STRATA
from training.scenario.office.control import RESULTS
from training.scenario.profile import load_profile
from training.scenario.typologies import CODES

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow

SECTIONS = (
    "drawn", "map", "season", "hours", "mix", "rates", "controls", "delay", "signs", "oracle",
)  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of the page: its tags with attributes, and its tables by title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._title, self._rows, self._words = "", list[list[str]](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._words = ""
        if tag == "table":
            self._rows = self.tables[self._title] = []
        if tag == "tr":
            self._rows.append([])

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "summary":
            self._title = self._words
        if tag in ("th", "td"):
            self._rows[-1].append(self._words)

    def table(self, start: str) -> dict[str, list[str]]:
        """The rows below the heading of the table whose title starts so, by their first cell."""
        rows = next(rows for title, rows in self.tables.items() if title.startswith(start))
        return {row[0]: row[1:] for row in rows[1:]}


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("period")
    profile = dataclasses.replace(load_profile("demo"), days=45, movements=12_000)
    draw(profile, seed=5, out=out, processes=1)
    return out


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth" / "truth.parquet")


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return report(folder)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copied"))


def counted(folder: Path) -> Truth:
    drawn = load_drawn(folder)
    posts = tuple(place.id for place in crossing_places({}))
    return count_truth(drawn, posts=posts, inspected=pa.array([], pa.string()))


def test_every_question_has_a_section_with_how_to_read_it_pictures_and_numbers(
    html: str, page: Page
) -> None:
    sections = dict(re.findall(r'<section id="(\w+)">(.*?)</section>', html, flags=re.DOTALL))
    assert tuple(sections) == SECTIONS
    for name, section in sections.items():
        assert "How to read it:" in section
        assert 'class="caption"' in section
        assert "<table>" in section
        assert ("<svg" in section) == (name != "drawn")
    linked = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert linked == {f"#{name}" for name in SECTIONS}


def test_the_page_fetches_nothing_and_runs_nothing(html: str, page: Page) -> None:
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attrs in page.tags:
        assert not attrs.keys() & {"src", "srcset", "xlink:href", "action"}
        assert not any(name.startswith("on") for name in attrs)
        assert (attrs.get("href") or "#").startswith("#")
    for outside in ("http:", "https:", "url(", "@import", "//"):
        assert outside not in html


def test_every_picture_says_in_words_what_it_is(page: Page) -> None:
    pictures = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(pictures) > 20
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in pictures)


def test_movements_are_those_of_the_truth(page: Page, truth: pd.DataFrame) -> None:
    by_post = {row[0]: number(row[2]) for row in page.table("All posts").values()}
    assert {post: n for post, n in by_post.items() if n} == dict(truth["post"].value_counts())
    classes = {name: number(row[0]) for name, row in page.table("Classes").items()}
    assert classes == {
        describe_words.STRATUM[s]: int((truth["stratum"] == s).sum()) for s in STRATA
    }


def test_weeks_hold_the_movements_of_their_days(page: Page, truth: pd.DataFrame) -> None:
    weeks = page.table("Movements by week")
    day = truth["event_at"].dt.date
    for first, row in weeks.items():
        start = pd.Timestamp(first).date()
        inside = truth[(day >= start) & (day < start + pd.Timedelta(days=7))]
        assert list(map(number, row)) == [int((inside["stratum"] == s).sum()) for s in STRATA]
    assert len(weeks) == 45 // 7


def test_what_is_carried_is_that_of_the_truth(page: Page, truth: pd.DataFrame) -> None:
    rows = page.table("The behaviours")
    for code in CODES:
        if code:
            told = rows[f"{code} {describe_words.TYPOLOGY[code]}"]
            assert list(map(number, told)) == [
                int((truth["typology_arms"] == code).sum()),
                int((truth["typology_smuggling"] == code).sum()),
                int((truth["behaviour"] == code).sum()),
            ]
    freight = truth[truth["stratum"] == "freight"]
    row = page.table("Rates")["Arms: freight declarations"]
    assert number(row[1]) == freight["carries_arms"].sum()
    assert float(row[2]) == pytest.approx(1e4 * freight["carries_arms"].mean(), abs=0.005)


def test_inspections_are_counted_once_by_their_latest_result(folder: Path, page: Page) -> None:
    raw = pd.read_csv(folder / "inspections.csv", dtype=str, keep_default_na=False)
    whole = raw[raw["outcome"].isin(RESULTS) & (raw["control_no"] != "")]
    latest = whole.sort_values("version").drop_duplicates("control_no", keep="last")
    told = {name: number(row[0]) for name, row in page.table("Results").items()}
    assert told == {describe_words.RESULT[r]: int((latest["outcome"] == r).sum()) for r in RESULTS}
    planted = load_drawn(folder).planted["inspections"]
    dirt = ("duplicates", "malformed", "second_versions")
    assert len(latest) == planted["lines"] - sum(planted[k] for k in dirt)


def test_the_oracle_ranks_by_true_risk(page: Page, truth: pd.DataFrame) -> None:
    crossings = truth[truth["kind"] == "crossing"].sort_values("true_risk_smuggling")
    riskiest = crossings.tail(round(0.03 * len(crossings)))
    exact = riskiest["carries_people"].sum() / crossings["carries_people"].sum()
    told = page.table("Found at best")["Crossings: people smuggling"][2]
    assert float(told.rstrip(" %\xa0")) == pytest.approx(100 * exact, abs=1.5)


def test_reading_in_small_pieces_changes_no_count_and_no_signal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe_truth, "SAMPLE", 1_000)
    drawn, whole = load_drawn(folder), counted(folder)
    signals = read_sheets(drawn, whole.sample).signals
    outcomes = read_outcomes(drawn)

    monkeypatch.setattr(describe_files, "_BLOCK", 20_000)
    monkeypatch.setattr(describe_files, "_ROWS", 777)

    pieces = counted(folder)
    for name in ("by_post", "by_day", "by_hour", "by_typology", "by_risk", "carrying_by_risk"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))
    assert pieces.sample.number.equals(whole.sample.number)
    for name, values in read_sheets(drawn, whole.sample).signals.items():
        np.testing.assert_array_equal(values, signals[name])
    np.testing.assert_array_equal(read_outcomes(drawn).result, outcomes.result)


def test_the_sample_holds_whatever_carries_and_evenly_of_the_rest(
    folder: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe_truth, "SAMPLE", 1_000)
    sample = counted(folder).sample
    carries = truth["carries_arms"] | truth["carries_people"]
    every = math.ceil(len(truth) / 1_000)
    wanted = truth[carries | (np.arange(len(truth)) % every == 0)]
    assert sample.number.to_pylist() == wanted["source_record_id"].tolist()


def test_signals_are_what_the_lines_say(folder: Path) -> None:
    sample = counted(folder).sample
    signals = read_sheets(load_drawn(folder), sample).signals
    assert set(signals) == {signal.name for signal in SIGNALS}

    raw = pd.read_csv(folder / "crossings.csv", dtype=str, keep_default_na=False)
    good = raw[raw["passed_at"].str.startswith("20") & (raw["passage_no"] != "")]
    good = good.drop_duplicates("passage_no", keep="last").copy()
    good["at"] = pd.to_datetime(good["passed_at"], utc=True)
    good = good.sort_values("at").set_index("passage_no")
    gap = good.groupby("plate")["at"].diff().dt.total_seconds() / 3600
    weights = good[["weight_kg", "empty_kg", "load_kg"]].apply(pd.to_numeric, errors="coerce")
    beyond = weights["weight_kg"] - weights["empty_kg"] - weights["load_kg"].fillna(0)
    for name, expected in (("hours_since", gap.where(gap > 0)), ("kg_beyond", beyond)):
        here = expected.reindex(sample.number.to_pylist()).to_numpy()
        np.testing.assert_allclose(signals[name], here)
        assert np.isfinite(here).sum() > 500


def test_lines_no_reader_can_split_are_left_out(copied: Path, html: str) -> None:
    for name in ("consignments", "crossings", "inspections"):
        with (copied / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("a,line,that,stops\n")

    assert report(copied) == html


def test_words_from_the_files_are_text_and_nothing_else(copied: Path) -> None:
    facts = copied / "truth" / "scenario.json"
    stored = json.loads(facts.read_text("utf-8"))
    stored["profile"]["name"] = "<script>alert('x')</script>&"
    stored["profile"]["shocks"]["post_closes"] = "<b>"
    stored["planted"]["<i>"] = stored["planted"]["crossings"]
    facts.write_text(json.dumps(stored), encoding="utf-8")
    goods = copied / "consignments.csv"
    table = pacsv.read_csv(goods).to_pandas()
    table["border_mode"] = '<img src="x">'
    table.to_csv(goods, index=False)

    html = report(copied)

    tags = [tag for tag, _ in Page(html).tags]
    assert not {"script", "i", "img"} & set(tags)
    assert tags.count("b") == len(SECTIONS)
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;" in html
    assert html.count("&lt;img src=&quot;x&quot;&gt;") >= 2


def test_a_day_without_outcomes_or_finds_is_described_all_the_same(tmp_path: Path) -> None:
    profile = dataclasses.replace(load_profile("demo"), days=1, movements=30, rate_multiplier=0)
    draw(profile, seed=1, out=tmp_path, processes=1)

    html = report(tmp_path)

    assert re.findall(r'<section id="(\w+)">', html) == list(SECTIONS)
    assert not re.search(r"\b(nan|inf)\b", html, flags=re.IGNORECASE)
    assert "Nothing was carried" in html


def test_what_changes_on_a_date_is_told_beside_the_seasons(copied: Path) -> None:
    facts = copied / "truth" / "scenario.json"
    stored = json.loads(facts.read_text("utf-8"))
    stored["profile"]["shocks"]["smuggling_falls"] = "2026-03-20"
    facts.write_text(json.dumps(stored), encoding="utf-8")

    assert report(copied).count("People smuggling falls (2026-03-20)") == 2


@pytest.mark.parametrize("lacking", ["truth/scenario.json", "truth/truth.parquet", "crossings.csv"])
def test_a_folder_without_a_whole_period_says_how_to_draw_one(copied: Path, lacking: str) -> None:
    (copied / lacking).unlink()

    with pytest.raises(VardarError, match=rf"{Path(lacking).name}.*vardar scenario draw"):
        report(copied)


def test_a_file_of_another_shape_is_named(copied: Path) -> None:
    (copied / "crossings.csv").write_text("passage_no,plate\nP1,X\n", encoding="utf-8")

    with pytest.raises(VardarError, match=r"crossings\.csv"):
        report(copied)
