"""Reading what somebody typed: every fault is named with its field and the way out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models.languages import Language
from serving.review.faults import Fault

#: A text that has to explain something.
SHORTEST_TEXT, LONGEST_TEXT = 10, 2_000


class FormRefused(Exception):
    """A form that cannot be taken as it is.

    Attributes:
        because: What the audit is told, where the fault is more than a slip of the hand.
    """

    def __init__(self, faults: Collection[Fault], *, because: str | None = None) -> None:
        self.faults = tuple(faults)
        self.because = because
        super().__init__("; ".join(fault.message for fault in self.faults))


@dataclass
class Form:
    """A form as it was sent.

    Attributes:
        given: What was typed, by field; an empty field is not there.
        spoken: The language that faults are told in.
        faults: Those found so far.
    """

    given: Mapping[str, str]
    spoken: Language
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.faults.append(Fault(name, message))

    def check(self) -> None:
        """Raises `FormRefused` if a fault was found."""
        if self.faults:
            raise FormRefused(self.faults)

    def choice(
        self, name: str, options: Collection[str], label: str, *, required: bool = True
    ) -> str:
        """One of the options; empty where none was chosen."""
        found = self.given.get(name, "")
        if found in options or (not found and not required):
            return found
        self.fault(name, self.spoken.say("{label}: choose one of the answers.", label=label))
        return ""

    def text(self, name: str, label: str, *, required: bool) -> str:
        """A text that says something, if it has to."""
        found = self.given.get(name, "").strip()
        if (found or required) and len(found) < SHORTEST_TEXT:
            self.fault(
                name,
                self.spoken.say(
                    "{label}: write at least {n} characters, so that others understand it.",
                    label=label,
                    n=SHORTEST_TEXT,
                ),
            )
        elif len(found) > LONGEST_TEXT:
            self.fault(
                name,
                self.spoken.say(
                    "{label}: write at most {n} characters.", label=label, n=LONGEST_TEXT
                ),
            )
        return found

    def ticked(self, name: str, message: str) -> None:
        """A box that has to be ticked; the message says what for."""
        if self.given.get(name) != "yes":
            self.fault(name, message)

    def moment(
        self, name: str, label: str, zone: ZoneInfo, *, required: bool = False
    ) -> datetime | None:
        """A local time of the post, such as 2026-07-01T08:30, in UTC."""
        found = self.given.get(name, "").strip()
        if not found and not required:
            return None
        try:
            return datetime.fromisoformat(found).replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            self.fault(
                name,
                self.spoken.say(
                    "{label}: write day and time like 2026-07-01T08:30, local time at the post.",
                    label=label,
                ),
            )
            return None
