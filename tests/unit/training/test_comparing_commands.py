"""Report and months are commands on what the pipeline has made, and can be interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner, Result

from features.errors import VardarError
from tests.movements import FEATURES, crossings, outcomes, params
from training.heads import train_head
from training.store import save_trained
from vardar import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pipeline leaves, for a hundred days of crossings, and a parameter file."""
    made = tmp_path_factory.mktemp("pipeline")
    movements = crossings()
    known = outcomes(movements).assign(
        kind="inspection", control_level="dog", takes_back=None
    )  # fmt: skip
    (made / "data/events").mkdir(parents=True)
    (made / "data/features").mkdir()
    table = pa.Table.from_pandas(known, preserve_index=False)
    place = table.column_names.index("takes_back")
    table = table.set_column(place, "takes_back", pa.nulls(len(table), pa.int64()))
    pq.write_table(table, made / "data/events/events-2024-10.parquet")
    pq.write_table(movements, made / "data/features/crossing.parquet")
    (made / "data/events/features.json").write_text(json.dumps(FEATURES.to_json()))
    asked = params()
    (made / "params.yaml").write_text(yaml.safe_dump(asked.model_dump(mode="json")))
    head = train_head(
        movements, known, features=FEATURES, subject="crossing", risk="smuggling", params=asked,
        texts={},
    )  # fmt: skip
    save_trained({"crossing-smuggling": head}, made / "models")
    return made


def run(folder: Path, command: str, *words: str) -> Result:
    asked = [command, "--params", str(folder / "params.yaml"), "--data", str(folder / "data")]
    return CliRunner().invoke(app, [*asked, *words])


def test_the_report_is_one_page_and_flat_figures(folder: Path, tmp_path: Path) -> None:
    page, figures = tmp_path / "report.html", tmp_path / "figures.json"

    done = run(
        folder, "report", "--models", str(folder / "models"), "--challenger",
        str(folder / "models"), "--page", str(page), "--json", str(figures),
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "<title>Champion and challenger</title>" in page.read_text()
    assert 'class="line challenger"' in page.read_text()
    told = json.loads(figures.read_text())["figures"]
    name = "crossing_smuggling_precision_at_10_challenger"
    assert told[name] == told["crossing_smuggling_precision_at_10"]


@pytest.mark.slow
def test_months_that_were_measured_are_not_measured_again(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "months.json"
    words = ["--reports", str(tmp_path), "--json", str(out)]

    first = run(folder, "prequential", *words)
    assert first.exit_code == 0, first.output
    kept = tmp_path / "prequential"
    written = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    told = out.read_bytes()
    next(iter(sorted(kept.iterdir()))).unlink()
    again = run(folder, "prequential", *words)

    assert again.exit_code == 0
    assert len(written) == 3
    now = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert now.keys() == written.keys()
    assert sum(now[name] == at for name, at in written.items()) == 2
    assert out.read_bytes() == told
    assert (tmp_path / "prequential.html").read_text().count("<svg") == 2


def test_a_head_that_there_is_not_is_refused(folder: Path, tmp_path: Path) -> None:
    done = run(folder, "prequential", "--head", "crossing-gold", "--reports", str(tmp_path))

    assert isinstance(done.exception, VardarError)
    assert "There is no head crossing-gold" in str(done.exception)


def test_a_folder_without_features_says_how_to_make_them(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["prequential", "--params", str(folder / "params.yaml"), "--data", str(tmp_path)]
    )  # fmt: skip

    assert isinstance(done.exception, VardarError)
    assert "dvc repro features" in str(done.exception)
