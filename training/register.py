"""Which heads serve from now on: mirrored in MLflow for people, signed for the service.

Outside the pipeline, since it marks a decision: the run, parameters, figures, files and the alias
`champion` go to MLflow; the service reads the signed pointer alone and needs no MLflow.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.champion import RulesOnly, write_pointer
from models.risk_model import RiskModel
from models.signature import create_signing_key, load_signing_key
from models.trees import Trees
from training.heads import TrainedHead
from training.params import Params
from training.report import METRICS, REPORTS

ALIAS = "champion"
_EXPERIMENT = "vardar"
# Long figures tell nothing more, and MLflow refuses longer parameters.
_LONGEST_PARAMETER = 500


@dataclass(frozen=True)
class Registered:
    """What was signed and where it is mirrored."""

    version: str
    pointer_sha256: str
    run_id: str | None


def register(
    trained: Mapping[str, TrainedHead | RulesOnly],
    folder: Path,
    *,
    home: Path,
    params: Params,
    reports: Path,
    mirror: bool = True,
) -> Registered:
    """Mirror the heads in MLflow, then sign a pointer to them.

    Args:
        trained: The heads, as `training.store.load_trained` gives them.
        folder: Where they lie.
        home: Holds the signing key (made on first use) and MLflow's database and files.
        params: What they were trained with.
        reports: Folder of the evaluation.
        mirror: Whether to write to MLflow.

    Raises:
        ModelError: when a head or the key is refused; nothing is signed then.
    """
    heads = {name: made.head for name, made in trained.items() if isinstance(made, TrainedHead)}
    hashes = {name: head.manifest_sha256 or "" for name, head in heads.items()}
    version = _version(heads, hashes)
    key = signing_key(home)
    run_id = None
    if mirror:
        run_id = _mirror(heads, folder, home=home, params=params, reports=reports, version=version)
    pointer = write_pointer(
        folder,
        heads=hashes,
        key=key,
        version=version,
        rules_only=[made for made in trained.values() if isinstance(made, RulesOnly)],
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Registered(version, pointer, run_id)


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The deployment's signing key, made on first use."""
    path = home / "signing.key"
    return load_signing_key(path) if path.exists() else create_signing_key(path)


def _version(heads: Mapping[str, RiskModel], hashes: Mapping[str, str]) -> str:
    """The last day trained on, and a hash of the heads: the same heads, the same version."""
    last = max((head.card.trained_to[:10] for head in heads.values()), default="rules-only")
    digest = sha256(orjson.dumps(sorted(hashes.items()))).hexdigest()
    return f"{last}-{digest[:8]}"


def _mirror(
    heads: Mapping[str, RiskModel],
    folder: Path,
    *,
    home: Path,
    params: Params,
    reports: Path,
    version: str,
) -> str:
    # Read when MLflow is imported: it must not call home.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    # This project's lock file says what training needs, not what a booster needs.
    os.environ["MLFLOW_UV_AUTO_DETECT"] = "false"
    import mlflow
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(f"sqlite:///{(home / 'mlflow.db').absolute()}")
    client = MlflowClient()
    if client.get_experiment_by_name(_EXPERIMENT) is None:
        files = (home / "mlartifacts").absolute()
        client.create_experiment(_EXPERIMENT, artifact_location=files.as_uri())
    mlflow.set_experiment(_EXPERIMENT)
    with mlflow.start_run(run_name=version) as run:
        mlflow.log_params(_flat(params.model_dump(mode="json")))
        # By name: a folder of reports may hold other files, which are nobody's to mirror.
        for report in (reports / name for name in REPORTS):
            if report.exists():
                mlflow.log_artifact(str(report), "reports")
        if (reports / METRICS).exists():
            mlflow.log_metrics(orjson.loads((reports / METRICS).read_bytes()))
        for name, head in heads.items():
            mlflow.log_artifacts(str(folder / name), name)
            if isinstance(head.scorer, Trees):
                logged = mlflow.lightgbm.log_model(
                    head.scorer.booster,
                    name=f"{name}-booster",
                    # Named outright, or MLflow loads the model in a new process to find out.
                    pip_requirements=[f"lightgbm=={version_of('lightgbm')}"],
                )
                _set_champion(client, f"vardar-{name}", logged.model_uri, run.info.run_id)
        run_id: str = run.info.run_id
    return run_id


def _set_champion(client: Any, name: str, source: str, run_id: str) -> None:
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    made = client.create_model_version(name, source, run_id=run_id)
    client.set_registered_model_alias(name, ALIAS, made.version)


def _flat(values: Mapping[str, Any], start: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{start}{name}.")
        else:
            flat[start + name] = str(value)[:_LONGEST_PARAMETER]
    return flat
