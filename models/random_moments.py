"""One random moment a post and week: the next movement after it is inspected, whoever it is.

So every post is looked at by chance at least once a week, however little capacity it has. The
moment is uniform over a window of the week, and nobody without the secret can foretell it; but the
probability that it fell between two movements is known to all: their distance over the window.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from models.policy import check_secret, random_draw

HOUR = 3_600_000_000
DAY = 24 * HOUR
WEEK = 7 * DAY

#: The first Monday after the epoch, from which weeks are counted.
_MONDAY = 4 * DAY

#: Movements still expected in the week when its window closes: that the post sees none of them is
#: the only way to miss a week, and its probability is about exp(-6) for a quiet post.
_STILL_EXPECTED = 6.0


@dataclass(frozen=True)
class Window:
    """Where the moment of one week lies: [begin, end), in microseconds UTC."""

    begin: int
    end: int

    def probability(self, previous: int | None, at: int) -> float:
        """Probability that the moment is met by the movement at `at`.

        Args:
            previous: When the post's previous movement of this week came; None for its first.
            at: When this one comes, not before the previous one.
        """
        after = self.begin if previous is None else min(max(previous, self.begin), self.end)
        until = min(max(at, self.begin), self.end)
        return (until - after) / (self.end - self.begin)

    def met(self, moment: float, previous: int | None, at: int) -> bool:
        """Whether the movement at `at` is the first at or after the moment."""
        return moment <= at and (previous is None or moment > previous)


def week_begin(at: int) -> int:
    """The start of the ISO week, Monday 00:00 UTC, in microseconds."""
    return (at - _MONDAY) // WEEK * WEEK + _MONDAY


def window(week: int, hourly: Sequence[float] | None) -> Window:
    """The window of a week: from Monday until only a few movements are still to come.

    Args:
        week: Its start.
        hourly: Movements expected in each of its 168 hours; None where nobody knows: then the
            last day is left out. A window is never shorter than a day.
    """
    hours = 6 * 24
    if hourly is not None:
        hours, to_come = 168, 0.0
        while hours > 24 and to_come < _STILL_EXPECTED:
            hours -= 1
            to_come += hourly[hours]
    return Window(week, week + hours * HOUR)


# Every movement of a post asks for the moment of its week.
@lru_cache(maxsize=4096)
def moment(secret: bytes, post: str, within: Window) -> float:
    """The random moment of a post and week, in microseconds UTC.

    Uniform over the window by HMAC-SHA-256 of the post and the ISO week. The key is derived from
    the secret, so that no identity of a movement can have the same draw.

    Args:
        secret: That of the random draw, at least 32 bytes.
        post: Where.
        within: The week's window.

    Raises:
        InvalidPolicyError: when the secret is too short to be one.
    """
    check_secret(secret)
    year, week, _ = datetime.fromtimestamp(within.begin // 1_000_000, UTC).isocalendar()
    key = hmac.digest(secret, b"the key of random moments", "sha256")
    share = random_draw(key, f"{post}|{year}-W{week:02d}")
    return within.begin + share * (within.end - within.begin)
