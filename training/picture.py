"""Precision by capacity as one page: inline SVG, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from string import Template

from training.evaluate import Result

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _LINE = 560, 260, 56, 40, 16, 13.0
# Told apart without colour too: by dash, and by the name at the line's end.
_LOOKS = {
    "head": ("#0b5394", ""),
    "logistic": ("#b45f06", "7 4"),
    "rules": ("#38761d", "2 4"),
    "random": ("#666666", "1 5"),
    "oracle": ("#741b47", "10 3"),
}

_PAGE = Template("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Evaluation</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
svg { max-width: 100%; height: auto } figure { margin: 1rem 0 2rem } text { font-size: 12px }
</style></head>
<body><h1>What would be found at each capacity</h1>
<p>Of the movements an office can inspect, the share with a find, on movements no fit has seen.
Shaded: 95&nbsp;% interval of the head. Where few hits back a picture, it says so.</p>
$body
</body></html>
""")


def page(results: Sequence[Result], rules_only: Sequence[Mapping[str, str]]) -> str:
    """A picture for each head, slice and view; a sentence for each head there is not."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        if result.part != "truth":
            groups.setdefault((result.head, result.part, result.view), []).append(result)
    body = [_figure(*group, members) for group, members in groups.items()]
    body += [
        f"<p>{escape(r['subject'])}, {escape(r['risk'])}: {escape(r['reason'])}</p>"
        for r in rules_only
    ]
    return _PAGE.substitute(body="\n".join(body))


def _figure(head: str, part: str, view: str, results: Sequence[Result]) -> str:
    name = f"{head}, {part.replace('_', ' ')}, {view}"
    if nothing := results[0].nothing:
        return f"<p>{escape(name)}: nothing to measure. {escape(nothing)}</p>"
    lines = {r.who: _precision(r) for r in results}
    most = max(high for line in lines.values() for _, _, _, high in line) or 1.0
    top = min(1.0, most)
    last = max(capacity for line in lines.values() for capacity, *_ in line)

    def at(capacity: float, value: float) -> str:
        x = _LEFT + (_WIDTH - _LEFT - 80) * capacity / last
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * min(value, top) / top
        return f"{x:.1f},{y:.1f}"

    drawn = [_axes(last, top, at)]
    for who, line in lines.items():
        colour, dash = _LOOKS[who]
        if who == "head":
            upper = [at(c, high) for c, _, _, high in line]
            lower = [at(c, low) for c, _, low, _ in reversed(line)]
            drawn.append(
                f'<polygon points="{" ".join(upper + lower)}" fill="{colour}" opacity="0.15"/>'
            )
        points = " ".join(at(c, value) for c, value, _, _ in line)
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
    drawn.append(_names({who: at(line[-1][0], line[-1][1]) for who, line in lines.items()}))
    first = results[0]
    enough = "" if first.sufficient else " Insufficient: too few hits for the intervals to hold."
    caption = (
        f"{name}: {first.rows:,} movements, {first.hits:,} hits "
        f"(worth {first.effective_hits:.1f}).{enough}"
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(caption)}">{"".join(drawn)}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _precision(result: Result) -> list[tuple[float, float, float, float]]:
    """Capacity, precision, and its interval, from the smallest capacity on."""
    found = []
    for name, figure in result.figures.items():
        start, _, share = name.partition("precision_at_")
        if not start and share:
            capacity = float(share.replace("_", ".")) / 100
            low, high = max(figure.low, 0.0), max(figure.high, 0.0)
            found.append((capacity, figure.value, low, high))
    return sorted(found)


def _names(ends: Mapping[str, str]) -> str:
    """Each line's name beside its end, moved down where it would cover another."""
    written, free = [], 0.0
    for who, (x, y) in sorted(
        ((who, tuple(map(float, end.split(",")))) for who, end in ends.items()),
        key=lambda named: named[1][1],
    ):
        free = max(y, free)
        written.append(f'<text x="{x + 6:.1f}" y="{free:.1f}" fill="{_LOOKS[who][0]}">{who}</text>')
        free += _LINE
    return "".join(written)


def _axes(last: float, top: float, at: Callable[[float, float], str]) -> str:
    ticks = []
    for step in range(5):
        value, capacity = top * step / 4, last * step / 4
        x, y = at(0, value).split(",")
        ticks.append(
            f'<line x1="{x}" y1="{y}" x2="{_WIDTH - 80}" y2="{y}" stroke="#ddd"/>'
            f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end">{value:.2g}</text>'
        )
        x, _ = at(capacity, 0).split(",")
        ticks.append(
            f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
            f"{100 * capacity:.3g}&#8239;%</text>"
        )
    return "".join(ticks)
