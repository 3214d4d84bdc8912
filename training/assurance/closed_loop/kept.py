"""What the simulation keeps for training: every movement's integers as of then, and all outcomes.

The shapes are those that training reads from an export of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from features.derive import incident_keys
from features.keys import keys_of
from features.ledger.arrivals import microseconds
from features.registry import SUBJECTS, FeatureSet
from features.spec import Integers
from training.assurance.closed_loop.live_ledger import Known
from training.police_reports import MOVEMENT_COLUMNS, NAMING_KEYS, REPORT_COLUMNS, STANDS, named


class Kept:
    """Movements and outcomes in the order in which they became known."""

    def __init__(self, features: FeatureSet) -> None:
        self._names = features.integer_names
        self._own: dict[str, list[tuple[int, str, str, int, int, str]]] = {s: [] for s in SUBJECTS}
        self._blocks: dict[str, list[Integers]] = {s: [] for s in SUBJECTS}
        #: Rows before each day, by subject.
        self._begins: dict[str, list[int]] = {s: [] for s in SUBJECTS}
        self._outcomes: list[dict[str, object]] = []
        #: What a police report may share with movements, of each movement and each linked report.
        self._movements: list[dict[str, object]] = []
        self._reports: list[dict[str, object]] = []

    def add(self, known: Sequence[Known]) -> None:
        """Keep a day's records."""
        for subject in SUBJECTS:
            names = self._names[subject]
            mine = [one for one in known if one.arrival.kind == subject]
            rows = [[one.entered.integers[name] for name in names] for one in mine]
            self._begins[subject].append(len(self._own[subject]))
            self._blocks[subject].append(np.array(rows, np.int64).reshape(len(mine), len(names)))
            self._own[subject] += [_own(one) for one in mine]
        for one in known:
            if one.arrival.kind == "inspection":
                self._outcomes += _outcome_rows(one)
            elif one.arrival.kind == "incident":
                for earlier in self._reports:
                    if earlier["u"] == one.entered.supersedes:
                        # Taken back at the moment just before the correction stands.
                        earlier["taken_back_u"] = one.entered.u - 1
                self._reports += _report_rows(one)
            else:
                self._movements.append(_named_by(one, keys_of(one.arrival.kind, one.entered.body)))

    def of_today(self, subject: str) -> dict[str, Integers]:
        """The integers of the last day's movements."""
        return self.of_days(subject, first=len(self._begins[subject]) - 1)

    def of_days(self, subject: str, *, first: int, until: int | None = None) -> dict[str, Integers]:
        """The integers of movements kept from a day on and before another; 0 is the first."""
        begins = [*self._begins[subject], len(self._own[subject])]
        start = begins[max(first, 0)]
        end = begins[-1 if until is None else until]
        # The last blocks are small, the first holds all that was asked for before.
        blocks: list[Integers] = []
        after = begins[-1]
        for block in reversed(self._blocks[subject]):
            if after <= start:
                break
            blocks.insert(0, block)
            after -= len(block)
        rows = np.concatenate(blocks)[start - after : end - after]
        return {name: rows[:, j] for j, name in enumerate(self._names[subject])}

    def movements(self, subject: str, *, first: int = 0) -> pa.Table:
        """Movements of a subject kept from a day on, as `features.table.integer_table` has them.

        A row is a version; 0 is the first day.
        """
        block = np.concatenate(self._blocks[subject])
        self._blocks[subject] = [block]
        start = self._begins[subject][first]
        columns = np.asfortranarray(block[start:])
        u, system, number, version, event_at, post = zip(*self._own[subject][start:], strict=True)
        own = {
            "u": pa.array(u, pa.int64()),
            "source_system": pa.array(system, pa.string()),
            "source_record_id": pa.array(number, pa.string()),
            "record_version": pa.array(version, pa.int32()),
            "event_at": pa.array(event_at, pa.int64()),
            "owner_post": pa.array(post, pa.string()),
        }
        made = {name: pa.array(columns[:, j]) for j, name in enumerate(self._names[subject])}
        return pa.table(own | made)

    def outcomes(self) -> pd.DataFrame:
        """All outcomes so far, as `training.labels.read_outcomes` has them."""
        return pd.DataFrame(self._outcomes, columns=list(_COLUMNS)).astype(_COLUMNS)

    def reports(self) -> pd.DataFrame:
        """All police reports so far, as `training.police_reports.read_reports` has them."""
        movements = pd.DataFrame(self._movements, columns=list(MOVEMENT_COLUMNS))
        return named(movements, pd.DataFrame(self._reports, columns=list(REPORT_COLUMNS)))


#: Columns of outcomes and their types.
_COLUMNS: dict[str, str] = {
    "u": "int64",
    "movement_u": "object",
    "takes_back": "object",
    "result": "object",
    "selection_reason": "object",
    "control_level": "object",
    "selection_propensity": "float64",
    "source_system": "object",
    "source_record_id": "object",
    "record_version": "int64",
}


def _own(one: Known) -> tuple[int, str, str, int, int, str]:
    record = one.arrival.record
    return (
        one.entered.u,
        record.source_system,
        record.source_record_id,
        record.record_version,
        microseconds(record.event_at),
        record.owner_post or "",
    )


def _named_by(one: Known, keys: Mapping[str, str]) -> dict[str, object]:
    """What a police report may share with the movement, or a movement with the report."""
    u, system, number, _, event_at, post = _own(one)
    own: dict[str, object] = {
        "u": u, "source_system": system, "source_record_id": number, "event_at": event_at,
        "owner_post": post,
    }  # fmt: skip
    return own | {f"key_{kind}": keys.get(kind) for kind in NAMING_KEYS}


def _report_rows(one: Known) -> list[dict[str, object]]:
    """The report, if it is linked to anything that moves."""
    body = one.entered.body
    keys = incident_keys(body)
    if not any(kind in keys for kind in NAMING_KEYS):
        return []
    graded = ("incident_type", "source_grade", "information_grade")
    told = {name: body.get(name) for name in graded} | {"taken_back_u": STANDS}
    return [_named_by(one, keys) | told]


def _outcome_rows(one: Known) -> list[dict[str, object]]:
    """The outcome, and before it the row that takes back the one it corrects."""
    record, body, entered = one.arrival.record, one.entered.body, one.entered
    name: dict[str, object] = {
        "source_system": record.source_system,
        "source_record_id": record.source_record_id,
    }
    rows: list[dict[str, object]] = []
    if entered.supersedes is not None:
        # An earlier version is taken back at the moment just before the new one stands.
        taken: dict[str, object] = {"u": entered.u - 1, "takes_back": entered.supersedes}
        rows.append(name | taken | {"record_version": record.record_version - 1})
    said = {
        key: body.get(key)
        for key in ("result", "selection_reason", "control_level", "selection_propensity")
    }
    stands = {"u": entered.u, "movement_u": entered.movement_u}
    rows.append(name | stands | said | {"record_version": record.record_version})
    return rows
