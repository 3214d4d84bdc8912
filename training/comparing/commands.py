"""Commands that compare: the report of one moment, and the months one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.commands import HomeOption, JsonOption, StoreOption, console, write_figures
from training.commands import ModelsOption, ParamsOption

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Instead of a ledger: a folder whose events and features the pipeline has made.",
        exists=True,
    ),
]


def report(
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    challenger: Annotated[
        Path | None,
        typer.Option(
            help="A folder of trained heads that would replace the champion.", exists=True
        ),
    ] = None,
    data: DataOption = None,
    page: Annotated[Path, typer.Option(help="Where the page goes.")] = Path("reports/report.html"),
    json: JsonOption = None,
) -> None:
    """Compare champion, challenger, logistic baseline, rules, chance and oracle on one HTML page.

    On the latest days, which no fit has seen: curves over the capacity, calibration, by typology
    where the truth is known, by post, mode and band, each with 95 % intervals and a table. Without
    --challenger it is the head in shadow, or what training wrote last, if that is another one.

    Example: vardar report --home var/demo --challenger models/candidate
    """
    from models.champion import RulesOnly
    from models.files import write_whole
    from training.comparing.contenders import contenders
    from training.comparing.reading import read_material
    from training.evaluate import evaluate_all
    from training.params import load_params
    from training.picture import page as drawn
    from training.report import flat

    asked = load_params(params)
    compared = contenders(models, asked.head_names, challenger=challenger)
    learnt = read_material(home=home, store=store, data=data, params=asked, console=console)
    results = evaluate_all(
        compared.champions,
        learnt.movements,
        learnt.outcomes,
        features=learnt.features,
        events=learnt.events,
        params=asked,
        console=console,
        challengers=compared.challengers,
    )
    without = [m.model_dump() for m in compared.champions.values() if isinstance(m, RulesOnly)]
    text = drawn(results, without, title="Champion and challenger", about=compared.about)
    write_whole(page, text.encode())
    for sentence in compared.about:
        console.print(sentence)
    console.print(f"The comparison: {page}")
    write_figures(json, flat(results, headline=asked.evaluate.headline))


def prequential(
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    data: DataOption = None,
    head: Annotated[
        list[str] | None, typer.Option(help="Only this head; may be given several times.")
    ] = None,
    reports: Annotated[Path, typer.Option(help="Where the page goes, and a file a month.")] = Path(
        "reports"
    ),
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the months to this file as JSON.")
    ] = None,
) -> None:
    """Fit anew each month on what was known then, and measure on that month.

    What each month's head would have found among all its movements, beside logistic regression,
    rules and chance. A fit a month and head: some minutes. An interrupted run goes on where it
    stopped, and a month whose data, parameters and programs are the same is not fitted again.

    Example: vardar prequential --home var/demo --head crossing-smuggling
    """
    from rich.console import Console
    from rich.progress import Progress

    from models.files import canonical_json, write_whole
    from training.comparing.months import measure_month, months_of
    from training.comparing.months_kept import fingerprint, keep, kept
    from training.comparing.months_page import months_json, months_page, months_tables
    from training.comparing.reading import read_material
    from training.errors import TrainingError
    from training.params import load_params

    asked = load_params(params)
    if unknown := sorted(set(head or ()) - set(asked.head_names)):
        raise TrainingError(
            f"There is no head {', '.join(unknown)}; {params} names {', '.join(asked.head_names)}."
        )
    learnt = read_material(home=home, store=store, data=data, params=asked, console=console)
    months = months_of(learnt, asked)
    made_from = fingerprint(learnt, asked)
    folder = reports / "prequential"
    measured = []
    wanted = [(s, r) for s, r in asked.heads if not head or f"{s}-{r}" in head]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Months", total=len(wanted) * len(months))
        for subject, risk in wanted:
            for month in months:
                name = f"{subject}-{risk}"
                progress.update(task, description=f"{name}, {month:%Y-%m}")
                found = kept(folder, name, f"{month:%Y-%m}", made_from=made_from)
                if found is None:
                    found = measure_month(
                        learnt, subject=subject, risk=risk, month=month, params=asked
                    )
                    keep(found, folder, made_from=made_from)
                measured.append(found)
                progress.advance(task)
    for table in months_tables(measured):
        console.print(table)
    write_whole(reports / "prequential.html", months_page(measured).encode())
    console.print(f"Month by month: {reports / 'prequential.html'}")
    if json is not None:
        write_whole(json, canonical_json(months_json(measured)))
