"""Commands over the service: serve, submit a record, replay and verify what was scored."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from features.commands import HomeOption, JsonOption, StoreOption, write_figures

if TYPE_CHECKING:
    from serving.access.first_run import Demo, Login
    from serving.deployment import Deployment
    from serving.review.demo_shift import LedClock
    from serving.settings import Settings

ModelsOption = Annotated[
    Path, typer.Option("--models", envvar="VARDAR_MODELS", help="The folder of trained heads.")
]
AsIfOption = Annotated[
    str | None,
    typer.Option(
        "--as-if",
        envvar="VARDAR_AS_IF",
        help="A rehearsal: start the clock at this moment, such as 2026-07-01T06:00:00Z.",
    ),
]
_MODELS = Path("models/trained")
#: How long a connection nobody uses stays open: longer than proxies and clients keep theirs, or one of them
#: now and then sends a request just as it is closed, and gets no answer.
_KEEP_ALIVE_SECONDS = 75


def serve(
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = _MODELS,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen at.")] = 3000,
    as_if: AsIfOption = None,
    still: Annotated[
        bool,
        typer.Option(
            "--still",
            envvar="VARDAR_STILL",
            help="The rehearsal's clock stands still: the same requests get the same answers.",
        ),
    ] = False,
    demo_logins: Annotated[
        bool,
        typer.Option(
            "--demo-logins",
            help="In a rehearsal: a login for each role and an API key, kept in HOME/demo-logins.json.",
        ),
    ] = False,
    demo_season: Annotated[
        Path,
        typer.Option(
            "--demo-season",
            help="With --demo-logins: the made-up period whose records the first shift repeats.",
        ),
    ] = Path("data/scenario"),
) -> None:
    """Serve scores over HTTP until stopped.

    Where there is no account yet it makes an admin and prints the password, once. A demonstration
    without any case begins with those of a night shift.

    Example: vardar serve --home var/demo --as-if 2026-07-01T06:00:00Z --demo-logins
    """
    from features.ledger.keyring import load_keyring
    from serving.access.first_run import first_admin
    from serving.deployment import ServiceLock, open_deployment
    from serving.review.demo_shift import LedClock

    settings = replace(_settings(home, store, models, as_if), still=still)
    load_keyring(settings.secret, create=True)
    # Tried here first: whatever is in the way is told in one line, before any process is started.
    lock = ServiceLock(settings.store)
    clock = LedClock(settings) if demo_logins else None
    deployment = open_deployment(settings, clock=clock)
    try:
        access = deployment.access
        shown = _demonstration(deployment, clock, demo_season) if clock else None
        admin = None if shown else first_admin(access)
        greeting = _welcome(deployment, f"http://{host}:{port}", shown=shown, admin=admin)
    finally:
        deployment.close()
    sys.stdout.write(greeting)
    sys.stdout.flush()
    lock.release()
    code = Path(__file__).parent.parent
    command = [
        sys.executable, "-m", "bentoml", "serve", "serving.service:RiskScoring",
        "--working-dir", str(code), "--host", host, "--port", str(port),
        "--timeout-keep-alive", str(_KEEP_ALIVE_SECONDS),
    ]  # fmt: skip
    os.execve(sys.executable, command, _environment(settings))  # noqa: S606 (no shell on purpose)


def submit(
    file: Annotated[Path, typer.Argument(help="A record as JSON.", exists=True)],
    kind: Annotated[str, typer.Option(help="consignment or crossing.")] = "consignment",
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = _MODELS,
    as_if: AsIfOption = None,
) -> None:
    """Score one movement from a file, durably, as the service would, and print the answer.

    Example: vardar submit declaration.json --home var/demo
    """
    from features.errors import VardarError
    from features.registry import SUBJECTS
    from serving.deployment import open_deployment
    from serving.work import Quarantined, Scored

    if kind not in SUBJECTS:
        raise VardarError(f"A {kind} is not scored; use one of {', '.join(SUBJECTS)}.")
    here = open_deployment(_settings(home, store, models, as_if))
    try:
        work = here.intake.one(kind, file.read_bytes(), door="vardar submit")
        outcome = here.writer.submit([work])[0].result()
        match outcome:
            case Quarantined():
                told = "; ".join(
                    f"{p.field or 'the record'}: {p.message}" for p in outcome.problems
                )
                raise VardarError(f"The record was quarantined. {told}")
            case Scored():
                _print(here.explainer.told(outcome.score, outcome.rows))
            case _:
                raise VardarError("The record came in with the history and was not scored.")
    finally:
        here.close()


def replay(
    score_id: Annotated[str | None, typer.Argument(help="The score to make again.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All scores of the epoch.")] = False,
    sample: Annotated[int | None, typer.Option(help="So many of them, drawn by seed.")] = None,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 1,
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = _MODELS,
    json: JsonOption = None,
) -> None:
    """Make scores again from the ledger and compare them bit for bit with what was answered.

    Ends with status 1 if anything differs.

    Example: vardar replay --sample 1000 --home var/demo
    """
    from serving.replaying import replay as replayed

    # Reading needs no clock, and no second writer.
    settings = _settings(home, store, models, None)
    ledger, explainer, rules = _for_reading(settings)
    try:
        ids = _chosen(ledger, score_id, every=every, sample=sample, seed=seed)
        results = replayed(ledger, explainer, rules, ids)
    finally:
        ledger.close()
    differing = [result for result in results if result.differences]
    cells = sum(result.cells for result in results)
    for result in differing:
        typer.echo(f"{result.score_id} differs:")
        for difference in result.differences:
            typer.echo(f"  {difference}")
    if not differing:
        typer.echo(f"{len(results)} scores made again: equal in every one of {cells:,} cells.")
    figures = {"scores": len(results), "cells": cells, "differing": len(differing)}
    write_figures(json, figures)
    if differing:
        raise typer.Exit(1)


def verify_features(
    day: Annotated[
        str | None, typer.Option(help="UTC day of the scores, YYYY-MM-DD; by default the latest.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="How many scores, drawn by seed.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 1,
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    json: JsonOption = None,
) -> None:
    """Derive the integers of a day's scores anew from the ledger and compare them with those served.

    Ends with status 1 if a single cell differs.

    Example: vardar verify-features --sample 500 --home var/demo
    """
    from datetime import date

    from features.errors import VardarError
    from features.ledger.keyring import load_keyring
    from features.ledger.store import open_ledger
    from serving.verifying import latest_day, verify

    settings = _settings(home, store, _MODELS, None)
    try:
        chosen = None if day is None else date.fromisoformat(day)
    except ValueError:
        raise VardarError(f"{day} is not a day; write it as YYYY-MM-DD.") from None
    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    try:
        verified = verify(ledger, day=chosen or latest_day(ledger), sample=sample, seed=seed)
    finally:
        ledger.close()
    for cell in verified.differing:
        typer.echo(f"u {cell.u}: {cell.name} was served as {cell.expected}, derived {cell.found}")
    typer.echo(
        f"{verified.checked:,} of {verified.scored:,} scores of {verified.day}: "
        f"{len(verified.differing):,} of {verified.cells:,} cells differ."
    )
    write_figures(
        json,
        {
            "scores": verified.checked,
            "cells": verified.cells,
            "differing": len(verified.differing),
        },
    )
    if verified.differing:
        raise typer.Exit(1)


def _settings(home: Path, store: str | None, models: Path, as_if: str | None) -> Settings:
    from serving.settings import read_settings

    chosen = {
        "VARDAR_HOME": str(home),
        "VARDAR_STORE": store or "",
        "VARDAR_MODELS": str(models),
        "VARDAR_AS_IF": as_if or "",
    }
    return read_settings({**os.environ, **chosen})


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of the service's processes."""
    from serving.settings import SUPERVISOR, WORKERS

    return {
        **os.environ,
        # This process becomes the supervisor and keeps its id.
        SUPERVISOR: str(os.getpid()),
        "VARDAR_HOME": str(settings.home),
        "VARDAR_STORE": settings.store,
        "VARDAR_MODELS": str(settings.models),
        "VARDAR_AS_IF": settings.as_if.isoformat() if settings.as_if else "",
        "VARDAR_STILL": "1" if settings.still else "",
        WORKERS: str(settings.workers),
        # Its start empties a folder of metrics there: each service needs its own.
        "BENTOML_HOME": str(settings.home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        # Threads of numeric libraries would only wait for one another over single rows.
        "OMP_NUM_THREADS": "1",
    }


def _demonstration(here: Deployment, clock: LedClock, season: Path) -> Demo:
    """Logins, and a shift's work where there is none yet and the made-up period is at hand."""
    from serving.access.first_run import demo
    from serving.review.demo_shift import begin_of, work_through

    begin = begin_of(here, clock) if (season / "crossings.csv").exists() else None
    if begin is not None:
        clock.lead_to(begin)
    shown = demo(here.access, here.settings.home / "demo-logins.json")
    if begin is not None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Last night's shift", total=None)
            made = work_through(
                here, clock, shown, season=season, begin=begin,
                told=lambda done, of: bar.update(task, completed=done, total=of),
            )  # fmt: skip
        console.print(
            f"Last night's shift: {made.submitted} records came in, {made.waiting} cases wait, "
            f"colleagues took {made.steps} steps."
        )
    return shown


def _welcome(here: Deployment, address: str, *, shown: Demo | None, admin: Login | None) -> str:
    from serving.describing import fresh_example

    champion = here.champion
    model = f"{champion.name} {champion.version}" if champion else "none: rules and chance decide"
    body = orjson.dumps(fresh_example("consignment", here.intake.now())).decode()
    rehearsal = "  (a rehearsal: the clock is not real)" if here.scoring.rehearsal else ""
    return (
        f"Vardar on {address}{rehearsal}\nModel: {model}\n\n{_logins(here, shown, admin)}"
        "A first record to send:\n\n"
        f"curl --json '{body}' -H \"Authorization: Bearer {shown.api_key if shown else '$KEY'}\" "
        f"{address}/v1/consignments\n\n"
    )


def _logins(here: Deployment, shown: Demo | None, admin: Login | None) -> str:
    """Who may sign in, as far as this is the time to say it."""
    if shown:
        lines = [f"  {login.name:<20}{login.password}" for login in shown.logins]
        listed = "\n".join(lines)
        return f"Demonstration logins, at /sign-in:\n\n{listed}\n\nAPI key: {shown.api_key}\n\n"
    told = f"Account {admin.name}, password {admin.password}: shown this once.\n\n" if admin else ""
    create = (
        f"vardar access keys create NAME --home {here.settings.home} "
        "--country CC --post POST --source-system NAME"
    )
    return f"{told}A system needs a key:\n\n{create}\n\n"


def _for_reading(settings: Settings) -> tuple[Any, Any, Any]:
    from features.ledger.keyring import load_keyring
    from features.ledger.store import open_ledger
    from serving.explaining import Explainer
    from serving.in_force import open_configuration

    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    rules = open_configuration(settings, ledger.features).rules
    return ledger, Explainer(settings.models, None), rules


def _chosen(
    ledger: Any, score_id: str | None, *, every: bool, sample: int | None, seed: int
) -> list[str]:
    import random

    from features.errors import VardarError
    from features.ledger.connection import reading
    from serving.scores import ids_of

    if sum((score_id is not None, every, sample is not None)) != 1:
        raise VardarError("Name one score, or say --all or --sample N.")
    if score_id is not None:
        return [score_id]
    with reading(ledger.engine) as connection:
        ids = ids_of(connection, epoch=ledger.epoch.number)
    if sample is None or sample >= len(ids):
        return ids
    return random.Random(seed).sample(ids, sample)  # noqa: S311 (a sample, not a secret)


def _print(answer: Mapping[str, Any]) -> None:
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
