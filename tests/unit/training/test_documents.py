"""Documents tell what the run knows, as it is, with its hash, and nothing twice in two ways."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from features.banned import BANNED_FIELDS
from features.records.reference import REFERENCE
from models.champion import write_pointer
from models.errors import PointerRefusedError
from models.heads import load_head, save_head
from models.signature import create_signing_key
from tests.documents import DEMO, HOSTILE, Page, a_deployment_file, a_run
from training.documents.building import DOCUMENTS, build_documents
from training.documents.evaluation_file import ReportRefused
from training.documents.facts import Sources
from training.gate.verdicts import Check

#: Each builds documents anew, from heads fitted for it.
pytestmark = pytest.mark.slow

NAME = "crossing-smuggling"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return a_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def built(run: Sources) -> dict[str, bytes]:
    return build_documents(run, DEMO, as_of=None)


@pytest.fixture
def own(run: Sources, tmp_path: Path) -> Sources:
    """A copy of the run that a test may change."""
    copytree(run.models.parent, tmp_path / "run")
    return Sources(tmp_path / "run/models", tmp_path / "run/reports", tmp_path / "run/params.yaml")


def signed(own: Sources) -> tuple[Sources, str]:
    home = own.models.parent
    key = create_signing_key(home / "signing.key")
    manifest = load_head(own.models / NAME, manifest_sha256=None).manifest_sha256 or ""
    digest = write_pointer(own.models, heads={NAME: manifest}, key=key, version="v-7")
    trusted = (home / "signing.key.pub",)
    return dataclasses.replace(own, home=home, trusted=trusted), digest


def told_by(sources: Sources, name: str) -> Page:
    """One document as a page, with the demo's deployment."""
    return Page(build_documents(sources, DEMO, as_of=None, names=[name])[f"{name}.html"])


def texts(files: dict[str, bytes]) -> Iterator[str]:
    return (content.decode() for content in files.values())


def reported(run: Sources) -> list[dict[str, Any]]:
    read = json.loads((run.reports / "evaluation.json").read_bytes())
    results: list[dict[str, Any]] = read["results"]
    return results


def reported_as(own: Sources, results: list[dict[str, Any]]) -> None:
    (own.reports / "evaluation.json").write_text(json.dumps({"results": results}), "utf-8")


def test_each_document_comes_as_markdown_and_as_a_page(built: dict[str, bytes]) -> None:
    assert built.keys() == {f"{name}.{end}" for name in DOCUMENTS for end in ("md", "html")}


def test_the_same_files_give_the_same_bytes(run: Sources, built: dict[str, bytes]) -> None:
    assert build_documents(run, DEMO, as_of=None) == built


def test_a_document_says_as_of_when_it_speaks(run: Sources, built: dict[str, bytes]) -> None:
    told = build_documents(run, DEMO, as_of=NOON)

    assert all("2026-07-01 12:00 UTC" in text for text in texts(told))
    assert all("no clock was read" in text for text in texts(built))


def test_every_document_bears_the_hash_of_the_signed_pointer(own: Sources) -> None:
    sources, digest = signed(own)

    told = build_documents(sources, DEMO, as_of=None)

    assert sha256((own.models / "champion.json").read_bytes()).hexdigest() == digest
    assert all(digest in text for text in texts(told))


def test_without_a_pointer_the_manifests_are_hashed_and_nobody_is_said_to_have_signed(
    built: dict[str, bytes], run: Sources
) -> None:
    manifest = sha256((run.models / NAME / "manifest.json").read_bytes()).hexdigest()

    assert manifest in built["model-card.md"].decode()
    assert all("nobody, as far as these files say" in text for text in texts(built))


def test_a_pointer_that_was_altered_is_not_told_about(own: Sources) -> None:
    sources, _ = signed(own)
    pointer = own.models / "champion.json"
    pointer.write_bytes(pointer.read_bytes().replace(b"v-7", b"v-8"))

    with pytest.raises(PointerRefusedError, match="altered"):
        build_documents(sources, DEMO, as_of=None)


def test_markdown_and_page_have_the_same_headings(built: dict[str, bytes]) -> None:
    for name in DOCUMENTS:
        lines = built[f"{name}.md"].decode().splitlines()
        headings = [re.sub(r"\\(.)", r"\1", x.lstrip("# ")) for x in lines if x.startswith("#")]

        assert Page(built[f"{name}.html"]).headings == headings
        assert len(headings) > 9


def test_a_page_asks_for_nothing_and_runs_nothing(built: dict[str, bytes]) -> None:
    for name in DOCUMENTS:
        page = Page(built[f"{name}.html"])

        assert not set(page.tags) & {"script", "link", "img", "iframe", "object", "form", "base"}
        targets = [value for tag, value in page.attributes if tag in ("href", "src", "srcset")]
        assert targets
        assert all(target.startswith("#") for target in targets)
        assert "url(" not in built[f"{name}.html"].decode()
        assert "@import" not in built[f"{name}.html"].decode()
        assert not [attribute for attribute, _ in page.attributes if attribute.startswith("on")]


def test_the_contents_lead_to_headings(built: dict[str, bytes]) -> None:
    for name in DOCUMENTS:
        page = Page(built[f"{name}.html"])
        ids = [value for attribute, value in page.attributes if attribute == "id"]
        targets = [value[1:] for attribute, value in page.attributes if attribute == "href"]

        assert len(ids) == len(set(ids))
        assert set(targets) <= set(ids)


def test_figures_are_those_of_the_evaluation(run: Sources, built: dict[str, bytes]) -> None:
    told = set(Page(built["model-card.html"]).cells)
    figures = [
        figure
        for result in reported(run)
        if result["sufficient"]
        for figure in result["figures"].values()
        if None not in figure.values()
    ]

    assert len(figures) > 30
    for of in figures:
        assert f"{of['value']:.4g} ({of['low']:.4g} to {of['high']:.4g})" in told


def test_a_figure_with_too_few_hits_is_printed_as_insufficient(own: Sources) -> None:
    results = [r for r in reported(own) if (r["part"], r["view"]) == ("all", "naive")]
    few = [r | {"sufficient": False, "effective_hits": 3.0} for r in results]
    reported_as(own, few)

    page = told_by(own, "model-card")

    head = next(r for r in few if r["who"] == "head")
    printed = f"{head['figures']['auc']['value']:.4g} ("
    assert page.cells.count("insufficient") >= len(head["figures"])
    assert not [cell for cell in page.cells if cell.startswith(printed)]


def test_a_small_group_is_named_and_called_insufficient(own: Sources) -> None:
    unknown = {"value": None, "low": None, "high": None}
    group = {
        "kind": "post", "name": "Quiet Post", "movements": 31, "inspected": 2, "hits": 1,
        "mean_probability": 0.01, "selected": 1.0, "hit_rate": unknown, "precision": unknown,
        "sufficient": False,
    }  # fmt: skip
    results = [r | {"groups": [group]} for r in reported(own)]
    reported_as(own, results)

    cells = told_by(own, "model-card").cells

    row = cells[cells.index("Quiet Post") :][:6]
    assert row == ["Quiet Post", "31", "2", "fewer than 5", "0.01", "insufficient"]


def test_figures_of_another_head_are_not_told_as_this_ones(own: Sources) -> None:
    sources, _ = signed(own)
    later = load_head(own.models / NAME, manifest_sha256=None)
    card = later.card.model_copy(update={"version": "later"})
    save_head(dataclasses.replace(later, card=card), own.models / NAME)

    told = told_by(sources, "model-card").text

    figures = next(r for r in reported(own) if r["who"] == "head")["figures"]
    assert "about heads that training wrote later than this one" in told
    assert f"{figures['auc']['value']:.4g}" not in told


def test_a_head_without_a_model_says_why(built: dict[str, bytes]) -> None:
    assert "7 hits were known." in Page(built["model-card.html"]).text


def test_what_is_never_used_is_listed_in_full(built: dict[str, bytes]) -> None:
    refused = yaml.safe_load((REFERENCE / "deny_list.yaml").read_text("utf-8"))["names"]
    for name in DOCUMENTS:
        cells = Page(built[f"{name}.html"]).cells

        assert set(BANNED_FIELDS) <= set(cells)
        assert {attribute.replace("_", " ") for attribute in refused} <= set(cells)


def test_every_column_of_the_head_is_in_the_annex(run: Sources, built: dict[str, bytes]) -> None:
    card = load_head(run.models / NAME, manifest_sha256=None).card
    cells = set(Page(built["technical-documentation.html"]).cells)

    assert set(card.column_names) <= cells


def test_annex_iv_is_numbered_as_the_law_numbers_it(built: dict[str, bytes]) -> None:
    headings = Page(built["technical-documentation.html"]).headings

    assert [h[0] for h in headings if re.match(r"\d\. ", h)] == list("123456789")
    for number, letters in ((1, "abcdefgh"), (2, "abcdefgh")):
        assert [h[2] for h in headings if re.match(rf"{number}\(\w\) ", h)] == list(letters)


def test_capacities_of_posts_are_told(run: Sources) -> None:
    written = DEMO.with_name("capacities.yaml")
    posts = yaml.safe_load(written.read_text("utf-8"))["posts"]

    page = told_by(dataclasses.replace(run, capacities=written), "technical-documentation")

    for post, capacity in posts.items():
        assert page.cells[page.cells.index(post) + 1] == f"{capacity['inspections']:g}"


def test_what_is_not_there_is_said_to_be_missing(built: dict[str, bytes]) -> None:
    told = built["technical-documentation.md"].decode()

    assert "No record of the gate was found for this model." in told
    assert "No report of a watch was found." in told
    assert "No fairness audit was found" in told


def passed(own: Sources, digest: str, *checks: Check, verdict: str = "passed") -> None:
    """A record of the gate about a challenger, as the gate keeps it."""
    record = {
        "format": 1, "verdict": verdict, "reasons": ["posts: harm at P-3"], "accepted": [],
        "accept_reason": None, "asked_at": "2026-07-02T08:00:00+00:00", "window": "30 days",
        "challenger": {"sha256": digest, "version": f"v-{digest[:3]}", "signer": "a key"},
        "checks": [dataclasses.asdict(check) for check in checks],
    }  # fmt: skip
    folder = own.models.parent / "gate"
    folder.mkdir(exist_ok=True)
    (folder / f"{digest}.json").write_text(json.dumps(record), "utf-8")


def test_what_the_gate_said_of_this_model_is_told_check_by_check(own: Sources) -> None:
    sources, digest = signed(own)
    rates = Check(
        "selection rates", NAME, "insufficient", "One country is too small.", {},
        ({"country": "XY", "movements": 12, "ratio": None},),
    )  # fmt: skip
    passed(own, digest, Check("value", NAME, "ok", "It finds as many."), rates)

    page = told_by(sources, "technical-documentation")

    at = page.cells.index("selection rates")
    assert page.cells[at : at + 4] == [
        "selection rates", "crossing, smuggling", "insufficient", "One country is too small.",
    ]  # fmt: skip
    row = page.cells[page.cells.index("XY") :][:3]
    assert row == ["XY", "12", "not known"]
    assert "It finds as many." in page.cells
    assert "No record of the gate was found" not in page.text
    assert "No fairness audit was found" not in page.text


def test_a_record_about_another_challenger_is_not_this_models(own: Sources) -> None:
    sources, _ = signed(own)
    passed(own, "f" * 64, Check("value", NAME, "refused", "Fewer finds."), verdict="refused")

    page = told_by(sources, "technical-documentation")

    assert "No record of the gate was found for this model." in page.text
    assert page.cells[page.cells.index("v-fff") + 2] == "posts: harm at P-3"


def test_the_watch_is_told_by_its_metrics_and_its_proposal(own: Sources) -> None:
    sources, _ = signed(own)
    watch = own.models.parent / "watch"
    watch.mkdir()
    (watch / "watch.prom").write_text('# HELP a\nvardar_hits{head="x"} 31\nvardar_rate NaN\n')
    (watch / "random_share.json").write_text(json.dumps({"random_share": 0.15}), "utf-8")
    (watch / "acknowledged.json").write_text(json.dumps([{"by": "N. N."}]), "utf-8")

    page = told_by(sources, "technical-documentation")

    assert page.cells[page.cells.index('vardar_hits{head="x"}') + 1] == "31"
    assert page.cells[page.cells.index("vardar_rate") + 1] == "not known"
    assert page.cells[page.cells.index("random share") + 1] == "0.15"
    assert page.cells[page.cells.index("1: by") + 1] == "N. N."
    assert "No report of a watch was found" not in page.text


@pytest.mark.parametrize("content", ["{", "1"])
def test_a_record_that_cannot_be_read_is_named(own: Sources, content: str) -> None:
    (own.reports / "watch.json").write_text(content, "utf-8")

    with pytest.raises(ReportRefused, match=r"watch\.json"):
        build_documents(own, DEMO, as_of=None)


def test_a_record_of_the_gate_that_cannot_be_read_is_named(own: Sources) -> None:
    sources, digest = signed(own)
    passed(own, digest)
    file = own.models.parent / "gate" / f"{digest}.json"
    file.write_bytes(file.read_bytes().replace(b"verdict", b"ver"))

    with pytest.raises(ReportRefused, match="verdict"):
        build_documents(sources, DEMO, as_of=None)


def test_no_value_is_obeyed_as_markup(own: Sources, tmp_path: Path) -> None:
    sources, _ = signed(own)
    (own.models.parent / "watch.json").write_text(json.dumps({HOSTILE: HOSTILE}), "utf-8")
    changes: dict[str, Any] = dict.fromkeys(
        ("deployment.name", "controller.name", "legal_basis.law", "rights.complaint"), HOSTILE
    )
    changes |= {"purpose.risks": {"arms": HOSTILE, "smuggling": HOSTILE}}

    told = build_documents(sources, a_deployment_file(tmp_path, changes), as_of=None)
    plain = build_documents(sources, a_deployment_file(tmp_path), as_of=None)

    for name in DOCUMENTS:
        page, without = Page(told[f"{name}.html"]), Page(plain[f"{name}.html"])
        assert page.tags == without.tags
        assert len(page.headings) == len(without.headings)
        assert HOSTILE in page.text
        assert "<script" not in told[f"{name}.md"].decode().replace(r"\<script", "")
