"""What came in, and how long outcomes take."""

from __future__ import annotations

from collections import Counter, defaultdict

from sqlalchemy import Connection, func, select

from features.ledger import tables as stored
from models.languages import Language
from serving.review.figures import names
from serving.review.figures.delays import days_until_known
from serving.review.figures.facts import DAY
from serving.review.figures.tables import (
    Cell,
    Table,
    count,
    measured,
    nothing,
    rows_of,
    words,
)
from serving.review.figures.view import View

#: Outcomes below which a delay has no figure.
LEAST_OUTCOMES = 10


def records(view: View, *, spoken: Language) -> Table:
    """Records that became known in the period, by kind and source."""
    of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (place, kind, how), n in view.records.items():
        of[kind, place.source_system][how] += n
    rows = [
        [
            words(names.subject(kind, spoken), kind), words(system),
            *(count(told[how], spoken) for how in ("accepted", "flagged", "again")),
        ]
        for (kind, system), told in sorted(of.items())
    ]  # fmt: skip
    return Table(
        name="records",
        caption=spoken.words("Records that became known"),
        heads=(
            spoken.words("Kind"), spoken.words("Source system"), spoken.words("Accepted"),
            spoken.words("Accepted with flags"), spoken.words("Later versions"),
        ),
        rows=rows_of(rows),
        notes=(spoken.words("Each record is counted once, at its first version."),),
    )  # fmt: skip


def lines(connection: Connection, *, spoken: Language) -> Table:
    """What became of every line of every file: the four counts add up to the lines read."""
    row, aside = stored.imports.c, stored.quarantine.c
    found = connection.execute(
        select(
            row.file, row.lines_read, row.accepted, row.flagged, row.quarantined, row.duplicate
        ).order_by(row.file)
    )
    rows = [
        [words(file), *(count(n, spoken) for n in counts)]
        for file, *counts in found
    ]  # fmt: skip
    waiting = connection.execute(
        select(func.count()).select_from(stored.quarantine).where(aside.resubmitted_at.is_(None))
    ).scalar_one()
    return Table(
        name="lines",
        caption=spoken.words("Lines of imported files, since the beginning"),
        heads=(
            spoken.words("File"), spoken.words("Lines read"), spoken.words("Accepted"),
            spoken.words("Accepted with flags"), spoken.words("Quarantined"),
            spoken.words("Duplicates"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.say_counted(
                "{n} record is in quarantine.", "{n} records are in quarantine.", n=waiting
            ),
        ),
    )  # fmt: skip


def delays(view: View, *, spoken: Language) -> Table:
    """Days from a movement to its outcome, allowing for those still out."""
    of: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for one in view.inspected:
        if one.searched:
            delay = max((one.known_at - one.movement_at) / DAY, 0.0)
            waited = max((view.until - one.movement_at) / DAY, delay)
            of[one.movement[0]].append((delay, waited))
    rows = []
    for kind, pairs in sorted(of.items()):
        cells: tuple[Cell, ...] = (
            Cell(spoken.words("insufficient"), "insufficient", numeric=True), nothing(), nothing(),
        )  # fmt: skip
        if len(pairs) >= LEAST_OUTCOMES:
            delays_seen, waits = ([pair[place] for pair in pairs] for place in (0, 1))
            told = days_until_known(delays_seen, waits, (0.5, 0.9, 0.99)) or []
            cells = tuple(measured(float(f"{days:.3g}"), spoken) for days in told)
        rows.append([words(names.subject(kind, spoken), kind), count(len(pairs), spoken), *cells])
    return Table(
        name="delays",
        caption=spoken.words("Days until the outcome is known"),
        heads=(
            spoken.words("Movements"), spoken.words("Outcomes"), spoken.words("Half within"),
            spoken.words("9 in 10 within"), spoken.words("99 in 100 within"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "From the movement to the first outcome that says something. Outcomes still out are "
                "allowed for, up to the longest delay there was time to see."
            ),
        ),
    )  # fmt: skip
