"""What was done with a case, by whom and when, as far as its reader may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.languages import Language
from serving.review import step_words
from serving.review.cases import Done
from serving.review.known import Known
from serving.review.states import Step

#: Before one's own view and the score, no more is told of a colleague's work than that it was done.
_TOLD_BLIND = frozenset({Step.VIEW, Step.REVEAL, Step.TAKE, Step.HAND_OVER, Step.CORRECT})


@dataclass(frozen=True)
class Entry:
    """One step in words.

    Attributes:
        at: Microseconds since 1970 UTC.
        lines: What was said with it, by what that is.
    """

    at: int
    who: str
    what: str
    lines: Sequence[tuple[str, str]] = ()


def is_blind(known: Known) -> bool:
    """Whether the reader is to form a view of their own first."""
    seen = known.seen
    role = known.here.access.policy.roles[seen.by.role]
    return role.own_view_first and not seen.revealed


def trail(known: Known, spoken: Language) -> list[Entry]:
    """Every step, the last one first."""
    blind = is_blind(known)
    return [entry(done, known, spoken, blind=blind) for done in reversed(known.seen.steps)]


def entry(done: Done, known: Known, spoken: Language, *, blind: bool = False) -> Entry:
    """One step; without what it says where the reader is blind to that."""
    deeds = step_words.deeds(spoken)
    who = known.names.get(done.actor, done.actor)
    mine = done.actor == known.seen.by.id
    if blind and not mine:
        told = deeds[done.step] if done.step in _TOLD_BLIND else spoken.words("worked on the case")
        return Entry(done.at, who, told)
    return Entry(done.at, who, deeds[done.step], tuple(_lines(done, known, spoken)))


def since(known: Known, version: int) -> list[Done]:
    """The steps that were taken since the case had this version, in their order."""
    left = known.seen.case.version - version
    found: list[Done] = []
    for done in reversed(known.seen.steps):
        if left <= 0:
            break
        # A new version of the movement changes the row once, and its step once more.
        left -= 2 if done.step is Step.RESCORE else 1
        found.insert(0, done)
    return found


def _lines(done: Done, known: Known, spoken: Language) -> Iterator[tuple[str, str]]:
    detail = done.detail
    for name, (label, options) in _coded(done.step, spoken).items():
        if detail.get(name):
            yield label, options.get(detail[name], str(detail[name]))
    if detail.get("to_country"):
        yield spoken.words("Country"), country_name(detail["to_country"], spoken)
    if done.step is Step.HAND_OVER:
        to = detail["to"]
        yield (
            spoken.words("To whom"),
            known.names.get(to, to) if to else spoken.words("The next shift"),
        )
    if done.step is Step.RECORD_OUTCOME:
        yield from _finds(detail["inspection"].get("finds", ()), spoken)
        if said := detail["inspection"].get("reason_text"):
            yield spoken.words("In words"), said
    for change in detail.get("changed", ()):
        yield change["label"], f"{_shown(change['from'])} → {_shown(change['to'])}"
    if detail.get("to_be_told"):
        names = ", ".join(country_name(code, spoken) for code in detail["to_be_told"])
        yield spoken.words("To be told of the correction"), names
    if done.step is Step.RESCORE and detail["asks_more"]:
        yield spoken.words("What follows"), spoken.words("It asks for more than before")
    if detail.get("text"):
        yield spoken.words("In words"), detail["text"]


def _coded(step: Step, spoken: Language) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    reasons = {
        Step.VIEW: step_words.view_reasons(spoken),
        Step.CORRECT: step_words.correction_reasons(spoken),
    }.get(step, step_words.decision_reasons(spoken))
    coded: dict[str, tuple[str, Mapping[str, str]]] = {
        "reason": (spoken.words("Reason"), reasons),
        "handling_code": (spoken.words("Handling"), step_words.handling_codes(spoken)),
        "result": (spoken.words("Result"), step_words.results(spoken)),
        "control_level": (spoken.words("Control"), step_words.control_levels(spoken)),
    }
    first = {
        Step.VIEW: ("view", (spoken.words("View"), step_words.views(spoken))),
        Step.DECIDE: ("action", (spoken.words("Decision"), step_words.actions(spoken))),
        Step.DRILL: ("action", (spoken.words("Decision"), step_words.actions(spoken))),
    }.get(step)
    return dict([first]) | coded if first else coded


def _finds(finds: Sequence[Mapping[str, Any]], spoken: Language) -> Iterator[tuple[str, str]]:
    categories = step_words.find_categories(spoken)
    for find in finds:
        words = [f"{categories[find['category']]}: {find['quantity']}"]
        if "marking_status" in find:
            words.append(step_words.marking_statuses(spoken)[find["marking_status"]])
        if "concealment_class" in find:
            words.append(step_words.concealments(spoken)[find["concealment_class"]])
        yield spoken.words("What was found"), ", ".join(words)


def typed_lines(
    step: Step, given: Mapping[str, str], colleagues: Mapping[str, str], spoken: Language
) -> list[tuple[str, str]]:
    """What somebody typed into the form of a step, in words, so that none of it is lost."""
    coded = _coded(step, spoken)
    plain = {
        "text": spoken.words("In words"),
        "started": spoken.words("Started"),
        "ended": spoken.words("Ended"),
    }
    found = []
    for name, value in given.items():
        if not value or name in ("csrf_token", "version", "step"):
            continue
        if name in coded:
            label, options = coded[name]
            found.append((label, options.get(value, value)))
        elif name == "to_country":
            found.append((spoken.words("Country"), country_name(value, spoken)))
        elif name == "to":
            found.append((spoken.words("To whom"), colleagues.get(value, value)))
        else:
            found.append((plain.get(name, name), value))
    return found


def country_name(code: str, spoken: Language) -> str:
    """A country in the reader's language, with its code."""
    name = spoken.locale.territories.get(code)
    return f"{name} ({code})" if name else code


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
