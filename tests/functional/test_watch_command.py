"""`vardar watch` on a small deployment: from a signed head and an export to page, metrics, proposal."""

from __future__ import annotations

from pathlib import Path

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner, Result

from models.champion import RulesOnly, write_pointer
from models.heads import save_head
from models.signature import create_signing_key
from tests import movements as season
from tests.watched_seasons import BEGINS, SINCE, a_head, fallen, movements
from training.errors import WatchRefused
from vardar import app


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a signed champion, an export whose finds fall, and its parameters."""
    home = tmp_path_factory.mktemp("home")
    key = create_signing_key(home / "signing.key")
    manifest = save_head(a_head(), home / "trained" / "crossing-smuggling")
    write_pointer(
        home / "trained",
        heads={"crossing-smuggling": manifest},
        key=key,
        version="1",
        rules_only=[
            RulesOnly(subject="crossing", risk="arms", reason="12 hits; a model needs 20.")
        ],
    )
    (home / "features").mkdir()
    pq.write_table(movements(), home / "features" / "crossing.parquet")
    (home / "events").mkdir()
    said = pd.DataFrame(fallen()).assign(kind="inspection", control_level="full_unload")
    said["takes_back"] = pd.array([None] * len(said), dtype="Int64")
    pq.write_table(pa.Table.from_pandas(said), home / "events" / "events-2024-10.parquet")
    (home / "events" / "features.json").write_bytes(orjson.dumps(season.FEATURES.to_json()))
    (home / "params.yaml").write_text(yaml.safe_dump(season.params().model_dump(mode="json")))
    return home


def asked(home: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, [words[0], *words[1:], "--home", str(home), "--models", str(home / "trained")]
    )


def watched(home: Path, *words: str) -> Result:
    return asked(
        home, "watch", "--params", str(home / "params.yaml"), "--events", str(home / "events"),
        "--features", str(home / "features"), "--since", str(SINCE),
        "--out", str(home / "watch.html"), "--json", str(home / "watch.json"), *words,
    )  # fmt: skip


def test_a_fall_ends_in_an_alarm_a_proposal_a_page_and_metrics(office: Path) -> None:
    ended = watched(office)

    assert ended.exit_code == 0, ended.exception
    assert "smuggling: raised" in ended.stdout
    figures = orjson.loads((office / "watch.json").read_bytes())["figures"]
    assert figures["smuggling_alarm_raised"] == 1.0
    proposal = orjson.loads((office / "watch" / "random_share.json").read_bytes())
    assert proposal["random_share"] == 0.3
    assert proposal["retrain"] == ["crossing-smuggling"]
    text = (office / "watch" / "watch.prom").read_text()
    assert {f.name for f in text_string_to_metric_families(text)} > {"vardar_watch_alarm"}
    assert "a model needs 20" in (office / "watch.html").read_text()


def test_the_same_records_give_the_same_page(office: Path) -> None:
    watched(office)
    first = (office / "watch.html").read_bytes(), (office / "watch" / "watch.prom").read_bytes()

    watched(office)

    assert first == ((office / "watch.html").read_bytes(),
                     (office / "watch" / "watch.prom").read_bytes())  # fmt: skip


def test_an_acknowledged_alarm_no_longer_stands(office: Path) -> None:
    ended = asked(
        office, "acknowledge", "smuggling", "--by", "j.doe", "--note", "The route moved",
        "--up-to", str(BEGINS.replace(year=BEGINS.year + 2)),
    )  # fmt: skip

    again = watched(office)

    (office / "watch" / "acknowledged.json").unlink()
    assert ended.exit_code == 0, ended.exception
    assert "smuggling: acknowledged" in again.stdout


def test_a_risk_nobody_looks_for_has_no_alarm_to_acknowledge(office: Path) -> None:
    ended = asked(
        office, "acknowledge", "drugs", "--by", "j.doe", "--note", "x", "--up-to", str(SINCE)
    )

    assert isinstance(ended.exception, WatchRefused)


def test_an_export_without_its_features_is_refused(office: Path) -> None:
    ended = asked(office, "watch", "--params", str(office / "params.yaml"),
                  "--events", str(office / "events"))  # fmt: skip

    assert isinstance(ended.exception, WatchRefused)
    assert "belong together" in str(ended.exception)
