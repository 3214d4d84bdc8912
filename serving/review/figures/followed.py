"""What was recommended and what was done: by intention, as recorded before anybody looked."""

from __future__ import annotations

from collections import Counter

from models.languages import Language
from serving.review.figures import names
from serving.review.figures.shares import share
from serving.review.figures.tables import (
    Table,
    count,
    few,
    rows_of,
    share_cells,
    share_heads,
    words,
)
from serving.review.figures.view import View

#: Recommendations below which the share of them that was done has no figure.
LEAST_CASES = 10


def compliance(view: View, *, spoken: Language) -> Table:
    """Recommended inspections that were made, by what they were recommended for."""
    done = {one.movement for one in view.inspected}
    asked = {one.movement for one in view.asked}
    rows = []
    for code in ("random", "model", "rule", "all"):
        of = [one for one in view.asked if code in (one.because, "all")]
        made = sum(one.movement in done for one in of)
        told = share(made, len(of), least_found=0, least_of=LEAST_CASES)
        name = spoken.words("All") if code == "all" else names.because(code, spoken)
        rows.append([
            words(name, code), count(len(of), spoken), count(made, spoken),
            *share_cells(told, spoken),
            count(len(done - asked), spoken) if code == "all" else words("–", ""),
        ])  # fmt: skip
    return Table(
        name="compliance",
        caption=spoken.words("Recommended and done"),
        heads=(
            spoken.words("Recommended because of"), spoken.words("Recommended"),
            spoken.words("Inspected"), *share_heads(spoken, spoken.words("Done")),
            spoken.words("Inspected unasked"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "An inspection counts once its outcome is known here: recent recommendations may "
                "still be open. Of inspections by chance, fewer than 8 in 10 done means that they no "
                "longer stand for all movements."
            ),
        ),
    )  # fmt: skip


def actions(view: View, *, spoken: Language) -> Table:
    """What the service recommended, and why."""
    counted: Counter[tuple[str, str]] = Counter()
    for (_, _, action, because), n in view.actions.items():
        counted[action, because] += n
    order = ("inspect", "check_documents", "release")
    rows = [
        [
            words(names.action(action, spoken), action),
            words(names.because(because, spoken), because),
            few(n, spoken),
        ]
        for (action, because), n in sorted(
            counted.items(), key=lambda one: (order.index(one[0][0]), one[0][1])
        )
    ]
    return Table(
        name="actions",
        caption=spoken.words("What was recommended"),
        heads=(
            spoken.words("Recommended"), spoken.words("Because of"), spoken.words("Scores"),
        ),
        rows=rows_of(rows),
    )  # fmt: skip


def alarms(view: View, *, spoken: Language) -> list[str]:
    """What calls for somebody, in sentences."""
    done = {one.movement for one in view.inspected}
    chance = [one for one in view.asked if one.because == "random"]
    told = share(
        sum(one.movement in done for one in chance),
        len(chance),
        least_found=0,
        least_of=LEAST_CASES,
    )
    if told.sufficient and told.high < 0.8:
        return [
            spoken.say(
                "Of {n} inspections that chance named, {done} were done: below 8 in 10 they no "
                "longer stand for all movements. Have them done, or lower the capacity to what can "
                "be done.",
                n=spoken.signed(f"{told.of:,}"),
                done=spoken.signed(f"{told.found:,}"),
            )
        ]
    return []
