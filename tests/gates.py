"""A deployment whose champion is about to be challenged: crossings, finds, plates, keys, heads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from features.ledger import tables
from features.ledger.connection import writing
from features.ledger.export import event_schema
from features.ledger.store import Ledger, open_ledger
from features.registry import FeatureSet
from features.spec import Floats
from features.table import matrix
from models.calibration import Calibration
from models.card import Card, CardColumn
from models.champion import Champion, Role, load_champion, write_pointer
from models.heads import save_head
from models.risk_model import RiskModel
from models.signature import load_signing_key
from models.support import support_of
from models.trees import Trees
from tests.factories import A_KEYRING
from tests.movements import params as training_params
from training.calibrate import calibrate
from training.gate.deciding import Asked, Decision, decide
from training.gate.shadow import run_shadow
from training.gate.signers import create_signer, trusted_keys, trusted_signer
from training.gate.unseen import to_the_end, window_of
from training.labels import Flags
from training.material import Material
from training.params import GateParams, Params
from training.register import signing_key

DAY = 86_400_000_000
FEATURES = FeatureSet()
TARGET = ("persons_concealed",)
START = 20_000 * DAY
TRAINING_DAYS, JUDGING_DAYS = 60, 40
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
POSTS = ("MK-GR-01", "MK-RS-01", "RS-HU-01", "RS-HU-02", "AL-GR-01", "BG-TR-01")
#: A post too small to be looked at alone.
HAMLET = "ME-AL-09"
COUNTRIES = ("RS", "BA", "HR", "MK", "AL")
#: A country of too few plates to be audited alone.
RARE = "IS"


@dataclass(frozen=True, eq=False)
class Season:
    """Made crossings; how much they weigh beyond their load decides over hits.

    Attributes:
        table: Integers, with `queue_minutes` telling the post and `document_check_s` the country.
        hit: What each carries (n,).
        learnt: The rows of the days heads learn from (n,).
    """

    table: pa.Table
    hit: Flags
    post: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    country: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    vehicle: np.ndarray[tuple[int, ...], np.dtype[np.object_]]
    outcomes: pd.DataFrame
    learnt: Flags


@cache
def season(n: int = 20_000, seed: int = 5) -> Season:
    """Crossings of a hundred days; half of them are inspected, by chance alone."""
    rng = np.random.default_rng(seed)
    days = TRAINING_DAYS + JUDGING_DAYS
    u = START + np.sort(rng.integers(0, days * DAY, n)) + np.arange(n)
    posts = np.array([*POSTS, HAMLET], dtype=object)
    at_post = rng.choice(len(posts), n, p=[*[0.99 / len(POSTS)] * len(POSTS), 0.01])
    post = posts[at_post]
    vehicle_of = rng.integers(0, n // 3, n)
    countries = np.array([*COUNTRIES, RARE], dtype=object)
    of_vehicle = countries[
        rng.choice(len(countries), n, p=[*[0.998 / len(COUNTRIES)] * len(COUNTRIES), 0.002])
    ]
    country = of_vehicle[vehicle_of]
    columns: dict[str, Any] = {
        name: rng.integers(0, 20, n) for name in FEATURES.integer_names["crossing"]
    }
    residual = rng.integers(0, 1000, n)
    columns |= {
        "weight_residual_kg": residual,
        "turnaround_minutes": np.full(n, 500),
        "vehicle_class": rng.integers(0, 9, n),
        "queue_minutes": 10 * at_post,
        "document_check_s": 10 * np.unique(country.astype(str), return_inverse=True)[1]
        + rng.integers(0, 4, n),
        "today": u // DAY,
    }
    hit = rng.random(n) < 0.005 + 0.6 * np.clip((residual - 850) / 150, 0, 1)
    inspected = rng.random(n) < 0.5
    own = {
        "u": u,
        "source_system": ["border"] * n,
        "source_record_id": [f"P{i}" for i in range(n)],
        "record_version": np.ones(n, np.int32),
        "event_at": u,
        "owner_post": post,
    }
    table = pa.table(own | columns)
    places = np.flatnonzero(inspected)
    outcomes = pd.DataFrame({
        "u": u[places] + DAY // 2,
        "movement_u": u[places],
        "takes_back": None,
        "source_system": "inspections",
        "source_record_id": [f"I{i}" for i in places],
        "result": np.where(hit[places], TARGET[0], "nothing_found"),
        "selection_reason": "random",
        "selection_propensity": 0.5,
    }).sort_values("u")  # fmt: skip
    vehicle = np.array([f"v{i}" for i in vehicle_of], dtype=object)
    learnt = u < START + TRAINING_DAYS * DAY
    return Season(table, hit, post, country, vehicle, outcomes, learnt)


@cache
def head(variant: str = "honest", *, rounds: int = 60) -> RiskModel:
    """A head that learnt from the season's first days.

    Args:
        variant: honest; `noise` learnt from labels that were shuffled; `post` from labels without
            the finds of the first post; `country` from labels of officers who wrote up an eighth
            of the first country's plates, whatever they carried; `shouting` says three times the
            probability.
        rounds: How many trees.
    """
    made = season()
    rng = np.random.default_rng(3)
    rows = np.flatnonzero(made.learnt)
    X = matrix(made.table.take(pa.array(rows)), FEATURES.columns("crossing", TARGET))
    y = made.hit[rows].copy()
    if variant == "noise":
        y = rng.permutation(y)
    elif variant == "post":
        y &= made.post[rows] != POSTS[0]
    elif variant == "country":
        y |= (made.country[rows] == COUNTRIES[0]) & (rng.random(len(rows)) < 1 / 8)
    columns = FEATURES.columns("crossing", TARGET)
    names = tuple(column.name for column in columns)
    categorical = [name for name in names if columns[names.index(name)].categorical]
    # The last third calibrates.
    fitted = np.arange(len(rows)) < len(rows) * 2 // 3
    data = lightgbm.Dataset(
        X[fitted],
        y[fitted].astype(float),
        feature_name=list(names),
        categorical_feature=categorical,
    )
    settings = {
        "objective": "binary", "num_leaves": 12, "min_data_in_leaf": 20, "learning_rate": 0.1,
        "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": rounds,
        "verbose": -1,
    }  # fmt: skip
    trees = Trees(lightgbm.train(settings, data, rounds).model_to_string())
    known = ~fitted
    knots = calibrate(
        trees.margins(X[known]), made.hit[rows][known], np.ones(int(known.sum())),
        isotonic_from_hits=10_000,
    )  # fmt: skip
    if variant == "shouting":
        louder = tuple(min(3 * p, 1.0) for p in knots.knots_probability)
        knots = Calibration(knots.knots_margin, louder)
    at = made.table["event_at"].to_numpy()[rows]
    card = Card(
        name="crossing-smuggling",
        version=f"{variant}-{rounds}",
        subject="crossing",
        risk="smuggling",
        target_results=TARGET,
        kind="boosted_trees",
        columns=tuple(CardColumn.of(column) for column in columns),
        base_rate=float(y.mean()),
        bands=(("low", 0.0), ("medium", 0.05), ("high", 0.2), ("very_high", 0.4)),
        top_shares=((0.01, 0.5), (0.1, 0.2), (1.0, 0.0)),
        trained_from=_iso(int(at.min())),
        trained_to=_iso(int(at.max())),
        trained_rows=len(rows),
        trained_hits=int(y.sum()),
        spec_sha256=FEATURES.sha256,
        support=support_of(X, names=names, categorical=categorical),
    )
    return RiskModel(card, knots, trees)


def params(**gate: Any) -> Params:
    """Quick settings."""
    given: dict[str, Any] = {"most_audited": 3000, "swaps": 20}
    asked = training_params(split={"valid_days": 20, "test_days": 20, "embargo_days": 2})
    return asked.model_copy(update={"gate": GateParams(**given | gate)})


@dataclass(frozen=True, eq=False)
class Office:
    """A deployment with keys, a ledger that knows the plates, and a folder of heads."""

    home: Path
    trained: Path
    ledger: Ledger
    material: Material
    first: Ed25519PrivateKey
    second: Path

    def serve(self, model: RiskModel) -> None:
        """Let a head serve, as a cold start would."""
        self.sign(model, "champion")

    def propose(self, model: RiskModel, *, shadowed: bool = True) -> Champion:
        """Propose a head, and run it in shadow."""
        self.sign(model, "challenger")
        challenger = load_champion(self.trained, trusted=trusted_keys(self.home), role="challenger")
        if shadowed:
            self.run_shadow(challenger)
        return challenger

    def run_shadow(self, challenger: Champion, *, days: int | None = None) -> None:
        """Run a challenger in shadow, over all days after training or the first of them."""
        champion = self.champion()
        window = to_the_end(
            window_of(champion, challenger, self.material, params=params()), self.material
        )
        if days is not None:
            window = type(window)(window.since, window.since + days * DAY)
        run_shadow(
            champion, challenger, self.material, home=self.home, window=window, params=params(),
            now=NOW,
        )  # fmt: skip

    def champion(self) -> Champion:
        """What serves."""
        return load_champion(self.trained, trusted=trusted_keys(self.home))

    def judged(self, *, key: Path | None = None, gate: Mapping[str, Any] | None = None,
               accept: str | None = None, justification: Path | None = None) -> Decision:  # fmt: skip
        """What the gate says of the challenger."""
        _, signer = trusted_signer(self.home, key or self.second)
        return decide(
            self.trained,
            home=self.home,
            ledger=self.ledger,
            material=self.material,
            params=params(**(gate or {})),
            asked=Asked(signer, accept, justification, NOW),
            progress=lambda _: None,
        )

    def sign(self, model: RiskModel, role: Role) -> None:
        """Put a head in the place of a role, under the first key alone."""
        sha = save_head(model, self.trained / model.card.name)
        write_pointer(
            self.trained, heads={model.card.name: sha}, key=self.first,
            version=model.card.version, role=role,
        )  # fmt: skip


def an_office(folder: Path, *, ledger: Ledger, events: Path) -> Office:
    """An office whose champion has learnt honestly; its ledger and export are shared."""
    home = folder / "home"
    first = signing_key(home)
    create_signer(home, "second")
    material = Material({"crossing": season().table}, season().outcomes, FEATURES, {}, events)
    office = Office(
        home, folder / "trained", ledger, material, first, home / "signers" / "second.key"
    )
    office.serve(head())
    return office


def write_events(folder: Path) -> Path:
    """An export, as far as the gate reads one."""
    made = season()
    folder.mkdir()
    crossings = pd.DataFrame({
        "kind": "crossing", "u": made.table["u"].to_numpy(), "key_vehicle": made.vehicle,
    })  # fmt: skip
    events = pd.concat([crossings, made.outcomes.assign(kind="inspection")])
    schema = event_schema(FEATURES)
    table = pa.Table.from_pandas(events.reindex(columns=schema.names), schema, preserve_index=False)
    pq.write_table(table, folder / "events-2024-10.parquet")
    (folder / "features.json").write_bytes(orjson.dumps(FEATURES.to_json()))
    return folder


def write_tables(folder: Path) -> Path:
    """The features of that export."""
    folder.mkdir()
    pq.write_table(season().table, folder / "crossing.parquet")
    return folder


def ledger_with_plates(url: str) -> Ledger:
    """A ledger that knows the crossings after training, and where their plates come from."""
    ledger = open_ledger(url, A_KEYRING, clock=lambda: START)
    made = season()
    number = ledger.epoch.number
    later = np.flatnonzero(~made.learnt)
    u = made.table["u"].to_numpy()
    identity = [{"source_system": "border", "source_record_id": f"P{i}", "record_version": 1}
                for i in later]  # fmt: skip
    rows = [
        of
        | {
            "epoch": number, "u": int(u[i]), "kind": "crossing", "content_code": "", "body": "{}",
            "event_at": int(u[i]), "known_at": int(u[i]), "tile_day": 0, "closed_days_only": False,
        }
        for of, i in zip(identity, later, strict=True)
    ]  # fmt: skip
    plates = [
        of | {"plate_country": str(made.country[i])} for of, i in zip(identity, later, strict=True)
    ]
    with writing(ledger.engine) as connection:
        connection.execute(insert(tables.ledger), rows)
        connection.execute(insert(tables.plate_countries), plates)
    return ledger


def key_of(path: Path) -> Ed25519PrivateKey:
    """A private key."""
    return load_signing_key(path)


def _place(name: str) -> int:
    return [column.name for column in FEATURES.columns("crossing", TARGET)].index(name)


def _iso(u: int) -> str:
    return datetime.fromtimestamp(u / 1e6, UTC).isoformat()


def scores_of(model: RiskModel) -> Floats:
    """What a head says of the whole season (n,)."""
    return model.margins(matrix(season().table, FEATURES.columns("crossing", TARGET)))
