"""Stage `records`: the made-up files, imported like real ones, and the ledger they make.

`python -m training.stages.records`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml
from rich.console import Console

from features.ledger.arrivals import microseconds
from features.ledger.export import export
from features.ledger.keyring import load_keyring, write_secret
from features.ledger.sealing import seal
from features.ledger.staging import Counts, stage_file
from features.ledger.store import open_ledger
from features.records.mapping import load_mapping
from features.registry import FeatureSet

_SCENARIO, _EVENTS = Path("data/scenario"), Path("data/events")
_HOME = Path("var/demo")

#: In the order of the mapping: movements before what happened to them.
_FILES = ("consignments.csv", "crossings.csv", "inspections.csv", "incidents.csv")


def main() -> None:
    """Import, seal and export, into a ledger made anew."""
    params = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["records"]
    mapping = load_mapping(Path(params["mapping"]))
    secret = _HOME / "secret.key"
    for old in (*_HOME.glob("ledger.db*"), secret):
        old.unlink(missing_ok=True)
    write_secret(secret, params["demo_secret"])
    # A fixed clock: the season must not lie in the future of a machine that runs late.
    as_if = microseconds(datetime.fromisoformat(params["as_if"]))
    ledger = open_ledger(f"sqlite:///{_HOME}/ledger.db", load_keyring(secret), clock=lambda: as_if)
    console = Console()
    total = Counts()
    for name in _FILES:
        with console.status(f"Reading {name}"):
            total += stage_file(ledger, mapping, _SCENARIO / name)
    with console.status("Sealing and exporting"):
        features = FeatureSet(mapping.extra_keys, tuple(sorted(mapping.extension.items())))
        seal(ledger, features=features)
        exported = export(ledger, _EVENTS)
    ledger.close()
    console.print(
        f"{total.lines_read:,} lines: {total.accepted:,} accepted, {total.flagged:,} with flags, "
        f"{total.quarantined:,} quarantined, {total.duplicate:,} duplicates; "
        f"{exported.rows:,} events."
    )


if __name__ == "__main__":
    main()
