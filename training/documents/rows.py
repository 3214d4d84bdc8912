"""Rows of the tables in documents, from what the run knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from features.dictionary import Entry
from models.capacities import Capacities
from models.rules import Condition, Rule
from training.documents.deployment import MISSING
from training.documents.deployment_form import Capacity, Deployment
from training.documents.documented_heads import Head
from training.documents.gate_records import GateCheck
from training.documents.markdown import code
from training.documents.wording import count, day, figure, one_in, percent, small_count, spoken
from training.params import Params

Row = tuple[object, ...]

_KINDS = {
    "boosted_trees": "boosted trees",
    "logistic": "logistic regression",
    "blend": "trees and logistic regression",
}
_CAPACITY = {
    "inspect_share": "movements that can be inspected",
    "document_share": "movements whose documents can be checked besides",
    "random_share": "inspections that chance decides",
}


def risk_rows(deployment: Deployment, params: Params) -> list[Row]:
    """Risk, purpose, results that count as a hit."""
    purposes = deployment.purpose.risks
    return [
        (spoken(risk), purposes.get(risk) or f"{MISSING}: purpose.risks.{risk}", _named(results))
        for risk, results in params.targets.items()
    ]


def _head_rows(heads: Iterable[Head]) -> Iterator[Row]:
    for head in heads:
        card = head.model.card
        manifest = code(head.model.manifest_sha256 or "")
        yield spoken(card.name), _KINDS.get(card.kind, card.kind), code(card.version), manifest


def _data_rows(heads: Iterable[Head]) -> Iterator[Row]:
    for head in heads:
        card = head.model.card
        rows, hits = count(card.trained_rows), small_count(card.trained_hits)
        days = day(card.trained_from), day(card.trained_to)
        yield spoken(card.name), *days, rows, hits, _base_rate(card.base_rate)


def _head_details(head: Head) -> Iterator[Row]:
    card = head.model.card
    yield "Kind", _KINDS.get(card.kind, card.kind)
    yield "Version", code(card.version)
    yield "Manifest's SHA-256", code(head.model.manifest_sha256 or "")
    for name, digest in head.files.items():
        yield Markup("SHA-256 of ") + code(name), code(digest)
    yield "SHA-256 of its features", code(card.spec_sha256)
    yield "Hits are", _named(card.target_results)
    yield "Learnt from", f"{day(card.trained_from)} to {day(card.trained_to)}"
    yield "Inspected movements", count(card.trained_rows)
    yield "Finds among them", small_count(card.trained_hits)
    yield "Base rate", _base_rate(card.base_rate)
    yield "Columns", count(len(card.columns))
    yield "Columns whose direction is fixed", count(sum(c.direction != 0 for c in card.columns))
    for name, value in sorted(card.metrics.items()):
        yield f"When it was fitted: {spoken(name)}", figure(value)
    if card.notes:
        yield "Notes", card.notes


def _band_rows(bands: Iterable[tuple[str, float]]) -> Iterator[Row]:
    for name, lower in bands:
        yield spoken(name), figure(lower), one_in(lower) if lower else "everything below"


def _threshold_rows(thresholds: Iterable[tuple[str, float]]) -> Iterator[Row]:
    for action, probability in thresholds:
        yield action, figure(probability), one_in(probability)


def _share_rows(shares: Iterable[tuple[str, float]]) -> Iterator[Row]:
    for reason, share in shares:
        yield spoken(reason), percent(share)


def _capacity_rows(capacity: Capacity) -> Iterator[Row]:
    for name, words in _CAPACITY.items():
        share = getattr(capacity, name)
        yield words, f"{MISSING}: capacity.{name}" if share is None else percent(share)


def _post_rows(capacities: Capacities) -> Iterator[Row]:
    for post, capacity in (("every other post", capacities.default), *capacities.posts.items()):
        yield (
            post,
            figure(capacity.inspections),
            figure(capacity.document_checks),
            ", ".join(f"{hour}:00" for hour in capacity.shifts_begin),
            percent(capacity.random_share),
            percent(capacity.rules_share),
        )


def _rule_rows(rules: Iterable[Rule]) -> Iterator[Row]:
    for rule in rules:
        state = "mandatory" if rule.mandatory else "on"
        conditions = ", ".join(map(_condition, rule.all))
        yield (
            rule.code,
            f"{rule.subject}, {spoken(rule.risk)}",
            f"{rule.sentence} ({conditions})",
            count(rule.points),
            state if rule.enabled else "off",
        )


def _condition(condition: Condition) -> str:
    ends = {"at_least": "at least", "at_most": "at most", "equals": "is"}
    for name, words in ends.items():
        value = getattr(condition, name)
        if value is not None:
            return f"{condition.column} {words} {value:g}"
    return f"{condition.column} {'not known' if condition.missing else 'known'}"


def _feature_rows(entries: Iterable[Entry]) -> Iterator[Row]:
    for entry in entries:
        made_of = Markup(", ").join(map(code, entry.sources))
        says = entry.sentence.replace("{value}", "…")
        yield code(entry.name), says, entry.unit, "; ".join(entry.past) or "record alone", made_of


def _entry_counts(entries: Mapping[str, Sequence[Entry]]) -> str:
    told = [f"a {subject} has {count(len(of))} features" for subject, of in entries.items()]
    return f"{', '.join(told)}.".capitalize()


def _settings(params: Params) -> Iterator[Row]:
    for section in ("split", "fit", "calibrate"):
        for name, value in _flat(getattr(params, section).model_dump(mode="json"), section):
            yield code(name), value
    yield code("seed"), params.seed


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _flat(inside, f"{name}.{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inside in enumerate(value, start=1):
            told = ", ".join(f"{key} {_plain(of)}" for key, of in inside.items())
            yield f"{name}.{number}", told
    elif isinstance(value, list):
        yield name, ", ".join(map(_plain, value))
    elif value is not None:
        yield name, _plain(value)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lock_rows(outputs: Iterable[tuple[str, str, str, str]]) -> Iterator[Row]:
    for stage, path, digest, state in outputs:
        yield stage, code(path), code(digest), state


def _coded(pairs: Iterable[tuple[object, ...]]) -> Iterator[Row]:
    return ((code(first), *rest) for first, *rest in pairs)


def _spoken(pairs: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    return ((spoken(first), *rest) for first, *rest in pairs)


def _check_rows(checks: Iterable[GateCheck]) -> Iterator[Row]:
    return ((c.name, spoken(c.about) or "all", c.verdict, c.sentence) for c in checks)


def _hashes(files: Iterable[tuple[str, str]]) -> Iterator[Row]:
    return ((code(name), code(digest)) for name, digest in files)


def _named(results: Iterable[str]) -> str:
    return ", ".join(map(spoken, results))


def _base_rate(share: float) -> str:
    return f"{figure(share)} ({one_in(share)})"


#: By the names templates call them.
ROWS: Mapping[str, Callable[..., Any]] = {
    "head_rows": _head_rows,
    "data_rows": _data_rows,
    "head_details": _head_details,
    "band_rows": _band_rows,
    "threshold_rows": _threshold_rows,
    "share_rows": _share_rows,
    "capacity_rows": _capacity_rows,
    "post_rows": _post_rows,
    "rule_rows": _rule_rows,
    "feature_rows": _feature_rows,
    "entry_counts": _entry_counts,
    "settings": _settings,
    "lock_rows": _lock_rows,
    "code_first": _coded,
    "spoken_first": _spoken,
    "check_rows": _check_rows,
    "hashes": _hashes,
}
