"""What the gate measured of the champion before it let it serve, where that is kept at home."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.languages import Language
from serving.review.figures.tables import Cell, Table, rows_of, words

#: The gate's checks of how groups fare, by their names in its record.
ABOUT_GROUPS = (
    "swapped plates",
    "score tells country",
    "columns tell country",
    "selection rates",
    "plate country",
    "posts",
)


def of_gate(home: Path, pointer_sha256: str, *, spoken: Language) -> Table | None:
    """The gate's checks of groups; None where it kept no record of these heads.

    Its sentences are in English: they are signed as they stand.
    """
    path = home / "gate" / f"{pointer_sha256}.json"
    try:
        record: Mapping[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    checks = [one for one in record.get("checks", ()) if one.get("name") in ABOUT_GROUPS]
    verdicts = {
        "ok": spoken.words("nothing against it"),
        "refused": spoken.words("refused"),
        "insufficient": spoken.words("insufficient"),
    }
    return Table(
        name="gate",
        caption=spoken.words("What the gate found before these heads served"),
        heads=(
            spoken.words("Check"), spoken.words("Head"), spoken.words("Verdict"),
            spoken.words("Why"),
        ),
        rows=rows_of(
            [
                words(one["name"]), words(one.get("about", "")),
                Cell(verdicts.get(one["verdict"], one["verdict"]), one["verdict"]),
                words(one.get("sentence", "")),
            ]
            for one in checks
        ),
    )  # fmt: skip
