"""Commands of training: train, evaluate, register."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from features.commands import (
    HomeOption,
    JsonFlag,
    JsonOption,
    StoreOption,
    answer,
    console,
    open_store,
    write_figures,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.registry import FeatureSet
    from models.champion import RulesOnly
    from training.heads import TrainedHead
    from training.material import Material
    from training.params import Params
    from training.register import Registered

_aside = Console(stderr=True)

ParamsOption = Annotated[
    Path, typer.Option("--params", help="The parameter file (YAML).", exists=True)
]
ModelsOption = Annotated[
    Path,
    typer.Option("--models", "--out", envvar="VARDAR_MODELS", help="The folder of trained heads."),
]
ReportsOption = Annotated[Path, typer.Option("--reports", help="Where the reports go.")]


def train(
    params: ParamsOption,
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    reports: ReportsOption = Path("reports"),
    sign: Annotated[
        bool, typer.Option(help="Register the heads: they serve if none does, or are proposed.")
    ] = True,
    json: JsonOption = None,
) -> None:
    """Train heads on a ledger, measure them on its latest days, and register them.

    Where hits are too few for a model, rules and chance serve instead, and the reason is kept.

    Example: vardar train --home var/kcs --params seeds/params/kcs.yaml --out var/kcs/models
    """
    from training.all_heads import train_all, trained_table
    from training.params import load_params
    from training.store import load_trained, save_trained

    asked = load_params(params)
    learnt = _read(home, store, asked)
    trained = train_all(
        learnt.movements,
        learnt.outcomes,
        features=learnt.features,
        params=asked,
        texts=learnt.texts,
        console=console,
        reports=learnt.reports,
    )
    save_trained(trained, models)
    console.print(trained_table(trained))
    # What was saved is what is measured and signed, not what was in memory.
    kept = load_trained(models, asked.head_names)
    _evaluate(kept, learnt, asked, reports=reports, json=json)
    if sign:
        made = _register(
            kept, models, home=home, params=asked, reports=reports, mirror=True,
            features=learnt.features,
        )  # fmt: skip
        console.print(made.told)


def evaluate(
    params: ParamsOption,
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    reports: ReportsOption = Path("reports"),
    json: JsonOption = None,
) -> None:
    """Measure trained heads on a ledger's latest days, beside what else an office could do.

    Example: vardar evaluate --home var/kcs --params seeds/params/kcs.yaml --models var/kcs/models
    """
    from training.params import load_params
    from training.store import load_trained

    asked = load_params(params)
    trained = load_trained(models, asked.head_names)
    _evaluate(trained, _read(home, store, asked), asked, reports=reports, json=json)


def register(
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    reports: ReportsOption = Path("reports"),
    mlflow: Annotated[
        bool, typer.Option(help="Mirror run, parameters, figures and heads in MLflow.")
    ] = True,
    json: JsonFlag = False,
) -> None:
    """Sign trained heads and mirror them in MLflow: as the challenger, beside the champion that serves.

    Where no champion can serve, at the first start or when features have changed, they serve at once
    under this one signature. Otherwise only the gate lets them: vardar shadow, vardar promote.

    Example: vardar register --home var/demo
    """
    from training.params import load_params
    from training.store import load_trained

    asked = load_params(params)
    trained = load_trained(models, asked.head_names)
    features = None
    if store is not None or (home / "ledger.db").exists():
        ledger = open_store(home, store)
        features = ledger.features
        ledger.close()
    made = _register(
        trained, models, home=home, params=asked, reports=reports, mirror=mlflow, features=features
    )
    answer(asdict(made), made.told, as_json=json)


def _read(home: Path, store: str | None, params: Params) -> Material:
    from training.material import material

    ledger = open_store(home, store)
    try:
        return material(ledger, home / "training", params=params, console=console)
    finally:
        ledger.close()


def _evaluate(
    trained: Mapping[str, TrainedHead | RulesOnly],
    learnt: Material,
    params: Params,
    *,
    reports: Path,
    json: Path | None,
) -> None:
    from models.champion import RulesOnly
    from training.evaluate import evaluate_all
    from training.report import flat, write_reports
    from training.tables import print_results

    results = evaluate_all(
        trained,
        learnt.movements,
        learnt.outcomes,
        features=learnt.features,
        events=learnt.events,
        params=params,
        console=console,
    )
    headline = params.evaluate.headline
    without = [made for made in trained.values() if isinstance(made, RulesOnly)]
    write_reports(results, without, reports, headline=headline)
    print_results(results, console, published=params.evaluate.published)
    console.print(f"A picture of it: {reports / 'evaluation.html'}")
    write_figures(json, flat(results, headline=headline))


def _register(
    trained: Mapping[str, TrainedHead | RulesOnly],
    models: Path,
    *,
    home: Path,
    params: Params,
    reports: Path,
    mirror: bool,
    features: FeatureSet | None,
) -> Registered:
    from datetime import UTC, datetime

    from training import register as registry
    from training.gate.log import append_decision

    with _aside.status("Registering"):
        made = registry.register(
            trained, models, home=home, params=params, reports=reports, features=features,
            mirrored=mirror,
        )  # fmt: skip
    if made.changed:
        told = {made.role: made.pointer_sha256, "version": made.version, "why": made.why}
        append_decision(home, action="register", now=datetime.now(UTC), told=told)
    return made
