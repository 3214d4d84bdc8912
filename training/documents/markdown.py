"""Templates in Markdown into which values go as text: no value can become a heading, a link or a tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from training.documents.wording import FILTERS

TEMPLATES = Path(__file__).with_name("templates")

# What Markdown or HTML would read as a sign, and what would make an address a link. An underscore
# inside a word is none.
_SIGNS = re.compile(r"[\\`*\[\]<>|~&$]|:(?=//)|(?<![^\W_])_|_(?![^\W_])")
# What begins a heading, a list or a rule, at the start of a line.
_STARTS = re.compile(r"^(\s*)([#+=-]|\d+[.)](?=\s|$))")
_PLAIN_CODE = re.compile(r"[^`|\n\r]+")


def escaped(value: object) -> Markup:
    """A value as text of one line; what is markup already stays as it is."""
    if isinstance(value, Markup):
        return value
    text = " ".join(str(value).split())
    text = _SIGNS.sub(lambda sign: "\\" + sign.group(), text)
    return Markup(_STARTS.sub(_at_the_start, text))  # noqa: S704 - escaped just now


def code(value: object) -> Markup:
    """A name or a hash, to be read letter by letter."""
    text = str(value)
    # Signs that would end the code, or the cell it stands in, are rare: such a value is plain text.
    if not _PLAIN_CODE.fullmatch(text):
        return escaped(text)
    return Markup(f"`{text}`")  # noqa: S704 - nothing in it ends the code


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Markup:
    """A table; without rows the sentence that there is nothing."""
    lines = [_row(row) for row in rows]
    if not lines:
        return Markup("Nothing to list.")
    written = [_row(head), "|" + " --- |" * len(head), *lines]
    return Markup("\n".join(written))  # noqa: S704 - every cell is escaped


def bullets(items: Iterable[object]) -> Markup:
    """A list with a line for each item."""
    lines = [f"- {escaped(item)}" for item in items]
    return Markup("\n".join(lines) or "Nothing to list.")  # noqa: S704 - every item is escaped


def environment(filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Where templates are looked up: every value they write is escaped.

    Args:
        filters: By the names templates call them, beside those of `training.documents.wording`.
    """
    # `finalize` sees every value before it is written; templates' own text it does not see.
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({**FILTERS, **filters, "code": code, "bullets": bullets})
    made.globals.update(table=table)
    return made


def rendered(template: Template, values: Mapping[str, Any]) -> str:
    """A template filled with values, with single blank lines and one newline at the end."""
    text = template.render(values)
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def _at_the_start(found: re.Match[str]) -> str:
    space, sign = found.groups()
    # "1." is no list once its point is escaped; any other sign is escaped itself.
    return f"{space}{sign[:-1]}\\{sign[-1]}"
