"""What the gate's commands read: both sides' heads, the ledger, and its movements as features."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from features.commands import open_store
from features.ledger.export import load_features
from features.ledger.store import Ledger
from features.table import integer_table
from models.champion import Champion, Role, load_champion
from training.errors import GateRefused
from training.exported import read_movements
from training.gate.signers import trusted_keys
from training.labels import read_outcomes
from training.material import Material, material
from training.params import Params


def both_sides(models: Path, home: Path, *, role: Role) -> tuple[Champion | None, Champion]:
    """The champion, if there is one, and the heads of a role.

    Raises:
        GateRefused: when that role has none.
        ModelError: when one was altered or is not signed by whom we trust.
    """
    keys = trusted_keys(home)
    champion = None
    if (models / "champion.json").exists():
        champion = load_champion(models, trusted=keys)
    if role == "champion" and champion is not None:
        return champion, champion
    if not (models / f"{role}.json").exists():
        raise GateRefused(f"There is no {role} in {models}; propose one with: vardar register")
    return champion, load_champion(models, trusted=keys, role=role)


@contextmanager
def opened(home: Path, store: str | None) -> Iterator[Ledger]:
    """The deployment's ledger, given back at the end."""
    ledger = open_store(home, store)
    try:
        yield ledger
    finally:
        ledger.close()


def material_of(
    ledger: Ledger,
    home: Path,
    *,
    params: Params,
    events: Path | None,
    tables: Path | None,
    console: Console,
) -> Material:
    """The ledger's movements as features, made now, or read from an export that is at hand.

    Args:
        ledger: The store.
        home: Gets the export, if one is made.
        params: The parameter file.
        events: Folder of an export; None to make one.
        tables: Folder of its features; None to make them.
        console: Told what takes long.
    """
    if events is None:
        return material(ledger, home / "training", params=params, console=console)
    features = load_features(events)
    movements: dict[str, pa.Table] = {
        subject: integer_table(events, features, subject)
        if tables is None
        else read_movements(tables, subject)
        for subject in params.subjects
    }
    return Material(movements, read_outcomes(events), features, {}, events)
