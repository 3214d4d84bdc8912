"""Commands of trained models: score a whole export at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.catalogue_commands import EngineOption, MasterOption, MemoryOption, engine_of
from features.commands import HomeOption, JsonOption, console, write_figures


def score(
    events: Annotated[
        Path, typer.Argument(help="An export of a ledger (vardar export).", exists=True)
    ],
    out: Annotated[Path, typer.Argument(help="Where the scores go, a file for each month.")],
    models: Annotated[
        Path, typer.Option("--models", envvar="VARDAR_MODELS", help="The folder of trained heads.")
    ] = Path("models/trained"),
    home: HomeOption = Path("var"),
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            help="Public keys of who may sign; by default HOME/signing.key.pub.", exists=True
        ),
    ] = None,
    engine: EngineOption = "duckdb",
    master: MasterOption = "local[2]",
    memory: MemoryOption = "3GiB",
    json: JsonOption = None,
) -> None:
    """Score every movement of an export, each as of the moment it became known.

    The champion's heads score the integers that the service would have read: a row a version of
    a movement and risk. An interrupted run goes on where it stopped.

    Example: vardar score data/events data/scores --home var/demo
    """
    from features.ledger.export import load_features
    from features.registry import SUBJECTS
    from features.table import write_table
    from models.batch import score_folder
    from models.champion import load_champion
    from models.signature import load_public_key

    features = load_features(events)
    trusted = [load_public_key(path) for path in trust or [home / "signing.key.pub"]]
    champion = load_champion(models, trusted=trusted)
    figures: dict[str, float] = {"rows": 0, "abstained": 0}
    for subject in SUBJECTS:
        heads = {risk: head for (of, risk), head in champion.heads.items() if of == subject}
        if not heads:
            console.print(f"There is no head for {subject}s: rules and chance serve them.")
            continue
        with console.status(f"Features of {subject}s") as status:
            write_table(
                events,
                out / "features",
                features,
                subject,
                engine=engine_of(engine, master=master, memory=memory),
                progress=status.update,
            )
            scored = score_folder(
                out / "features",
                out,
                subject=subject,
                heads=heads,
                features=features,
                progress=lambda count: status.update(f"Scoring: {count:,} movements"),
            )
        console.print(
            f"{scored.rows:,} scores of {subject}s in {len(scored.files)} files in {out}; "
            f"{scored.abstained:,} abstained."
        )
        figures["rows"] += scored.rows
        figures["abstained"] += scored.abstained
    write_figures(json, figures)
