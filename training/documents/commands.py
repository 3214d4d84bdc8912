"""The command that writes the documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.commands import HomeOption, JsonOption, console, write_figures
from training.commands import ModelsOption, ReportsOption

_DEMO = Path("seeds/deployment.yaml")


def documents(
    home: HomeOption = Path("var"),
    models: ModelsOption = Path("models/trained"),
    reports: ReportsOption = Path("reports"),
    out: Annotated[Path, typer.Option("--out", help="Where the documents go.")] = Path(
        "reports/documents"
    ),
    params: Annotated[
        Path, typer.Option("--params", help="The parameter file (YAML).", exists=True)
    ] = Path("params.yaml"),
    rules: Annotated[
        Path | None,
        typer.Option(
            envvar="VARDAR_RULES", help="The office's rules; by default those of the parameters."
        ),
    ] = None,
    deployment: Annotated[
        Path | None,
        typer.Option(
            help="What only the office can say; by default HOME/deployment.yaml, and without one "
            "the made-up deployment of the demo.",
            exists=True,
        ),
    ] = None,
    trusted: Annotated[
        list[Path] | None,
        typer.Option(
            help="Public key of one who may sign; by default those in HOME and HOME/signers."
        ),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(help="An export of the ledger, to count what the training set consists of."),
    ] = None,
    capacities: Annotated[
        Path,
        typer.Option(envvar="VARDAR_CAPACITIES", help="What each post can inspect in a shift."),
    ] = Path("seeds/capacities.yaml"),
    lock: Annotated[Path, typer.Option(help="The pipeline's lock file.")] = Path("dvc.lock"),
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="The moment they speak of, such as 2026-07-01T06:00:00Z; by default now.",
        ),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Mark blank mandatory fields as MISSING.")
    ] = False,
    json: JsonOption = None,
) -> None:
    """Write model card, datasheet, technical documentation and impact assessment of the champion.

    Each in Markdown and as one HTML page, filled from what the run left and from the deployment
    file. A blank mandatory field fails it, and is named.

    Example: vardar documents --home var/demo --events data/events
    """
    from training.documents.building import build_documents, moment_of, write_documents
    from training.documents.facts import Sources

    said = deployment or _deployment_of(home)
    exported = home / "training" / "events"
    files = build_documents(
        Sources(
            models=models,
            reports=reports,
            params=params,
            rules=rules,
            home=home,
            trusted=tuple(trusted or _signers(home)),
            events=events or (exported if exported.exists() else None),
            lock=lock,
            capacities=capacities if capacities.exists() else None,
        ),
        said,
        as_of=moment_of(as_of),
        draft=draft,
    )
    write_documents(files, out)
    for name in files:
        console.print(str(out / name), soft_wrap=True)
    write_figures(json, {"files": len(files), "bytes": sum(map(len, files.values()))})


def _signers(home: Path) -> list[Path]:
    return [home / "signing.key.pub", *sorted((home / "signers").glob("*.key.pub"))]


def _deployment_of(home: Path) -> Path:
    own = home / "deployment.yaml"
    if own.exists():
        return own
    console.print(
        f"{own} does not exist, so the documents tell of the made-up deployment in {_DEMO}; copy it "
        "there and say it of your office.",
        soft_wrap=True,
    )
    return _DEMO
