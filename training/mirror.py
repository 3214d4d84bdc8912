"""What MLflow tells people: runs, parameters, figures, files, and which heads are in force.

A mirror: the service reads the signed pointers alone and needs no MLflow. The aliases `champion`,
`challenger` and `previous` follow from the pointers and can be set anew at any time; stages, which
MLflow deprecates, are not used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import orjson

from models.champion import ROLES, read_pointer
from models.risk_model import RiskModel
from models.trees import Trees
from training.params import Params
from training.report import METRICS, REPORTS

_EXPERIMENT = "vardar"
#: The tag of a model version that says which head it is.
MANIFEST_TAG = "manifest_sha256"
# Long figures tell nothing more, and MLflow refuses longer parameters.
_LONGEST_PARAMETER = 500


def mirror(
    heads: Mapping[str, RiskModel],
    folder: Path,
    *,
    home: Path,
    params: Params,
    reports: Path,
    version: str,
) -> str:
    """Write a run with the heads, their figures and parameters; each head is a model version.

    Args:
        heads: By name.
        folder: Where they lie, a folder each.
        home: Holds MLflow's database and files.
        params: What they were trained with.
        reports: Folder of the evaluation.
        version: Names the run.

    Returns:
        The run's id.
    """
    mlflow, client = _opened(home)
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
            source = f"runs:/{run.info.run_id}/{name}"
            if isinstance(head.scorer, Trees):
                logged = mlflow.lightgbm.log_model(
                    head.scorer.booster,
                    name=f"{name}-booster",
                    # Named outright, or MLflow loads the model in a new process to find out.
                    pip_requirements=[f"lightgbm=={version_of('lightgbm')}"],
                )
                source = logged.model_uri
            _add_version(client, name, source, run.info.run_id, head.manifest_sha256 or "")
        run_id: str = run.info.run_id
    return run_id


def keep_aliases(home: Path, trained: Path) -> dict[str, dict[str, str]]:
    """Let the aliases say what the pointers say.

    Args:
        home: Holds MLflow's database; where there is none, nothing was mirrored.
        trained: Holds the pointers.

    Returns:
        The version by alias, by registered model. A head that was never mirrored has no version, and
        an alias without a head is taken away.
    """
    if not (home / "mlflow.db").exists():
        return {}
    _, client = _opened(home)
    pointers = {role: read_pointer(trained, role) for role in ROLES}
    told: dict[str, dict[str, str]] = {}
    for registered in client.search_registered_models(filter_string="name LIKE 'vardar-%'"):
        versions = {
            version.tags.get(MANIFEST_TAG): str(version.version)
            for version in client.search_model_versions(f"name = '{registered.name}'")
        }
        told[registered.name] = {}
        for role, signed in pointers.items():
            head = registered.name.removeprefix("vardar-")
            wanted = versions.get(signed.pointer.heads.get(head, "")) if signed else None
            if wanted is not None:
                client.set_registered_model_alias(registered.name, role, wanted)
                told[registered.name][role] = wanted
            elif role in registered.aliases:
                client.delete_registered_model_alias(registered.name, role)
    return told


def _opened(home: Path) -> tuple[Any, Any]:
    # Read when MLflow is imported: it must not call home.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    # This project's lock file says what training needs, not what a booster needs.
    os.environ["MLFLOW_UV_AUTO_DETECT"] = "false"
    import mlflow
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(f"sqlite:///{(home / 'mlflow.db').absolute()}")
    return mlflow, MlflowClient()


def _add_version(client: Any, head: str, source: str, run_id: str, manifest_sha256: str) -> None:
    name = f"vardar-{head}"
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    tags = {MANIFEST_TAG: manifest_sha256}
    client.create_model_version(name, source, run_id=run_id, tags=tags)


def _flat(values: Mapping[str, Any], start: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{start}{name}.")
        else:
            flat[start + name] = str(value)[:_LONGEST_PARAMETER]
    return flat
