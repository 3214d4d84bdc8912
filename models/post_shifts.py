"""What a post can still inspect in its shift, and how selective that lets it be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from math import ceil
from typing import Any

from models.capacities import ShiftCapacity
from models.random_moments import DAY, HOUR, WEEK, Window, week_begin, window
from models.recent_scores import RecentScores
from models.traffic import LEVEL_PRIOR, Traffic

#: Movements an inspection can be chosen from at a post of which nobody knows the traffic.
_UNKNOWN = 10.0

#: The name under which the greatest points of any risk are remembered; no risk is called so.
ANY_POINTS = "any points"

#: What is counted on.
_NUMBERS = (
    "seen",
    "left",
    "left_to_rules",
    "left_for_documents",
    "edge",
    "edge_of_rules",
    "edge_of_documents",
    "owed",
)


class PostShifts:
    """One post: its traffic, its recent scores, and what is left of its capacities.

    Nothing here depends on the secret: whom model and rules select is the same whatever chance
    drew, and only so can the probability of an inspection be told exactly.

    Attributes:
        seen: Movements of this shift before the present one.
        left: Inspections left to model and rules in this shift; below 0 where mandatory ones took
            more.
        left_to_rules: How many of them rules may take besides mandatory ones.
        left_for_documents: Document checks left.
        edge: Parts of movements on the edge of the top share, added up: at 1 one is selected.
        edge_of_rules: The same for rules.
        edge_of_documents: The same for document checks.
        owed: Inspections by which chance is expected to have fallen behind its share.
        to_come: Movements expected in this shift from now on, the present one among them.
        expected: Movements expected in the whole shift, by what was forecast and seen before now.
        previous: When the previous movement of this week came; None before the first.
        window: Where the random moment of this week lies.
    """

    def __init__(self, capacity: ShiftCapacity, recent: RecentScores) -> None:
        self.capacity = capacity
        self.recent = recent
        self.traffic = Traffic(_usual_an_hour(capacity))
        self.seen = self.left = self.left_to_rules = self.left_for_documents = 0.0
        self.edge = self.edge_of_rules = self.edge_of_documents = self.owed = 0.0
        self.to_come = self.expected = 1.0
        self.previous: int | None = None
        self.window = Window(0, WEEK)
        self._day = self._week = -1
        self._begin = self._end = 0
        self._hourly: list[float] = []
        self._sums: list[float] = []
        self._usual = 0.0
        self._hour = -1
        shifts_a_week = 7 * len(capacity.shifts_begin)
        by_chance = capacity.random_share * capacity.inspections + 1 / shifts_a_week
        #: What model and rules have in a shift, once chance and its moment have theirs.
        self.judged = max(0.0, capacity.inspections - by_chance)
        self.ruled = min(capacity.rules_share * capacity.inspections, self.judged)

    def reach(self, at: int) -> None:
        """Open the shift, day and week of this moment, unless they are open, and look ahead."""
        if at // HOUR != self._hour:
            self._open(at)
        hour, into = divmod(at - self._begin, HOUR)
        after = self._sums[hour] - self._hourly[hour] * (into / HOUR)
        pace = 1.0
        if self.traffic.is_known:
            # How this shift's traffic compares with what was forecast up to now.
            pace = (self.seen + LEVEL_PRIOR) / (self._sums[0] - after + LEVEL_PRIOR)
        self.to_come = 1 + after * pace
        self.expected = max(self._sums[0] * pace, self.capacity.inspections)

    @property
    def probability_of_draw(self) -> float:
        """The probability with which any movement arriving now is drawn."""
        capacity = self.capacity
        meant = capacity.random_share * capacity.inspections + max(0.0, self.owed)
        return min(1.0, meant / self.expected)

    @property
    def share_of_model(self) -> float:
        """The top share of movements that the model is to select now."""
        ruled = self.recent.number(ANY_POINTS) / (len(self.recent) + 1)
        kept = max(0.0, min(self.left_to_rules, ruled * self.to_come))
        a_shift = self.judged - min(self.ruled, ruled * self._usual)
        return self._share(self.left - kept, a_shift, self.capacity.carried)

    @property
    def share_of_rules(self) -> float:
        """The top share of movements, by points, that rules are to select now."""
        left = min(self.left, self.left_to_rules)
        return self._share(left, self.ruled, self.capacity.carried)

    @property
    def share_of_documents(self) -> float:
        """The next share of movements whose documents are to be checked now."""
        return self._share(self.left_for_documents, self.capacity.document_checks, 1.0)

    def count(self, at: int, *, selected: bool, by_chance: float) -> None:
        """A movement came, was selected by model or rules or not, and may have been drawn."""
        self.traffic.count()
        self.seen += 1
        self.previous = at
        capacity = self.capacity
        inspected = 1.0 if selected else by_chance
        owed = self.owed + capacity.random_share * inspected - by_chance
        # What chance had beyond its share is not held against it for longer than a shift.
        self.owed = max(owed, -capacity.inspections)

    def tips(self, edge: str, part: float) -> bool:
        """Whether a movement of which this part lies in the top share is taken.

        Of movements on the edge, as with equal scores, every so many-th is taken, as their parts
        add up to one.
        """
        if part <= 0 or part >= 1:
            return part >= 1
        together = getattr(self, edge) + part
        setattr(self, edge, together - 1 if together >= 1 else together)
        return bool(together >= 1)

    def to_json(self, *, recent: bool = True) -> dict[str, Any]:
        """The state, for JSON; with the recent scores, unless they are kept elsewhere."""
        return {
            "traffic": self.traffic.to_json(),
            "recent": self.recent.to_json() if recent else [],
            "numbers": {name: getattr(self, name) for name in _NUMBERS},
            "previous": self.previous,
            "window": [self.window.begin, self.window.end],
            "shift": [self._begin, self._end],
            "hourly": list(self._hourly),
            "usual": self._usual,
            "day": self._day,
            "week": self._week,
            "hour": self._hour,
        }

    @classmethod
    def from_json(
        cls, state: Mapping[str, Any], capacity: ShiftCapacity, recent: RecentScores
    ) -> PostShifts:
        """What `to_json` told."""
        made = cls(capacity, recent)
        recent.restore(state["recent"])
        made.traffic = Traffic.from_json(state["traffic"], _usual_an_hour(capacity))
        for name in _NUMBERS:
            setattr(made, name, state["numbers"][name])
        made.previous = state["previous"]
        made.window = Window(*state["window"])
        made._begin, made._end = state["shift"]
        made._hourly = list(state["hourly"])
        made._sums = _sums_from(made._hourly)
        made._usual, made._day, made._hour = state["usual"], state["day"], state["hour"]
        made._week = state["week"]
        return made

    def _open(self, at: int) -> None:
        """What begins with the hour of this moment, if anything does."""
        self._hour = at // HOUR
        self.traffic.reach(at)
        if at >= self._end:
            self._open_shift(at)
        if at // DAY != self._day:
            self._day = at // DAY
            a_week = sum(self.traffic.hourly(at, 168))
            self._usual = a_week / (7 * len(self.capacity.shifts_begin))
        if self.seen == 0 or not self.traffic.is_known:
            self._hourly = self.traffic.hourly(self._begin, (self._end - self._begin) // HOUR)
            self._sums = _sums_from(self._hourly)
        if (week := week_begin(at)) != self._week:
            first, self._week = self._week < 0, week
            known = self.traffic.is_known
            self.window = window(week, self.traffic.hourly(week, 168) if known else None)
            if first:
                # Nobody looked at the part of the week before: a moment there would name the first.
                self.window = Window(at, max(self.window.end, min(at + DAY, week + WEEK)))
            self.previous = None

    def _open_shift(self, at: int) -> None:
        begin, end = _shift(at, self.capacity.shifts_begin)
        carried = self.capacity.carried
        # Shifts without a movement leave behind what may be carried, and no more.
        empty = 0 if not self._end else (begin - self._end) * len(self.capacity.shifts_begin) / DAY
        self.left = _carried(self.left, self.judged, empty, carried)
        self.left_to_rules = _carried(self.left_to_rules, self.ruled, empty, carried)
        self.left_for_documents = _carried(
            self.left_for_documents, self.capacity.document_checks, empty, 1.0
        )
        self._begin, self._end, self.seen = begin, end, 0.0

    def _share(self, left: float, a_shift: float, carried: float) -> float:
        """The share of movements to take so that what is left is neither gone early nor left over.

        What is left is spread over what is to come, together with as many later shifts as could
        fill what may be carried; but never so thin that more would stay behind than can be carried
        (whole movements are taken, so the part of one counts as one), nor so thick that it would
        not last.
        """
        if left <= 0 or a_shift <= 0:
            return 0.0
        later = 1 + carried / a_shift
        level = (left + a_shift * later) / (self.to_come + self._usual * later)
        return min(1.0, max(ceil(left - carried) / self.to_come, min(level, left / self.to_come)))


def _shift(at: int, begin: tuple[int, ...]) -> tuple[int, int]:
    """Start and end of the shift of a moment."""
    day, hour = at // DAY, at % DAY // HOUR
    place = bisect_right(begin, hour) - 1
    if place < 0:
        day, place = day - 1, len(begin) - 1
    last = place == len(begin) - 1
    end = (day + 1) * DAY + begin[0] * HOUR if last else day * DAY + begin[place + 1] * HOUR
    return day * DAY + begin[place] * HOUR, end


def _carried(left: float, a_shift: float, empty: float, most: float) -> float:
    """What a new shift has: its own, and a bounded part of what earlier ones left or overdrew."""
    return min(most, max(-1.0, min(most, left)) + empty * a_shift) + a_shift


def _sums_from(hourly: list[float]) -> list[float]:
    """Sums from each hour to the end; and 0 beyond."""
    sums = [0.0]
    for movements in reversed(hourly):
        sums.append(sums[-1] + movements)
    return sums[::-1]


def _usual_an_hour(capacity: ShiftCapacity) -> float:
    usual = capacity.usual_movements or _UNKNOWN * capacity.inspections
    return usual * len(capacity.shifts_begin) / 24
