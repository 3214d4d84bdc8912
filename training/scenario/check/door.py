"""A drawn period through the door that real data takes: its accounts, and the registry's columns.

The files are staged with the mapping into a ledger made anew, sealed and exported, and the
features computed from the export, as the stages `records` and `features` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa

from features.ledger.arrivals import microseconds
from features.ledger.export import export
from features.ledger.keyring import load_keyring, write_secret
from features.ledger.sealing import seal
from features.ledger.staging import Counts, stage_file
from features.ledger.store import open_ledger
from features.records.mapping import load_mapping
from features.registry import SUBJECTS, FeatureSet
from features.table import integer_table
from training.intervals import Figure
from training.scenario.check.report import Finding
from training.scenario.describe.files import Drawn
from training.scenario.profile import SEEDS

_RULE = "The import's accounts tell exactly what was planted"

#: In the order of the mapping: movements before what happened to them.
_FILES = ("consignments", "crossings", "inspections", "incidents")

#: Every outcome is known by then; the season must not lie in the future of the ledger's clock.
_LATER = timedelta(days=400)

#: It protects nothing: traders and vehicles are made up, and the ledger is gone after the check.
_SECRET = "00" * 32

_NO_INTERVAL = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Entered:
    """A drawn period once it was imported.

    Attributes:
        counts: What became of the lines of each file.
        integers: For each subject the integers of its columns, a row a version of a movement, with
            `source_record_id` and `record_version`.
    """

    counts: Mapping[str, Counts]
    features: FeatureSet
    integers: Mapping[str, pa.Table]


def entered(drawn: Drawn, work: Path, *, progress: Callable[[str], None]) -> Entered:
    """Imports a period into a ledger in an empty folder `work`, and makes its features."""
    mapping = load_mapping(SEEDS / "mappings" / "scenario.yaml")
    features = FeatureSet(mapping.extra_keys, tuple(sorted(mapping.extension.items())))
    write_secret(work / "secret.key", _SECRET)
    last = datetime.combine(drawn.first_day, time(), tzinfo=UTC) + timedelta(days=drawn.days)
    as_if = microseconds(last + _LATER)
    ledger = open_ledger(
        f"sqlite:///{work}/ledger.db", load_keyring(work / "secret.key"), clock=lambda: as_if
    )
    counts = {}
    for name in _FILES:
        progress(f"Reading {name}.csv")
        counts[name] = stage_file(ledger, mapping, drawn.folder / f"{name}.csv")
    progress("Sealing and exporting")
    seal(ledger, features=features)
    export(ledger, work / "events")
    ledger.close()
    progress("Features")
    integers = {s: integer_table(work / "events", features, s) for s in SUBJECTS}
    return Entered(counts, features, integers)


def accounting(
    counts: Mapping[str, Counts], planted: Mapping[str, Mapping[str, int]], *, seed: int
) -> Iterator[Finding]:
    """Whether the import counted as many lines of each sort as were planted, file by file."""
    for name, of_file in planted.items():
        read = counts[name]
        taken = of_file["lines"] - of_file["duplicates"] - of_file["malformed"]
        for what, found, meant in (
            ("duplicates", read.duplicate, of_file["duplicates"]),
            ("malformed", read.quarantined, of_file["malformed"]),
            ("taken", read.accepted + read.flagged, taken),
        ):
            figure = Figure(float(found), *_NO_INTERVAL)
            yield Finding(_RULE, seed, f"{name}: {what}", "", figure, f"{meant:,}", found == meant)
