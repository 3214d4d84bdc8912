"""From the bytes of a request to records at the ledger's door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from features.ledger.arrivals import arrival
from features.ledger.store import Clock
from features.records.check import CheckSettings, check_record, decode_json
from features.records.problems import FieldProblem, RecordRefused
from features.records.pseudonyms import Pseudonymiser
from serving.access.principal import Principal
from serving.access.rows import not_theirs
from serving.work import Refusal, Submission, Work

#: Most records in one batch.
LARGEST_BATCH = 10_000

#: Rules that a text breaks before it says anything: it is not JSON with one meaning.
TEXT_RULES = frozenset({"malformed_json", "too_deep", "repeated_name"})

_SETTINGS = CheckSettings()


@dataclass(frozen=True)
class Intake:
    """Checks what comes in, by the service's clock."""

    pseudonymiser: Pseudonymiser
    clock: Clock

    def now(self) -> datetime:
        """The service's time."""
        return datetime.fromtimestamp(self.clock() / 1e6, UTC)

    def one(self, kind: str, raw: bytes, *, door: str, by: Principal | None = None) -> Work:
        """The record that a body holds, or its refusal.

        Args:
            kind: Of the record.
            raw: The body.
            door: What it came through.
            by: Who sent it; None for a command on the deployment's own machine.
        """
        try:
            payload = decode_json(raw)
        except RecordRefused as error:
            return Refusal(kind, raw, error.problems, door, actor=by.id if by else door)
        return self._checked(kind, payload, raw, door=door, by=by)

    def many(
        self, kind: str, raw: bytes, *, door: str, by: Principal | None = None
    ) -> list[Work] | Refusal:
        """The records that an array holds, each with its refusal; or the refusal of the whole.

        Args: as `one`.
        """
        try:
            payloads = decode_json(raw)
            if not isinstance(payloads, list):
                raise _refused("not_an_array", "A batch is an array of records; send one.")
            if not 1 <= len(payloads) <= LARGEST_BATCH:
                raise _refused(
                    "batch_size", f"A batch holds 1 to {LARGEST_BATCH} records; split it."
                )
        except RecordRefused as error:
            return Refusal(kind, raw, error.problems, door, actor=by.id if by else door)
        return [
            self._checked(kind, payload, orjson.dumps(payload), door=door, by=by)
            for payload in payloads
        ]

    def _checked(
        self, kind: str, payload: object, raw: bytes, *, door: str, by: Principal | None
    ) -> Work:
        try:
            checked = check_record(
                kind,
                payload,  # type: ignore[arg-type]
                now=self.now(),
                settings=_SETTINGS,
            )
        except RecordRefused as error:
            return Refusal(kind, raw, error.problems, door, actor=by.id if by else door)
        record = checked.record
        wrong = not_theirs(by, record) if by else ()
        if by and wrong:
            return Refusal(kind, raw, wrong, door, actor=by.id)
        here = arrival(kind, checked, self.pseudonymiser)
        return Submission(here, raw, door, actor=by.id if by else record.source_system)


def chunks(work: Sequence[Work], size: int) -> list[Sequence[Work]]:
    """The work in pieces of at most `size`."""
    return [work[start : start + size] for start in range(0, len(work), size)]


def _refused(rule: str, message: str) -> RecordRefused:
    return RecordRefused([FieldProblem("", rule, message)])
