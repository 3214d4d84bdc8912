"""What a model brings, in two figures a head: for those who read nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from training.documents.facts import Facts
from training.documents.measured import Comparison
from training.documents.wording import spoken

Row = tuple[object, ...]


def in_short(facts: Facts) -> list[Row]:
    """Precision and recall of each head at the capacity nearest to the deployment's."""
    wanted = 100 * (facts.deployment.capacity.inspect_share or 0.03)
    rows: list[Row] = []
    for head in facts.heads:
        name = spoken(head.model.card.name)
        told = {comparison.slice: comparison for comparison in head.figures}
        best = next((told[of] for of in _BEST if of in told), None)
        if best is None or best.nothing:
            why = best.nothing if best else head.unmeasured
            rows.append((name, "no figures", "", "", "", why))
        for comparison in (best, told.get(("truth", "naive"))):
            if comparison and not comparison.nothing:
                rows += _nearest(name, comparison, wanted)
    return rows


#: Slices and views, the one that says most of all movements first.
_BEST = (("movements", "doubly_robust"), ("all", "weighted"), ("all", "naive"))


def _nearest(name: str, comparison: Comparison, wanted: float) -> Iterator[Row]:
    ways = [dict(zip(comparison.head, row, strict=True)) for row in comparison.rows]
    shares = {share for way in ways if (share := _share(way[""])) is not None}
    if not shares:
        return
    nearest = min(shares, key=lambda share: (abs(share - wanted), share))
    for way in ways:
        if _share(way[""]) == nearest:
            cells = (way.get(who, "") for who in ("Vardar", "rule list", "chance"))
            yield name, way[""], *cells, comparison.title


def _share(figure_name: str) -> float | None:
    start, at, share = figure_name.partition(" at ")
    return float(share.removesuffix(" %")) if at and start in ("precision", "recall") else None
