"""Commands of watching: look at the heads that serve, and say that somebody has seen to an alarm."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
from training.commands import ParamsOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from features.registry import FeatureSet
    from training.params import Params

ModelsOption = Annotated[
    Path, typer.Option("--models", envvar="VARDAR_MODELS", help="The folder of trained heads.")
]


#: Folder of a deployment's home where the watch keeps what it is told and what it asks for.
WATCH = "watch"


def watch(
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    params: ParamsOption = Path("params.yaml"),
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day watched; the day after training."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Nothing from this day on is looked at."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the page goes.")] = Path("reports/watch.html"),
    metrics: Annotated[
        Path | None,
        typer.Option(help="Where metrics go in Prometheus' text format; HOME/watch/watch.prom."),
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="Read this export instead of the ledger.", exists=True)
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Features of --events, as training keeps them.", exists=True)
    ] = None,
    json: JsonOption = None,
) -> None:
    """Look at what became of the champion's heads: drift, calibration, delays, finds.

    Finds that fall away raise an alarm. It asks for more inspections by chance (a proposal in
    HOME/watch/random_share.json) and for retraining; it changes nothing by itself. Run it daily.

    Example: vardar watch --home var/demo
    """
    import numpy as np

    from models.champion import load_champion
    from models.files import write_whole
    from training.gate.signers import trusted_keys
    from training.params import load_params
    from training.watching.alarm_states import read_acknowledgements, write_proposal
    from training.watching.finds import alarm_settings
    from training.watching.job import figures, watch_all
    from training.watching.metrics import metrics_text
    from training.watching.page import page
    from training.watching.tables import print_watch

    asked = load_params(params)
    champion = load_champion(models, trusted=trusted_keys(home))
    movements, outcomes, spec = _records(home, store, asked, events, features)
    end = _last_known(movements, outcomes) if until is None else _microseconds(until)
    with console.status("Watching") as status:
        made = watch_all(
            champion.heads.values(),
            movements,
            outcomes,
            features=spec,
            params=asked.watch,
            since=None if since is None else since.date(),
            until=end,
            silent={f"{s}-{r}": why for (s, r), why in champion.rules_only.items()},
            acknowledgements=read_acknowledgements(home / WATCH),
            progress=lambda name: status.update(f"Watching {name}"),
        )
    settings = alarm_settings(asked.watch, risks=len(made.finds))
    html = page(
        made,
        top_columns=asked.watch.top_columns,
        threshold=settings.threshold,
        known_share=asked.watch.known_share,
    )
    write_whole(out, html.encode())
    text = metrics_text(made, at=float(np.float64(end) / 1e6), top_columns=asked.watch.top_columns)
    write_whole(metrics or home / WATCH / "watch.prom", text)
    write_proposal(home / WATCH, made.proposal)
    print_watch(made, console)
    console.print(f"A page of it: {out}")
    write_figures(json, figures(made))


def acknowledge(
    risk: Annotated[str, typer.Argument(help="The risk whose alarm somebody has seen to.")],
    by: Annotated[str, typer.Option(help="Who has seen to it.")],
    note: Annotated[str, typer.Option(help="What was found out, and what is done.")],
    up_to: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Alarms up to this day.")],
    home: HomeOption = Path("var"),
    models: ModelsOption = Path("models/trained"),
    json: JsonFlag = False,
) -> None:
    """Say that somebody has seen to a risk's alarms; later ones, and other heads', are not meant.

    Example: vardar acknowledge smuggling --by j.doe --note "Route moved" --up-to 2026-06-20
    """
    from models.champion import load_champion
    from training.errors import WatchRefused
    from training.gate.signers import trusted_keys
    from training.watching import alarm_states

    champion = load_champion(models, trusted=trusted_keys(home))
    heads = tuple(
        f"{head.card.name} {head.card.version}"
        for (_, of), head in champion.heads.items()
        if of == risk
    )
    if not heads:
        raise WatchRefused(f"No head that serves looks for {risk}; there is no alarm of it.")
    alarm_states.acknowledge(
        home / WATCH,
        alarm_states.Acknowledgement(risk=risk, heads=heads, up_to=up_to.date(), by=by, note=note),
    )
    told = {"risk": risk, "heads": heads, "up_to": up_to.date(), "by": by, "note": note}
    text = f"Alarms of {risk} up to {up_to.date()} are acknowledged by {by}."
    answer(told, text, as_json=json)


def _records(
    home: Path, store: str | None, params: Params, events: Path | None, features: Path | None
) -> tuple[Mapping[str, pa.Table], pd.DataFrame, FeatureSet]:
    """Movements, outcomes and their features, of an export or of the ledger."""
    from features.ledger.export import load_features
    from training.errors import WatchRefused
    from training.exported import read_movements
    from training.labels import read_outcomes
    from training.material import material

    if events is None and features is None:
        ledger = open_store(home, store)
        try:
            read = material(ledger, home / WATCH / "records", params=params, console=console)
        finally:
            ledger.close()
        return read.movements, read.outcomes, read.features
    if events is None or features is None:
        raise WatchRefused("--events and --features belong together; give both or neither.")
    movements: dict[str, pa.Table] = {
        subject: read_movements(features, subject) for subject in params.subjects
    }
    return movements, read_outcomes(events), load_features(events)


def _last_known(movements: Mapping[str, pa.Table], outcomes: pd.DataFrame) -> int:
    """The moment after the last thing that is known."""
    return 1 + max([int(outcomes["u"].max()), *(int(t["u"].to_numpy().max())
                    for t in movements.values() if t.num_rows)])  # fmt: skip


def _microseconds(day: datetime) -> int:
    from datetime import UTC

    return int(day.replace(tzinfo=UTC).timestamp()) * 1_000_000
