"""Small deployments that are valid wholes: a secret, a signed champion on the real columns, a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import lightgbm
import numpy as np
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, true

from features.ledger import tables
from features.ledger.connection import reading, writing
from features.ledger.keyring import write_secret
from features.ledger.store import Ledger
from features.registry import FeatureSet
from features.spec import Floats
from models.calibration import Calibration
from models.card import Card, CardColumn
from models.champion import RulesOnly, write_pointer
from models.heads import save_head
from models.risk_model import RiskModel
from models.signature import create_signing_key, load_signing_key
from models.support import support_of
from models.trees import Trees
from serving.access import systems
from serving.access.policy import SEEDED, Policy
from serving.access.principal import Rights
from serving.application import Application
from serving.deployment import Deployment, open_deployment
from serving.describing import fresh_example
from serving.settings import Settings
from serving.work import Outcome
from tests.factories import OPENED

_numbers = count(1)

TARGETS = {"arms": ("arms",), "smuggling": ("persons_concealed",)}
HEADS = (("consignment", "arms"), ("consignment", "smuggling"), ("crossing", "arms"))
COLD = RulesOnly(subject="crossing", risk="smuggling", reason="7 hits of the 50 it takes.")


def a_home(folder: Path, *, heads: Iterable[tuple[str, str]] = HEADS) -> Settings:
    """A home with a secret, and a champion of these heads; none without heads."""
    home = folder / "home"
    write_secret(home / "secret.key", "5e" * 32)
    settings = Settings(
        home=home,
        store=f"sqlite:///{home}/ledger.db",
        models=folder / "trained",
        trusted=(home / "signing.key.pub",),
        access=_without_drills(home / "access.yaml"),
    )
    key = signing_key(settings)
    chosen = {f"{subject}-{risk}": a_real_head(subject, risk) for subject, risk in heads}
    if chosen:
        manifests = {name: save_head(head, settings.models / name) for name, head in chosen.items()}
        write_pointer(settings.models, heads=manifests, key=key, version="7", rules_only=[COLD])
    return settings


def _without_drills(path: Path) -> Path:
    """The policy as it is seeded, but nothing known-wrong is shown: which case it meets is chance."""
    seeded = SEEDED.read_text("utf-8")
    path.write_text(seeded.replace("drill_share: 0.01", "drill_share: 0"), "utf-8")
    return path


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """The key whose signature the deployment trusts."""
    path = settings.home / "signing.key"
    return load_signing_key(path) if path.exists() else create_signing_key(path)


def deployed(settings: Settings) -> Deployment:
    """The deployment, open until the test ends."""
    deployment = open_deployment(settings)
    OPENED.append(deployment)  # type: ignore[arg-type] # it is closed as ledgers are
    return deployment


def a_key(deployment: Deployment, **rights: Any) -> str:
    """An API key, known at once; for all that systems may do unless one says less."""
    key = key_of(deployment.ledger, deployment.access.policy, **rights)
    deployment.access.roster.refresh()
    return key


def key_of(ledger: Ledger, policy: Policy, **rights: Any) -> str:
    """An API key of a store, whoever serves it."""
    with writing(ledger.engine) as connection:
        granted = everything(policy, **rights)
        _, key = systems.create(
            connection, "key", granted, label="a test", actor="test", at=ledger.clock()
        )
    return key


def everything(policy: Policy, **rights: Any) -> Rights:
    """All that a system may hold, unless one says less."""
    held = {"countries": ("*",), "posts": ("*",), "source_systems": ("*",)}
    scopes = policy.roles["customs_system"].scopes
    return policy.rights("customs_system", who="system", **{"scopes": scopes} | held | rights)


class Client:
    """Sends requests to a deployment's application, without a server.

    Args:
        deployment: What answers.
        headers: Of every request; by default a key that opens all that systems may do.
        address: Where the requests come from.
        scheme: http or https.
    """

    def __init__(
        self,
        deployment: Deployment,
        headers: Mapping[str, str] | None = None,
        *,
        address: str = "127.0.0.1",
        scheme: str = "http",
    ) -> None:
        self.application = Application()
        self.application.deployment = deployment
        opens_all = {"Authorization": f"Bearer {a_key(deployment)}"} if headers is None else headers
        self.headers = dict(opens_all)
        self.address = address
        self.base = f"{scheme}://vardar"

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.application.asgi, client=(self.address, 1))
        async with httpx.AsyncClient(
            transport=transport, base_url=self.base, headers=self.headers
        ) as client:
            return await client.request(method, path, **options)


def submitted(deployment: Deployment, kind: str, **changes: Any) -> Outcome:
    """What becomes of one record, durably."""
    payload = a_submission(deployment, kind, **changes)
    work = deployment.intake.one(kind, orjson.dumps(payload), door="test")
    return deployment.writer.submit([work])[0].result(30)


def a_submission(deployment: Deployment, kind: str, **changes: Any) -> dict[str, Any]:
    """A record that is accepted now, with a fresh id unless one is given; None drops a field."""
    payload = fresh_example(kind, deployment.intake.now())
    payload["source_record_id"] = f"S-{next(_numbers)}"
    payload.update(changes)
    return {name: value for name, value in payload.items() if value is not None}


def row_counts(deployment: Deployment) -> dict[str, int]:
    """How many rows each table of records has."""
    counted = (tables.ledger, tables.derived, tables.scores, tables.quarantine, tables.audit)
    # Events that belong to no record: who got a key, signed in, or looked at something.
    records = tables.audit.c.action.in_(("enter", "score", "quarantine"))
    with reading(deployment.ledger.engine) as connection:
        return {
            table.name: connection.execute(
                select(func.count())
                .select_from(table)
                .where(records if table is tables.audit else true())
            ).scalar_one()
            for table in counted
        }


@cache
def a_real_head(subject: str, risk: str, *, spec_sha256: str | None = None) -> RiskModel:
    """A head on the catalogue's columns, trained on rows that stand for nothing."""
    features = FeatureSet()
    columns = features.columns(subject, TARGETS[risk])
    names = tuple(c.name for c in columns)
    categorical = [c.name for c in columns if c.categorical]
    X, y = _rows(len(names), [names.index(n) for n in categorical], start=len(risk) % 3)
    data = lightgbm.Dataset(X, y, feature_name=list(names), categorical_feature=categorical)
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": len(risk),
        "verbose": -1,
    }
    booster = lightgbm.train(settings, data, 60).model_to_string()
    card = Card(
        name=f"{subject}-{risk}",
        version="7",
        subject=subject,  # type: ignore[arg-type]
        risk=risk,
        target_results=TARGETS[risk],
        kind="boosted_trees",
        columns=tuple(
            CardColumn.of(column, **({} if column.categorical else _usual(X[:, j])))
            for j, column in enumerate(columns)
        ),
        base_rate=0.01,
        # So near one another that amending the example moves it between bands.
        bands=(("low", 0.0), ("medium", 0.165), ("high", 0.175), ("very_high", 0.21)),
        top_shares=((0.01, 0.8), (0.1, 0.4), (1.0, 0.0)),
        trained_from="2025-01-01",
        trained_to="2025-12-31",
        trained_rows=len(X),
        trained_hits=int(y.sum()),
        spec_sha256=spec_sha256 or features.sha256,
        support=support_of(X, names=names, categorical=categorical),
    )
    return RiskModel(card, Calibration((-4.0, 0.0, 4.0), (0.001, 0.2, 0.9)), Trees(booster))


def _usual(values: Floats) -> dict[str, Any]:
    low, high = np.nanpercentile(values, (10, 90))
    return {"usual_low": float(low), "usual_high": float(high)}


def _rows(
    width: int, categorical: list[int], *, start: int, n: int = 1500
) -> tuple[Floats, Floats]:
    """Values of every size a column may have, some missing; hits follow each third column."""
    rng = np.random.default_rng(width)
    X = 10 ** rng.uniform(-1, 9, (n, width)) * rng.choice([-1, 1, 1, 1], (n, width))
    X[rng.random((n, width)) < 0.3] = 0
    X[:, categorical] = rng.integers(0, 9999, (n, len(categorical)))
    X[rng.random((n, width)) < 0.2] = np.nan
    z = np.nan_to_num(np.sign(X) * np.log10(np.abs(X) + 1))[:, start::3].sum(axis=1)
    hits = rng.random(n) < 1 / (1 + np.exp(-(z - z.mean()) / z.std()))
    return X, np.asarray(hits, np.float64)
