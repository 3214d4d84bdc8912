"""Commands with which an office decides: its rules and capacities, and whether the models may speak."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from features.commands import HomeOption, JsonOption, StoreOption, write_figures


def configure(
    rules: Annotated[
        Path | None, typer.Option(help="The office's rules (YAML).", exists=True)
    ] = None,
    capacities: Annotated[
        Path | None, typer.Option(help="What its posts can inspect in a shift (YAML).", exists=True)
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="The private key that signs (PEM).", exists=True)
    ] = None,
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    json: JsonOption = None,
) -> None:
    """Sign an office's rules and capacities and put them in force; a running service takes them up.

    What is not named stays as it is. Without files, what is in force is printed.

    Example: vardar configure --capacities seeds/capacities.yaml --key var/demo/signing.key --home var/demo
    """
    from features.errors import VardarError
    from features.ledger.keyring import load_keyring
    from features.ledger.store import open_ledger
    from features.measures import FINDS
    from features.registry import SUBJECTS
    from models.configuration import texts_in_force, write_configuration
    from models.signature import load_signing_key
    from serving.settings import read_settings

    old_rules, old_capacities = texts_in_force(home)
    if rules is None and capacities is None:
        typer.echo(f"{old_rules}\n{old_capacities}")
        return
    if key is None:
        raise VardarError("A configuration is signed: name your private key with --key.")
    new = (
        old_rules if rules is None else rules.read_text("utf-8"),
        old_capacities if capacities is None else capacities.read_text("utf-8"),
    )
    if new == (old_rules, old_capacities):
        typer.echo("Nothing has changed.")
        return
    settings = read_settings({"VARDAR_HOME": str(home), "VARDAR_STORE": store or ""})
    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    try:
        features = ledger.features
        columns = {s: {c.name for c in features.columns(s, FINDS)} for s in SUBJECTS}
    finally:
        ledger.close()
    digest = write_configuration(
        home,
        rules=new[0],
        capacities=new[1],
        columns=columns,
        key=load_signing_key(key),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    typer.echo(f"In force from the next record on: configuration {digest[:12]}….")
    write_figures(json, {"changed": 1})


def switch(
    mode: Annotated[
        Literal["model", "rules"] | None,
        typer.Argument(help="rules: no model is asked; model: they are again. None: what holds."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    json: JsonOption = None,
) -> None:
    """Switch the models off, so that rules and chance decide alone, or on again.

    It holds for every record from now on, on all workers and hosts of the store.

    Example: vardar switch rules --reason "Reasons look wrong since noon" --home var/demo
    """
    from features.ledger.keyring import load_keyring
    from features.ledger.store import open_ledger
    from serving import switching
    from serving.settings import read_settings

    settings = read_settings({"VARDAR_HOME": str(home), "VARDAR_STORE": store or ""})
    ledger = open_ledger(settings.store, load_keyring(settings.secret))
    try:
        if mode is None:
            found = switching.current_switch(ledger)
        else:
            found = switching.switch(ledger, mode, actor=getpass.getuser(), reason=reason)
    finally:
        ledger.close()
    said = "The models speak." if found.mode == "model" else "Rules and chance decide alone."
    why = f" Switched by {found.actor}: {found.reason}" if found.at is not None else ""
    typer.echo(said + why)
    write_figures(json, {"models": float(found.mode == "model")})
