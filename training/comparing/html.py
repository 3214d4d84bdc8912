"""The pieces of a page: escaped text, tables that scroll by themselves, figures side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from training.policy_value.figures import Estimate

_STYLE = Path(__file__).with_name("report.css")

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
$body
</main>
</body>
</html>
""")


def whole_page(title: str, body: Sequence[str]) -> str:
    """One file that fetches nothing."""
    style = _STYLE.read_text(encoding="utf-8")
    return _PAGE.substitute(title=escape(title), style=style, body="\n".join(body))


def paragraph(text: str, *, look: str = "") -> str:
    """A paragraph of plain text."""
    return f'<p class="{look}">{escape(text)}</p>' if look else f"<p>{escape(text)}</p>"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text; the first cell names its row."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table>'
        f"<caption>{escape(title)}</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody>"
        "</table></div>"
    )


def folded(title: str, content: str) -> str:
    """Something long that is there for whoever opens it."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def panels(figures: Sequence[tuple[str, str]]) -> str:
    """Charts with their titles, side by side where there is room."""
    inside = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>" for title, svg in figures
    )
    return f'<div class="panels">{inside}</div>'


def interval(value: float, low: float, high: float, *, as_share: bool = True) -> str:
    """A figure and its ends: `12.3 % (8.1 to 17.0)`, or times; "-" where there is none."""
    if math.isnan(value):
        return "-"
    by, unit = (100.0, " %") if as_share else (1.0, "x")
    told = f"{_digits(by * value)}{unit}"
    if math.isnan(low):
        return f"{told} (insufficient)"
    return f"{told} ({_digits(by * low)} to {_digits(by * high)})"


def estimate(told: Estimate | None, *, as_share: bool = True) -> str:
    """An estimate in a cell; too few effective hits are told instead of an interval."""
    if told is None:
        return "-"
    if not told.sufficient:
        return f"insufficient ({told.effective_hits:.1f} effective hits)"
    return interval(told.value, told.low, told.high, as_share=as_share)


def _digits(value: float) -> str:
    if math.isinf(value):
        return "any"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"
