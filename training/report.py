"""The figures of an evaluation as files a program reads and a page a person looks at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from models.champion import RulesOnly
from models.files import canonical_json, write_whole
from training.evaluate import Result
from training.picture import page


def write_reports(
    results: Sequence[Result],
    rules_only: Iterable[RulesOnly],
    folder: Path,
    *,
    headline: str | None,
) -> None:
    """Write `metrics.json` (flat), `evaluation.json` (whole) and `evaluation.html` (the picture)."""
    without = [entry.model_dump() for entry in rules_only]
    write_whole(folder / "metrics.json", canonical_json(flat(results, headline=headline)))
    whole = {"results": [asdict(result) for result in results], "rules_only": without}
    write_whole(folder / "evaluation.json", canonical_json(whole))
    write_whole(folder / "evaluation.html", page(results, without).encode())


def flat(results: Sequence[Result], *, headline: str | None) -> dict[str, float]:
    """Every figure under one name: `<head>_<figure>[_<who>][_leak_free|_truth][_weighted]`.

    The headline's names go without the head; those of heads go without who. Figures that cannot be
    told, such as an AUC without hits, are left out.
    """
    figures = {}
    for result in results:
        start = "" if result.head == headline else result.head.replace("-", "_") + "_"
        end = "".join(
            f"_{word}"
            for word, plain in ((result.who, "head"), (result.part, "all"), (result.view, "naive"))
            if word != plain
        )
        values = {name: figure.value for name, figure in result.figures.items()}
        values |= {"hits": float(result.hits), "effective_hits": result.effective_hits}
        for name, value in values.items():
            if not math.isnan(value):
                figures[f"{start}{name}{end}"] = round(value, 6)
    return figures


def gains(results: Sequence[Result], *, capacity: str) -> Mapping[str, float]:
    """Share of what the oracle finds that each head finds, by head, where the truth is known."""
    found = {
        (r.head, r.who): r.figures[f"recall_at_{capacity}"].value
        for r in results
        if r.part == "truth"
    }
    return {
        head: found[head, "head"] / oracle
        for (head, who), oracle in found.items()
        if who == "oracle" and oracle > 0
    }
