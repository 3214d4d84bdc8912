"""The page itself: sections of pictures with their tables, in one file that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from training.scenario.describe.shapes import Svg

_STYLE = Path(__file__).with_name("describe.css")

#: Tables of more rows than this are printed only if they were opened.
_LONG = 25

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="lead">$lead</p>
<nav aria-label="On this page"><ol>$contents</ol></nav>
$body
</main>
</body>
</html>
""")


@dataclass(frozen=True)
class Picture:
    """A chart under a title.

    Attributes:
        narrow: Replaces it on a telephone.
        broad: Whether it takes a whole row; `tall`: the height of two charts.
    """

    title: str
    svg: Svg
    narrow: Svg | None = None
    broad: bool = False
    tall: bool = False


@dataclass(frozen=True)
class Table:
    """Numbers with a heading for each column; the first column names the row.

    Attributes:
        opened: Whether it is shown without being asked for.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    opened: bool = False


@dataclass(frozen=True)
class Section:
    """One question: what one sees, how to read it, the pictures, the numbers behind, the tables."""

    anchor: str
    name: str
    title: str
    how: str
    caption: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole HTML page; all words are escaped here."""
    contents = "".join(f'<li><a href="#{s.anchor}">{_escaped(s.name)}</a></li>' for s in sections)
    return _PAGE.substitute(
        title=_escaped(title),
        style=_STYLE.read_text(encoding="utf-8"),
        lead=_escaped(lead),
        contents=contents,
        body="\n".join(_section(k, section) for k, section in enumerate(sections, start=1)),
    )


def _escaped(words: str) -> str:
    """Words as HTML; a number and its % stay on one line."""
    return escape(words).replace(" %", "&nbsp;%")


def _section(number: int, section: Section) -> str:
    pictures = "\n".join(_picture(picture) for picture in section.pictures)
    return f"""<section id="{section.anchor}">
<p class="kicker">{number}. {_escaped(section.name)}</p>
<h2>{_escaped(section.title)}</h2>
<p class="how"><b>How to read it:</b> {_escaped(section.how)}</p>
{f'<div class="panels">{pictures}</div>' if pictures else ""}
<p class="caption">{_escaped(section.caption)}</p>
{"".join(_table(table) for table in section.tables)}
</section>"""


def _picture(picture: Picture) -> str:
    svg = picture.svg
    if picture.narrow:
        svg = Svg(f'<div class="on-wide">{svg}</div><div class="on-narrow">{picture.narrow}</div>')
    look = "broad" if picture.broad else "tall" if picture.tall else "plain"
    return (
        f'<figure class="{look}"><figcaption>{_escaped(picture.title)}</figcaption>{svg}</figure>'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_escaped(word)}</th>' for word in table.head)
    rows = "\n".join(
        f'<tr><th scope="row">{_escaped(row[0])}</th>'
        + "".join(f"<td>{_escaped(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    whole = (
        f'<div class="table" tabindex="0" role="region" aria-label="{_escaped(table.title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )
    state = " open" if table.opened else ""
    state += ' class="long"' if len(table.rows) > _LONG else ""
    return f"<details{state}><summary>{_escaped(table.title)}</summary>{whole}</details>"
