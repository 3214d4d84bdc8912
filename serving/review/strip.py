"""Where a value lies beside what is usual: a band for the usual range, a mark for this movement."""

from __future__ import annotations

from math import asinh

from markupsafe import Markup

from models.languages import Language

_WIDTH = 100
#: Room at both ends, so that a mark at an end is seen whole.
_ROOM = 6
#: How far the numbers must lie apart, in size, before the scale is logarithmic.
_WIDE = 50
#: How far at most.
_WIDEST = 1e9


def strip(
    value: float | None,
    *,
    usual_low: float | None,
    usual_high: float | None,
    said: str,
    spoken: Language,
) -> Markup | None:
    """A small plot; None where there is no number or no usual range.

    Args:
        value: Of this movement.
        usual_low: 10th percentile over the movements of training.
        usual_high: 90th percentile, likewise.
        said: The usual range in words, for the title.
        spoken: The reader's language.
    """
    if value is None or usual_low is None or usual_high is None:
        return None
    low, high, mark = _places(value, usual_low, usual_high)
    title = spoken.say("{usual} The mark is this movement.", usual=said)
    return Markup(
        '<svg class="strip" role="img" viewBox="0 0 {width} 16" preserveAspectRatio="none">'
        "<title>{title}</title>"
        '<rect class="line" x="0" y="7.5" width="{width}" height="1"/>'
        '<rect class="usual" x="{low}" y="3" width="{usual}" height="10"/>'
        '<rect class="mark" x="{mark}" y="0" width="1.6" height="16"/></svg>'
    ).format(
        width=_WIDTH,
        title=title,
        low=low,
        # A range of one value is still seen.
        usual=max(round(high - low, 2), 1.2),
        mark=round(mark - 0.8, 2),
    )


def _places(value: float, low: float, high: float) -> tuple[float, float, float]:
    """Where the range's ends and the value lie between 0 and the width."""
    sizes = [abs(v) for v in (value, low, high) if v]
    largest = max(sizes, default=1.0)
    # Numbers next to nothing would stretch the scale without end.
    scale = max(min(sizes, default=1.0), largest / _WIDEST)
    is_wide = largest > _WIDE * scale
    # The inverse hyperbolic sine is logarithmic far from zero, and takes zero and less, too.
    drawn = [asinh(v / scale) if is_wide else v for v in (value, low, high)]
    least, most = min(drawn), max(drawn)
    span = (most - least) or 1.0
    inner = _WIDTH - 2 * _ROOM
    at, start, end = (round(_ROOM + inner * (v - least) / span, 2) for v in drawn)
    if least == most:
        at = start = end = _WIDTH / 2
    return start, end, at
