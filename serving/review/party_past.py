"""What was known of a movement's parties when it became known: volumes, clean checks and finds by month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup
from sqlalchemy import Connection

from features.ledger.key_past import KeyPast, past_before
from features.measures import FINDS
from features.registry import FeatureSet
from models.languages import Language
from serving.review.month_chart import Month, month_chart
from serving.review.wording import PARTIES, said

DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
#: Months told: as many as the longest windows reach back.
MONTHS = 12

#: Whose past is told, in the order it is told; pairs and populations are left out.
TOLD = ("consignor", "consignee", "declarant", "carrier", "vehicle", "trailer")


@dataclass(frozen=True)
class PartyPast:
    """One party's past.

    Attributes:
        name: Its role, in words.
        months: Oldest first.
        chart: Of the months; None where nothing was known.
    """

    name: str
    months: Sequence[Month]
    chart: Markup | None

    @property
    def volume(self) -> int:
        """Declarations and crossings in all months."""
        return sum(month.volume for month in self.months)

    @property
    def clean(self) -> int:
        """Inspections that found nothing."""
        return sum(month.clean for month in self.months)

    @property
    def finds(self) -> int:
        """Inspections that found something."""
        return sum(month.finds for month in self.months)


def party_pasts(
    connection: Connection,
    features: FeatureSet,
    keys: Mapping[str, str],
    *,
    u: int,
    hidden: Collection[str],
    spoken: Language,
) -> list[PartyPast]:
    """The past of each party that has a key, up to the day before the movement became known.

    Args:
        connection: A transaction.
        features: Of the current epoch.
        keys: The movement's keys; a natural person has none.
        u: When the movement became known.
        hidden: Results of inspections that the reader may not see.
        spoken: The reader's language.
    """
    day = u // DAY
    mine = {role: keys[role] for role in TOLD if role in keys}
    known = {past.kind: past for past in past_before(connection, features, mine, day=day)}
    starts = _month_starts(datetime.fromtimestamp(u / 1e6, UTC).date() - timedelta(days=1))
    told = []
    for role in mine:
        months = _months(known[role], starts, hidden) if role in known else []
        name = said(spoken, PARTIES, role)
        seen = any(month.volume or month.clean or month.finds for month in months)
        told.append(PartyPast(name, months, month_chart(name, months, spoken) if seen else None))
    return told


def _months(past: KeyPast, starts: Sequence[date], hidden: Collection[str]) -> list[Month]:
    sums = {start: [0, 0, 0] for start in starts}
    finds = [f"found_{result}" for result in FINDS if result not in hidden]
    measures = (("declarations", "crossings"), ("clean",), finds)
    columns = [
        [column for name in names if (column := past.of(name)) is not None] for names in measures
    ]
    for row, number in enumerate(past.days.tolist()):
        month = sums.get((_EPOCH + timedelta(days=number)).replace(day=1))
        if month is not None:
            for place, each in enumerate(columns):
                month[place] += sum(int(column[row]) for column in each)
    return [Month(start, *sums[start]) for start in starts]


def _month_starts(last: date) -> list[date]:
    starts = [last.replace(day=1)]
    while len(starts) < MONTHS:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    return starts[::-1]
