"""A deployment to measure: a copy of the demo's home, with heads of trees of realistic size.

The demo's own heads are small blends; a peer that serves trees alone could not serve the same. So
both consignment heads are trained anew, on what the demo's heads say of its movements, signed, and
served by all: by Vardar from its ledger, by the peers from ready-made rows.
"""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import lightgbm
import numpy as np
import orjson
import pyarrow.parquet as pq

from features.ledger.keyring import load_keyring
from features.ledger.store import open_ledger
from features.records.check import CheckSettings, check_record
from features.records.mapping import ImportMapping, load_mapping, payloads
from features.records.problems import RecordRefused
from features.spec import Floats
from features.table import matrix
from models.champion import write_pointer
from models.heads import load_head, save_head
from models.levels import LevelCodes
from models.risk_model import RiskModel
from models.signature import load_signing_key, public_path
from models.trees import Trees
from serving.settings import Settings, moment

RISKS = ("arms", "smuggling")
_TRAINED_ON, _LATEST = 4000, 300


@dataclass(frozen=True)
class Home:
    """What is measured.

    Attributes:
        settings: Of Vardar's deployment.
        peers: The folder of the boosters that the peers serve, by risk.
    """

    settings: Settings
    peers: Path


def make_home(
    folder: Path, *, demo: Path, trained: Path, tables: Path, as_if: str, trees: int, leaves: int
) -> Home:
    """Copy the demo's home and give it heads of so many trees of so many leaves.

    Args:
        folder: Where; empty.
        demo: The demo's home.
        trained: The demo's heads.
        tables: The folder of the demo's feature tables.
        as_if: The moment the service's clock starts at.
        trees: Of each head.
        leaves: Of each tree, at most.
    """
    home, models, peers = folder / "home", folder / "models", folder / "peers"
    home.mkdir(parents=True)
    for file in (*demo.glob("ledger.db*"), *demo.glob("s*.key*")):
        shutil.copy(file, home / file.name)
    shutil.copytree(trained, models)
    peers.mkdir()
    for pointer in models.glob("challenger.json*"):
        pointer.unlink()
    signing = home / "signing.key"
    settings = Settings(
        home=home,
        store=f"sqlite:///{home / 'ledger.db'}",
        models=models,
        trusted=(public_path(signing),),
        as_if=moment(as_if),
    )
    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    try:
        features = ledger.features
    finally:
        ledger.close()
    table = pq.read_table(tables / "consignment.parquet")
    table = table.slice(max(0, table.num_rows - _TRAINED_ON))
    manifests = {}
    for risk in RISKS:
        head = load_head(trained / f"consignment-{risk}", manifest_sha256=None)
        X = matrix(table, features.columns("consignment", head.card.target_results))
        grown = _grown(head, X, trees=trees, leaves=leaves)
        manifests[f"consignment-{risk}"] = save_head(grown, models / f"consignment-{risk}")
        assert isinstance(grown.scorer, Trees)
        (peers / f"{risk}.txt").write_text(grown.scorer.text)
    write_pointer(models, heads=manifests, key=load_signing_key(signing), version="benchmark")
    return Home(settings, peers)


def _grown(head: RiskModel, X: Floats, *, trees: int, leaves: int) -> RiskModel:
    """A head of trees that says what another head does of rows (n, f), chance included."""
    margins = head.margins(X)
    # Moved so that a fifth are hits: trees of many leaves need many.
    chance = 1 / (1 + np.exp(np.quantile(margins, 0.8) - margins))
    hits = (np.random.default_rng(1).random(len(X)) < chance).astype(np.float64)
    names = [column.name for column in head.card.columns]
    data = lightgbm.Dataset(
        LevelCodes(head.card.columns).encode(X),
        hits,
        feature_name=names,
        categorical_feature=[j for j, c in enumerate(head.card.columns) if c.categorical],
    )
    settings = {
        "objective": "binary", "num_leaves": leaves, "learning_rate": 0.05, "min_data_in_leaf": 5,
        "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
    }  # fmt: skip
    text = lightgbm.train(settings, data, trees).model_to_string()
    card = head.card.model_copy(update={"kind": "boosted_trees"})
    return replace(head, card=card, scorer=Trees(text), manifest_sha256=None)


def movements(records: Path, mapping: Path, *, now: datetime, name: str) -> Iterator[bytes]:
    """Consignments without end, each new: the demo's last ones over again, as if lodged by now.

    Args:
        records: The demo's consignments.
        mapping: How they are read.
        now: The service's time.
        name: What tells these from other movements.
    """
    bodies = list(_accepted(records, load_mapping(mapping), now))
    for number in count():
        body = bodies[number % len(bodies)]
        yield orjson.dumps(body | {"source_record_id": f"{name}-{number}", "record_version": 1})


def _accepted(records: Path, mapping: ImportMapping, now: datetime) -> Iterator[dict[str, object]]:
    """The last records that no rule refuses: the demo has faulty ones on purpose."""
    source = mapping.input_of(records)
    for line in deque(mapping.lines(records), maxlen=_LATEST):
        try:
            [(kind, body)] = payloads(source, line)
            ago = now - body.pop("known_at")
            shifted = {
                key: value + ago if isinstance(value, datetime) else value
                for key, value in body.items()
            }
            payload = orjson.loads(orjson.dumps(shifted))
            check_record(kind, payload, now=now, settings=CheckSettings())
        except RecordRefused:
            continue
        yield payload
