"""The figures of an evaluation, laid out for reading: each beside its baselines, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.documents.evaluation_file import InGroup, Interval, Measured, OfTypology
from training.documents.wording import count, figure, small_count, spoken

_WHO = {
    "head": "Vardar",
    "challenger": "challenger",
    "logistic": "logistic regression",
    "rules": "rule list",
    "random": "chance",
    "oracle": "oracle",
}
_PARTS = {
    "all": "Inspected movements of the test days",
    "leak_free": "Inspected movements of the test days whose values training never saw",
    "movements": "All movements of the test days, inferred from those inspected",
    "truth": "All movements of the test days, by what they truly carried",
}
_VIEWS = {
    "naive": "as counted",
    "weighted": "weighted by inverse propensity",
    "random_slice": "from the random slice alone",
    "hajek": "by inverse propensity",
    "doubly_robust": "doubly robust",
}
#: What is printed where too few hits back a figure.
INSUFFICIENT = "insufficient"

#: Figures whose names begin so, in the order in which they are told; the others follow.
_ORDER = ("precision_at_", "recall_at_", "auc", "average_precision", "base_rate", "brier")


@dataclass(frozen=True)
class Comparison:
    """One slice and view of a head: a row a figure, a column a way to rank; or one kind of group.

    Attributes:
        slice: Part and view it is of.
        nothing: Why there is nothing to compare; "" if there is.
        alarms: What the log cannot tell of it, in sentences.
    """

    slice: tuple[str, str]
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str = ""
    alarms: tuple[str, ...] = ()


def compared(results: Sequence[Measured], head: str) -> list[Comparison]:
    """The results of a head, slice by slice and view by view, in the order of the report."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for result in results:
        if result.head == head:
            groups.setdefault((result.part, result.view), []).append(result)
    return [_comparison(*group, members) for group, members in groups.items()]


def in_groups(results: Sequence[Measured], head: str) -> list[Comparison]:
    """The head's figures by group and, where the truth is known, by typology; no cell is left out."""
    tables: list[Comparison] = []
    for result in results:
        if result.head != head or result.who != "head":
            continue
        told = result.part, result.view
        for kind in dict.fromkeys(group.kind for group in result.groups):
            rows = tuple(_group(group) for group in result.groups if group.kind == kind)
            tables.append(Comparison(told, f"By {spoken(kind)}, {_VIEWS[told[1]]}", _GROUPS, rows))
        if result.typologies:
            rows = tuple(_typology(one) for one in result.typologies)
            tables.append(Comparison(told, "By typology, of what was truly carried", _FOUND, rows))
    return tables


_GROUPS = ("Group", "Movements", "Measuring", "Hits", "Mean probability", "Hit rate", "Selected",
           "Precision")  # fmt: skip
_FOUND = ("Typology", "Movements that carried", "Found")


def _group(group: InGroup) -> tuple[str, ...]:
    if not group.sufficient:
        rate = precise = INSUFFICIENT
    else:
        rate = _interval(group.hit_rate)
        precise = _interval(group.precision) if group.precision else "none selected"
    return (
        spoken(group.name),
        count(group.movements),
        count(group.inspected),
        small_count(group.hits),
        figure(group.mean_probability),
        rate,
        "not known" if group.selected is None else count(group.selected),
        precise,
    )


def _typology(found: OfTypology) -> tuple[str, ...]:
    told = _interval(found.recall) if found.sufficient else INSUFFICIENT
    return found.typology, count(found.carrying), told


def _comparison(part: str, view: str, members: Sequence[Measured]) -> Comparison:
    title = f"{_PARTS.get(part, spoken(part).capitalize())}, {_VIEWS.get(view, spoken(view))}"
    if part == "truth":
        title = _PARTS[part]
    if nothing := members[0].nothing:
        return Comparison((part, view), title, (), (), nothing)
    names = sorted({name for member in members for name in member.figures}, key=_place)
    rows = [
        ("measuring movements", *(count(member.rows) for member in members)),
        ("hits", *(count(member.hits) for member in members)),
        ("effective hits", *(figure(member.effective_hits) for member in members)),
        *((in_words(name), *(_cell(member, name) for member in members)) for name in names),
    ]
    alarms = {a for member in members if member.overlap for a in member.overlap.alarms}
    head = ("", *(_WHO.get(m.who, spoken(m.who)) for m in members))
    return Comparison((part, view), title, head, tuple(rows), alarms=tuple(sorted(alarms)))


def in_words(name: str) -> str:
    """A figure's name: `recall_at_0_5` is "recall at 0.5 %"."""
    start, at, share = name.partition("_at_")
    if at and share.replace("_", "").isdigit():
        return f"{spoken(start)} at {share.replace('_', '.')} %"
    return {"auc": "AUC", "brier": "Brier score"}.get(name, spoken(name))


def _cell(member: Measured, name: str) -> str:
    found = member.figures.get(name)
    if found is None or found.value is None:
        return "not measured"
    return INSUFFICIENT if _too_few(member, found) else _interval(found)


def _too_few(member: Measured, found: Interval) -> bool:
    # Over all movements each figure has a backing of its own, and no interval without it.
    return found.low is None if member.part == "movements" else not member.sufficient


def _interval(found: Interval) -> str:
    if found.value is None or found.low is None:
        return INSUFFICIENT
    # A ratio whose denominator may be 0 has no upper end, and JSON no infinity.
    high = "unbounded" if found.high is None else figure(found.high)
    return f"{figure(found.value)} ({figure(found.low)} to {high})"


def _place(name: str) -> tuple[int, float, str]:
    for place, start in enumerate(_ORDER):
        if name.startswith(start):
            share = name.removeprefix(start).replace("_", ".")
            return place, float(share) if share.replace(".", "").isdigit() else 0.0, name
    return len(_ORDER), 0.0, name
