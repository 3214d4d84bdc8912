"""How long an office may learn from a movement: labels do not stay for ever.

A record is deleted when its retention is over (`features.records.check.RETENTION_DAYS`; a deployment
says its own in `seeds/deployment.yaml`), and with it what a head could learn from: without the
movement a find has no columns. Keeping finds for longer than what was clean would be worse than
keeping neither: the rate among what is left would grow with every year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from features.records.check import RETENTION_DAYS


@dataclass(frozen=True)
class Retention:
    """Days for which movements stay to learn from.

    Attributes:
        days: By subject; one that is not named stays for ever.
    """

    days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def first_day(self, subject: str, today: int) -> int:
        """The earliest day of the period of which movements of a subject are still there."""
        kept = self.days.get(subject)
        return 0 if kept is None else max(0, today - kept)


#: As long as the product takes records for, kind by kind.
AS_DOCUMENTED = Retention(MappingProxyType({
    kind: days for kind, days in RETENTION_DAYS.items() if kind in ("consignment", "crossing")
}))  # fmt: skip

FOR_EVER = Retention()
