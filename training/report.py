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

METRICS, EVALUATION, PICTURE = "metrics.json", "evaluation.json", "evaluation.html"
CURVES = "curves.csv"
REPORTS = (METRICS, EVALUATION, PICTURE, CURVES)
_RECALL = "recall_at_"


def write_reports(
    results: Sequence[Result],
    rules_only: Iterable[RulesOnly],
    folder: Path,
    *,
    headline: str | None,
) -> None:
    """Write the figures flat, whole, as a picture, and as curves that `dvc plots` draws."""
    without = [entry.model_dump() for entry in rules_only]
    write_whole(folder / METRICS, canonical_json(flat(results, headline=headline)))
    whole = {"results": [asdict(result) for result in results], "rules_only": without}
    write_whole(folder / EVALUATION, canonical_json(whole))
    write_whole(folder / PICTURE, page(results, without).encode())
    write_whole(folder / CURVES, curves(results).encode())


def flat(results: Sequence[Result], *, headline: str | None) -> dict[str, float]:
    """Every figure under one name: `<head>_<figure>[_<who>][_<part>][_<view>]`.

    The headline's names go without the head; those of heads go without who, those of all inspected
    without part, naive ones without view. Figures that cannot be told, such as an AUC without hits,
    are left out. Of all movements the doubly robust figures are told that enough hits back, and the
    naive hit rate beside them; how others compare is in the whole evaluation.
    """
    figures = {}
    for result in results:
        start = "" if result.head == headline else result.head.replace("-", "_") + "_"
        end = "".join(
            f"_{word}"
            for word, plain in ((result.who, "head"), (result.part, "all"), (result.view, "naive"))
            if word != plain
        )
        for name, value in _values(result).items():
            if not math.isnan(value):
                figures[f"{start}{name}{end}"] = round(value, 6)
    return figures | _shares_of_oracle(figures)


def curves(results: Sequence[Result]) -> str:
    """Recall at each capacity as CSV: over all movements as estimated, and by the truth where known.

    A row a head, way to rank, source and capacity; estimates that too few hits back are left out.
    """
    rows = ["head,who,source,capacity,recall,low,high"]
    for result in results:
        source = {("movements", "doubly_robust"): "estimate", ("truth", "naive"): "truth"}.get(
            (result.part, result.view)
        )
        told = result.estimates if source == "estimate" else result.figures
        for name, figure in told.items() if source else ():
            if name.startswith(_RECALL) and not math.isnan(figure.low):
                capacity = float(name.removeprefix(_RECALL).replace("_", ".")) / 100
                values = (capacity, figure.value, figure.low, figure.high)
                rows.append(
                    ",".join([result.head, result.who, source or "", *(f"{v:.6g}" for v in values)])
                )
    return "\n".join(rows) + "\n"


def _values(result: Result) -> dict[str, float]:
    """What is told of a result in the flat figures."""
    values = {name: figure.value for name, figure in result.figures.items()}
    backing = {"hits": float(result.hits), "effective_hits": result.effective_hits}
    if result.part != "movements":
        return values | backing
    if result.view == "naive":
        return {"hit_rate": values.get("hit_rate", math.nan)} if result.who == "head" else {}
    if result.view != "doubly_robust" or result.who == "random":
        return {}
    told = {name: value for name, value in values.items() if result.estimates[name].sufficient}
    if result.who != "head":
        return {name: value for name, value in told.items() if name != "hit_rate"}
    return told | backing | {"rows": float(result.rows)}


def _shares_of_oracle(figures: Mapping[str, float]) -> dict[str, float]:
    """Of what a ranking by the true risk finds, the share that each head finds."""
    shares = {}
    for name, oracle in figures.items():
        if "recall_at_" in name and name.endswith("_oracle_truth") and oracle > 0:
            head = name.removesuffix("_oracle_truth")
            shares[f"{head}_share_of_oracle"] = round(figures[f"{head}_truth"] / oracle, 6)
    return shares
