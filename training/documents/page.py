"""Markdown as one page: readable and printable, light and dark, nothing fetched and nothing run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from string import Template
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from training.documents.markdown import TEMPLATES

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<nav aria-label="Contents">
<p>Contents</p>
$contents</nav>
<main>
$body</main>
</body>
</html>
""")
#: Headings that the contents list.
_LISTED = ("h2", "h3")


def page(text: str) -> str:
    """A document in Markdown as HTML with a list of contents.

    Tags in the text are shown, never obeyed; links and pictures are not made.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # A document cites; nothing in it can send its reader, or its reader's browser, anywhere.
    parser.disable(["link", "image", "autolink", "reference"])
    tokens = parser.parse(text)
    headings = _named(tokens)
    title = next((name for tag, _, name in headings if tag == "h1"), "Document")
    return _PAGE.substitute(
        title=escape(title),
        style=(TEMPLATES / "page.css").read_text("utf-8"),
        contents=_contents(headings),
        body=_wide_tables(parser.renderer.render(tokens, parser.options, {})),
    )


def headings_of(text: str) -> list[str]:
    """The headings of a document in Markdown, in order, as they are read."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(text)
    return [name for _, _, name in _named(tokens)]


def _named(tokens: Sequence[Token]) -> list[tuple[str, str, str]]:
    """Tag, id and words of each heading; the id is set in the token, and no id comes twice."""
    found: list[tuple[str, str, str]] = []
    for opening, inside in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = "".join(child.content for child in inside.children or ())
        slug = re.sub(r"\W+", "-", name.casefold()).strip("-") or "part"
        taken = {other for _, other, _ in found}
        number = 2
        unique = slug
        while unique in taken:
            unique, number = f"{slug}-{number}", number + 1
        opening.attrSet("id", unique)
        found.append((opening.tag, unique, name))
    return found


def _contents(headings: Sequence[tuple[str, str, str]]) -> str:
    lines = [
        f'<li class="{tag}"><a href="#{escape(slug)}">{escape(name)}</a></li>\n'
        for tag, slug, name in headings
        if tag in _LISTED
    ]
    return f"<ul>\n{''.join(lines)}</ul>\n"


def _wide_tables(body: Any) -> str:
    """Tables scroll by themselves where the page is narrow."""
    box = '<div class="wide" role="region" aria-label="Table" tabindex="0">'
    opened = str(body).replace("<table>", f"{box}\n<table>")
    return opened.replace("</table>", "</table>\n</div>")
