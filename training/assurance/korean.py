"""The Korean declarations, imported as README's "Your own records" says, once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from features.ledger.keyring import load_keyring
from features.ledger.sealing import seal
from features.ledger.staging import stage_file
from features.ledger.store import open_ledger
from features.records.mapping import load_mapping
from features.registry import FeatureSet
from training.errors import NothingToLearn
from training.exported import read_movements
from training.labels import read_outcomes
from training.material import Material, material
from training.params import Params, load_params
from training.scenario.profile import SEEDS

_FILES = ("train.csv.gz", "valid.csv.gz", "test.csv.gz")
SUBJECT = "consignment"


def korean_params() -> Params:
    """The parameter file of the Korean declarations."""
    return load_params(SEEDS / "params" / "kcs.yaml")


def korean_declarations(folder: Path, work: Path, *, progress: Callable[[str], None]) -> Material:
    """The declarations as training reads them, imported through the door unless `work` has them.

    Two minutes the first time.

    Raises:
        NothingToLearn: if the folder lacks one of the published files.
    """
    if missing := [name for name in _FILES if not (folder / name).exists()]:
        raise NothingToLearn(
            f"{folder} lacks {', '.join(missing)} of the Korean declarations; README says where "
            "they are published, under Your own records."
        )
    home, mapping = work / "kcs", load_mapping(SEEDS / "mappings" / "kcs.yaml")
    features = FeatureSet(mapping.extra_keys, tuple(sorted(mapping.extension.items())))
    mark = home / "imported.sha256"
    if not mark.exists() or mark.read_text() != features.sha256:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        keyring = load_keyring(home / "secret.key", create=True)
        ledger = open_ledger(f"sqlite:///{home}/ledger.db", keyring)
        for name in _FILES:
            progress(f"Importing {name}")
            stage_file(ledger, mapping, folder / name)
        progress("Sealing, and making features of, the Korean declarations")
        seal(ledger, features=features)
        material(ledger, home, params=korean_params(), console=Console(quiet=True))
        ledger.close()
        (home / "ledger.db").unlink()
        mark.write_text(features.sha256)
    events = home / "events"
    return Material(
        movements={SUBJECT: read_movements(home / "features", SUBJECT)},
        outcomes=read_outcomes(events),
        features=features,
        texts={},
        events=events,
    )
