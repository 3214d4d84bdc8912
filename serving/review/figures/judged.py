"""Whether scores held: predicted beside found on the random slice, and drift of what is predicted."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from statistics import fmean

from models.card import BANDS
from models.languages import Language
from models.risk_model import RiskModel
from models.verdicts import band_in_words
from serving.review.figures import names
from serving.review.figures.charts import Against, against
from serving.review.figures.parts import Targets, is_find
from serving.review.figures.shares import share
from serving.review.figures.stability import bins_of, stability
from serving.review.figures.tables import (
    Cell,
    Table,
    count,
    found_cells,
    in_1000,
    in_1000_in_words,
    insufficient,
    measured,
    nothing,
    rows_of,
    share_heads,
    words,
)
from serving.review.figures.view import View


def calibration(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """What was predicted and what chance found, by band; a band with few finds is named."""
    of: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in view.inspected:
        said = one.said.get(risk)
        if one.reason != "random" or not one.searched or said is None:
            continue
        if said.probability is not None and said.band is not None:
            of[said.band].append((said.probability, is_find(one, targets)))
    lines: list[tuple[str, str, list[tuple[float, bool]]]]
    lines = [(band, band_in_words(band, language=spoken), of.get(band, [])) for band in BANDS]
    lines.append(("all", spoken.words("All bands"), [row for rows in of.values() for row in rows]))
    rows, drawn = [], []
    for code, name, seen in lines:
        found = share(sum(hit for _, hit in seen), len(seen))
        expected = fmean(p for p, _ in seen) if seen else math.nan
        agrees = found.low <= expected <= found.high
        rows.append([
            words(name, code), count(len(seen), spoken), count(found.found, spoken),
            in_1000(expected, spoken) if found.sufficient else nothing(),
            *found_cells(found, spoken), _agrees(agrees, found.sufficient, spoken),
        ])  # fmt: skip
        if found.sufficient:
            drawn.append(Against(name, expected, found.value, found.low, found.high))
    title = spoken.say(
        "Predicted and found on the random slice: {risk}", risk=names.risk(risk, spoken)
    )
    return Table(
        name=f"calibration-{risk}",
        caption=title,
        heads=(
            spoken.words("Band"), spoken.words("Searched by chance"), spoken.words("Found"),
            spoken.words("Predicted in 1,000"), *share_heads(spoken, spoken.words("Found in 1,000")),
            spoken.words("Agrees"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "Predicted is the mean probability of those movements. It agrees where it lies "
                "within the interval of what was found. Below 10 finds it is insufficient."
            ),
        ),
        chart=against(
            drawn, title=title, across=spoken.words("predicted in 1,000"), up=spoken.words("found in 1,000"),
            words=partial(in_1000_in_words, spoken=spoken),
        ) if drawn else None,
    )  # fmt: skip


def drift(
    view: View, heads: Mapping[tuple[str, str], RiskModel], *, risk: str, spoken: Language
) -> Table:
    """Scores of the period beside those each head gave to what it learnt from."""
    rows = []
    for (subject, of_risk), head in sorted(heads.items()):
        if of_risk != risk:
            continue
        bins = bins_of(head.card.top_shares)
        name = words(names.subject(subject, spoken), subject)
        if bins is None:
            rows.append([name, nothing(), nothing(), nothing(), insufficient(spoken)])
            continue
        counts = [view.binned[subject, risk, place] for place in range(len(bins.usual))]
        told = stability(counts, bins.usual)
        enough = told.size != "insufficient"
        rows.append([
            name, count(told.n, spoken),
            measured(told.index, spoken) if enough else nothing(),
            measured(told.noise, spoken) if enough else nothing(),
            Cell(names.size(told.size, spoken), told.size),
        ])  # fmt: skip
    return Table(
        name=f"drift-{risk}",
        caption=spoken.say("Drift of the scores: {risk}", risk=names.risk(risk, spoken)),
        heads=(
            spoken.words("Movements"), spoken.words("Scored"), spoken.words("Stability index"),
            spoken.words("By chance alone"), spoken.words("Drift"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "The index compares the scores of the period with those of the movements the head "
                "learnt from: above 0.1 beyond chance is moderate, above 0.25 strong."
            ),
        ),
    )  # fmt: skip


def _agrees(agrees: bool, sufficient: bool, spoken: Language) -> Cell:
    if not sufficient:
        return insufficient(spoken)
    return Cell(spoken.words("yes") if agrees else spoken.words("no"), "yes" if agrees else "no")
