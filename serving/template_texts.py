"""The texts that templates say, found by Jinja's own parser, for the catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, nodes

from models.catalogue import Message

_SAID = {"say": 1, "words": 1, "say_counted": 2}


@dataclass(frozen=True)
class Texts:
    """What one template says.

    Attributes:
        faults: Where a text cannot be found, a sentence each.
    """

    messages: tuple[Message, ...]
    faults: tuple[str, ...]


def texts_of(source: str, *, name: str) -> Texts:
    """The texts of a template.

    A text is the literal first argument of `say` or `words`, or the first two of `say_counted`,
    called as a name or on a language. Anything else done with these names hides a text.
    """
    messages, faults, called = [], [], set()
    parsed = Environment(autoescape=True).parse(source)
    for call in parsed.find_all(nodes.Call):
        how = _name(call.node)
        if how is None:
            continue
        called.add(id(call.node))
        texts = _literals(call)[: _SAID[how]]
        if len(texts) < _SAID[how]:
            faults.append(f"{name}:{call.lineno}: {how}() needs its text as a literal.")
        else:
            plural = texts[1] if how == "say_counted" else None
            messages.append(Message(texts[0], plural=plural, about=name))
    for use in parsed.find_all((nodes.Name, nodes.Getattr)):
        how = _name(use)
        if how is not None and id(use) not in called:
            faults.append(f"{name}:{use.lineno}: {how} is used without being called.")
    return Texts(tuple(messages), tuple(faults))


def said_in_templates(folder: Path) -> Iterator[Texts]:
    """What each template of a folder says."""
    for path in sorted(folder.glob("*.html")):
        yield texts_of(path.read_text("utf-8"), name=f"{folder.parent.name}/{path.name}")


def _name(called: nodes.Node) -> str | None:
    """Which way of saying a node names, if one."""
    if isinstance(called, nodes.Name):
        return called.name if called.name in _SAID and called.ctx == "load" else None
    if isinstance(called, nodes.Getattr):
        return called.attr if called.attr in _SAID else None
    return None


def _literals(call: nodes.Call) -> list[str]:
    texts = []
    for argument in call.args:
        if not (isinstance(argument, nodes.Const) and isinstance(argument.value, str)):
            break
        texts.append(argument.value)
    return texts
