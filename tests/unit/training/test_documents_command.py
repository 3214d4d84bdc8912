"""The command and the stage write every document, or name what is missing and write none."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from tests.documents import DEMO, Page, a_deployment_file, a_run
from training.documents.building import DOCUMENTS, build_documents
from training.documents.deployment import DeploymentRefused
from training.documents.facts import Sources
from training.stages import documents
from vardar import app

#: Each builds documents anew, from heads fitted for it.
pytestmark = pytest.mark.slow

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    return a_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def own(run: Sources, tmp_path: Path) -> Sources:
    """A copy of the run that a test may change."""
    copytree(run.models.parent, tmp_path / "run")
    return Sources(tmp_path / "run/models", tmp_path / "run/reports", tmp_path / "run/params.yaml")


def texts(files: dict[str, bytes]) -> Iterator[str]:
    return (content.decode() for content in files.values())


def test_a_draft_names_what_is_missing_at_its_top(run: Sources, tmp_path: Path) -> None:
    file = a_deployment_file(tmp_path, {"controller.contact": "", "capacity.random_share": None})

    told = build_documents(run, file, as_of=None, draft=True)

    for name in DOCUMENTS:
        top, _, rest = Page(told[f"{name}.html"]).text.partition("Not evidence")
        assert "MISSING: controller.contact" in top
        assert "MISSING: capacity.random_share" in top
        assert rest


def test_a_blank_field_fails_the_command_and_writes_nothing(run: Sources, tmp_path: Path) -> None:
    file = a_deployment_file(tmp_path, {"controller.contact": " ", "retention.erasure": None})

    failed = CliRunner().invoke(app, [*_command(run, tmp_path), "--deployment", str(file)])

    assert isinstance(failed.exception, DeploymentRefused)
    assert "controller.contact, retention.erasure" in str(failed.exception)
    assert not (tmp_path / "out").exists()


def test_the_command_writes_every_document(run: Sources, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"

    done = CliRunner().invoke(
        app, [*_command(run, tmp_path), "--as-of", "2026-07-01T12:00:00Z", "--json", str(figures)]
    )

    assert done.exit_code == 0, done.output
    assert "made-up deployment" in done.output
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    posts = dataclasses.replace(run, capacities=DEMO.with_name("capacities.yaml"))
    assert written == build_documents(posts, DEMO, as_of=NOON)
    assert json.loads(figures.read_bytes())["figures"]["files"] == len(written)


def _command(run: Sources, folder: Path) -> list[str]:
    return [
        "documents", "--home", str(folder), "--models", str(run.models),
        "--reports", str(run.reports), "--params", str(run.params), "--out", str(folder / "out"),
        "--lock", str(folder / "none"), "--capacities", str(DEMO.with_name("capacities.yaml")),
    ]  # fmt: skip


def test_the_stage_writes_what_the_run_of_the_pipeline_says(
    own: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run/models").rename(tmp_path / "trained")
    (tmp_path / "models").mkdir()
    (tmp_path / "trained").rename(tmp_path / "models/trained")
    (tmp_path / "run/reports").rename(tmp_path / "reports")
    (tmp_path / "run/params.yaml").rename(tmp_path / "params.yaml")
    (tmp_path / "seeds").symlink_to(DEMO.parent)
    (tmp_path / "data/events").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    documents.main()

    written = {path.name: path.read_bytes() for path in Path("reports/documents").iterdir()}
    assert written.keys() == {f"{name}.{end}" for name in DOCUMENTS for end in ("md", "html")}
    assert all("no clock was read" in text for text in texts(written))
    assert all("no signed pointer was read" in text for text in texts(written))
