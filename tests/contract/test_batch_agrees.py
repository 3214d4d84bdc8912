"""Scores of a whole export at once are those the service gave, and its integers can be verified."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from features.engines import Engine
from features.ledger.connection import writing
from features.ledger.export import export, load_features
from features.ledger.packing import pack_integers, unpack_integers
from features.table import write_table
from models.batch import score_folder
from models.errors import HeadRefusedError
from serving.deployment import Deployment
from serving.verifying import NoScores, latest_day, verify
from serving.work import Scored
from tests.deployments import a_home, deployed
from tests.histories import a_random_history
from vardar import app


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


@pytest.mark.slow
def test_a_batch_says_of_every_movement_what_the_service_said(
    here: Deployment, tmp_path: Path
) -> None:
    served = list(a_random_history(here, records=60, seed=5))
    export(here.ledger, tmp_path / "events")
    told = {}
    for subject in ("consignment", "crossing"):
        for row in batch(here, tmp_path, subject).to_pylist():
            told[row["u"], row["risk"]] = (row["margin"], row["score"], row["band"])

    compared = 0
    for one in served:
        for risk in one.score.heads:
            margin, said = (
                one.score.answer["basis"]["margins"][risk],
                one.score.answer["risks"][risk],
            )
            assert told[one.score.u, risk] == (margin, said.get("probability"), said.get("band"))
            compared += 1
    assert compared > 40


@pytest.mark.slow
def test_a_month_that_was_scored_is_not_scored_again_unless_its_integers_changed(
    here: Deployment, tmp_path: Path
) -> None:
    list(a_random_history(here, records=6, seed=5))
    export(here.ledger, tmp_path / "events")
    before = batch(here, tmp_path, "consignment")
    (file,) = (tmp_path / "scores").glob("consignment-*.parquet")
    stamp = file.stat().st_mtime_ns

    assert batch(here, tmp_path, "consignment").equals(before)
    assert file.stat().st_mtime_ns == stamp

    list(a_random_history(here, records=12, seed=6))
    export(here.ledger, tmp_path / "events")
    assert batch(here, tmp_path, "consignment").num_rows > before.num_rows


def test_a_batch_refuses_heads_of_other_features(here: Deployment, tmp_path: Path) -> None:
    heads = {risk: head for (_, risk), head in here.scoring.assessor.heads.items()}
    features = here.ledger.features.__class__(("depot",))

    with pytest.raises(HeadRefusedError, match="train it anew"):
        score_folder(tmp_path, tmp_path / "out", subject="crossing", heads=heads, features=features)


@pytest.mark.slow
def test_a_days_served_integers_are_derived_anew_without_one_difference(here: Deployment) -> None:
    served = list(a_random_history(here, records=40, seed=9))

    verified = verify(here.ledger, day=latest_day(here.ledger), sample=1000, seed=1)

    assert verified.scored == verified.checked == len(served)
    assert verified.cells > 100 * len(served)
    assert verified.differing == ()


@pytest.mark.slow
def test_one_altered_cell_of_a_served_vector_is_named(here: Deployment) -> None:
    served = list(a_random_history(here, records=12, seed=9))
    name = alter_one_cell(here, served[-1])

    verified = verify(here.ledger, day=latest_day(here.ledger), sample=1000, seed=1)

    (cell,) = verified.differing
    assert (cell.u, cell.name) == (served[-1].score.u, name)
    assert (cell.expected, cell.found) == (days_of(served[-1]) + 1, days_of(served[-1]))


def test_a_day_without_scores_is_said_to_have_none(here: Deployment) -> None:
    with pytest.raises(NoScores, match="Nothing has been scored"):
        latest_day(here.ledger)


def test_a_day_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    settings = a_home(tmp_path)

    ended = CliRunner().invoke(
        app, ["verify-features", "--day", "soon", "--home", str(settings.home)]
    )

    assert "soon is not a day" in str(ended.exception)


@pytest.mark.slow
def test_a_table_as_of_a_moment_holds_what_was_known_before_it(
    here: Deployment, tmp_path: Path
) -> None:
    served = list(a_random_history(here, records=30, seed=7))
    cut = served[len(served) // 2].score.u
    moment = datetime.fromtimestamp(cut / 1e6, UTC).isoformat()
    home, out = str(here.settings.home), tmp_path / "then"

    ended = CliRunner().invoke(app, ["features", str(out), "--home", home, "--as-of", moment])

    assert ended.exit_code == 0, ended.output
    told = {
        row["u"]: row
        for file in out.glob("*-20*.parquet")
        for row in pq.read_table(file).to_pylist()
    }
    before = [one for one in served if one.score.u < cut]
    assert len(before) > 5
    assert {one.score.u for one in before} == set(told)
    for one in before:
        names = here.ledger.features.integer_names[one.score.subject]
        assert [told[one.score.u][name] for name in names] == unpack_integers(one.score.integers)


@pytest.mark.slow
def test_the_score_command_scores_an_export(here: Deployment, tmp_path: Path) -> None:
    served = list(a_random_history(here, records=12, seed=8))
    export(here.ledger, tmp_path / "events")
    folders = [str(tmp_path / "events"), str(tmp_path / "out")]
    settings = ["--home", str(here.settings.home), "--models", str(here.settings.models)]

    ended = CliRunner().invoke(app, ["score", *folders, *settings])

    assert ended.exit_code == 0, ended.output
    scores = [pq.read_table(file) for file in (tmp_path / "out").glob("*-20*.parquet")]
    assert sum(table.num_rows for table in scores) == sum(len(one.score.heads) for one in served)


def test_an_engine_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    deployed(settings)

    ended = CliRunner().invoke(
        app, ["features", str(tmp_path / "t"), "--home", str(settings.home), "--engine", "flink"]
    )

    assert "There is no engine flink" in str(ended.exception)


def batch(here: Deployment, folder: Path, subject: str) -> pa.Table:
    events, tables, out = folder / "events", folder / "tables", folder / "scores"
    features = load_features(events)
    write_table(events, tables, features, subject, engine=Engine(threads=1))
    heads = {risk: h for (of, risk), h in here.scoring.assessor.heads.items() if of == subject}
    scored = score_folder(tables, out, subject=subject, heads=heads, features=features)
    table = pa.concat_tables([pq.read_table(file) for file in scored.files])
    assert table.num_rows == scored.rows
    return table


def alter_one_cell(here: Deployment, served: Scored) -> str:
    """Adds one to an integer that was stored with the score, and says which."""
    names = here.ledger.features.integer_names[served.score.subject]
    values = unpack_integers(served.score.integers)
    place = names.index("today")
    values[place] += 1
    with writing(here.ledger.engine) as connection:
        connection.exec_driver_sql("DROP TRIGGER scores_refuses_update")
        connection.execute(
            text("UPDATE scores SET integers = :packed WHERE score_id = :score_id"),
            {"packed": pack_integers(values), "score_id": served.score.score_id},
        )
    return names[place]


def days_of(served: Scored) -> int:
    """The UTC day number on which a score was given."""
    return served.score.u // 86_400_000_000
