"""Where the traffic is: crossing points as circles on a plain grid, without any outside map."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from training.scenario.describe.figures import count, ticks
from training.scenario.describe.labels import Box, Circle, Labels, Spot, beside
from training.scenario.describe.shapes import CHARACTER, Svg, picture, rule, text
from training.scenario.profile import SEEDS

_REFERENCE = SEEDS / "reference"
#: The largest circle's radius, as a share of the map's width.
_LARGEST = 0.034
_MARGIN_DEGREES = 0.45
_GRID_DEGREES = 2
#: From this width on, corridors are named.
_ROOMY = 600

#: Half the size of a country's code.
_CODE = 12.0

#: From this share of a circle's radius on, another one competes for its name.
_RIVAL = 0.6

_Leg = tuple[tuple[float, float], tuple[float, float]]

#: Where a country's code stands: latitude and longitude well inside it, or inside the map.
_COUNTRIES = {
    "AL": (41.05, 20.02), "BA": (44.2, 17.6), "BG": (42.75, 25.3), "GR": (39.6, 22.0),
    "HR": (45.72, 15.25), "HU": (46.4, 18.5), "ME": (42.85, 19.15), "MK": (41.6, 21.55),
    "RO": (45.2, 25.0), "RS": (44.45, 21.75), "TR": (41.2, 27.7), "XK": (42.55, 20.85),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A crossing point and how many movements passed it."""

    id: str
    name: str
    mode: str
    lat: float
    lon: float
    volume: int


@dataclass(frozen=True)
class _Sheet:
    """An equirectangular map: degrees of longitude count cos(mean latitude) of those of latitude."""

    west: float
    north: float
    east: float
    south: float
    width: float

    @property
    def across(self) -> float:
        """Units for a degree of longitude."""
        return self.width / (self.east - self.west)

    @property
    def down(self) -> float:
        """Units for a degree of latitude."""
        return self.across / math.cos(math.radians((self.north + self.south) / 2))

    @property
    def height(self) -> float:
        """Of the whole map, in units."""
        return (self.north - self.south) * self.down

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a place lies on the sheet."""
        return (lon - self.west) * self.across, (self.north - lat) * self.down


def crossing_places(volumes: Mapping[str, int]) -> list[Place]:
    """All crossing points with these volumes by id, the busiest first."""
    with (_REFERENCE / "crossing_points.csv").open(encoding="utf-8", newline="") as table:
        places = [
            Place(
                row["id"], _name(row), row["mode"], float(row["lat"]), float(row["lon"]),
                volumes.get(row["id"], 0),
            )
            for row in csv.DictReader(table)
        ]  # fmt: skip
    return sorted(places, key=lambda place: (-place.volume, place.id))


def corridors(path: Path = _REFERENCE / "corridors.csv") -> dict[str, list[list[str]]]:
    """The ways of each corridor as ids of crossing points in order; none if there is no such file.

    Branches and the railway beside a road are ways of one corridor: "X to Zagreb", "X by rail".
    """
    if not path.is_file():
        return {}
    ways: dict[str, list[tuple[int, str]]] = {}
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            ways.setdefault(row["corridor"], []).append((int(row["sequence"]), row["post_id"]))
    found: dict[str, list[list[str]]] = {}
    for name, posts in ways.items():
        found.setdefault(re.split(" (?:to|by) ", name)[0], []).append([p for _, p in sorted(posts)])
    return found


def draw_map(
    places: Sequence[Place],
    along: Mapping[str, Sequence[Sequence[str]]],
    *,
    width: float,
    named: int,
) -> Svg:
    """A map of the places, the area of a circle being the volume; the busiest `named` with names."""
    sheet = _Sheet(
        min(p.lon for p in places) - _MARGIN_DEGREES,
        max(p.lat for p in places) + _MARGIN_DEGREES,
        max(p.lon for p in places) + _MARGIN_DEGREES,
        min(p.lat for p in places) - _MARGIN_DEGREES,
        width,
    )
    most = max(p.volume for p in places) or 1
    circles = {
        p.id: Circle(*sheet.at(p.lat, p.lon), _LARGEST * width * math.sqrt(p.volume / most))
        for p in places
    }
    key, taken = _key(sheet, most)
    avoided = [circle.box() for circle in circles.values()]
    # A country's code is read first: covering it costs more than covering a circle.
    avoided += 3 * [Circle(x, y, _CODE).box() for x, y, _ in _codes(sheet)]
    labels = Labels(
        Box(0, 0, width, sheet.height), kept_free=[taken, *_latitudes(sheet)], avoided=avoided
    )
    ways = _ways(sheet, places, along)
    drawn = [_grid(sheet)]
    drawn += [text(x, y + 6, code, anchor="middle", look="country") for x, y, code in _codes(sheet)]
    drawn += [
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="corridor"/>'
        for (x1, y1), (x2, y2) in sorted({leg for legs in ways.values() for leg in legs})
    ]
    busiest_first = sorted(places, key=lambda p: (-p.volume, p.id))
    for place in busiest_first:
        circle = circles[place.id]
        drawn.append(
            f'<circle class="post" cx="{circle.x:.2f}" cy="{circle.y:.2f}" '
            f'r="{circle.radius:.3f}"><title>'
            f"{escape(f'{place.name}: {count(place.volume)} movements')}</title></circle>"
        )
    drawn.append(key)
    # Who finds room beside its circle goes first; the others are led to theirs.
    crowded = []
    for place in busiest_first[:named]:
        own = circles[place.id]
        # A name beside a much smaller circle is still read as that of the large one.
        rivals = [c for c in circles.values() if c is not own and c.radius > _RIVAL * own.radius]
        words = place.name.split(" – ")[0]
        name = labels.written(words, beside(own), look="name", rivals=rivals)
        drawn.append(name)
        if not name:
            crowded.append((words, own, rivals))
    drawn += [labels.led(words, own, look="name", rivals=near) for words, own, near in crowded]
    # A small map has no room for the names of roads.
    for name, legs in ways.items() if width >= _ROOMY else ():
        drawn.append(labels.written(name, _along(legs), look="corridor"))
    label = "Map of the crossing points; the table below holds the numbers."
    return picture(drawn, width=width, height=sheet.height, label=label)


def _name(row: Mapping[str, str]) -> str:
    both = " – ".join(part for part in (row["name_a"], row["name_b"]) if part)
    return f"{both} (rail)" if row["mode"] == "rail" else both


def _grid(sheet: _Sheet) -> str:
    drawn = []
    for lat in _degrees(sheet.south, sheet.north):
        y = sheet.at(lat, sheet.west)[1]
        drawn += [rule(0, y, sheet.width, y), text(4, y - 4, f"{lat}° N", look="soft")]
    for lon in _degrees(sheet.west, sheet.east):
        x = sheet.at(sheet.south, lon)[0]
        drawn += [rule(x, 0, x, sheet.height)]
        if x + 4 + 6 * CHARACTER < sheet.width:
            drawn.append(text(x + 4, sheet.height - 5, f"{lon}° E", look="soft"))
    return "".join(drawn)


def _latitudes(sheet: _Sheet) -> list[Box]:
    """Where the degrees of latitude are written."""
    lines = [sheet.at(lat, sheet.west)[1] for lat in _degrees(sheet.south, sheet.north)]
    return [Box(0, y - 16, 4 + 6 * CHARACTER, y) for y in lines]


def _degrees(low: float, high: float) -> range:
    first = math.ceil(low / _GRID_DEGREES) * _GRID_DEGREES
    return range(first, math.floor(high) + 1, _GRID_DEGREES)


def _codes(sheet: _Sheet) -> list[tuple[float, float, str]]:
    """Where on the sheet each country's code stands."""
    found = []
    for code, (lat, lon) in _COUNTRIES.items():
        x, y = sheet.at(lat, lon)
        if 0 < x < sheet.width and 0 < y < sheet.height:
            found.append((x, y, f"{code}*" if code == "XK" else code))
    return found


def _ways(
    sheet: _Sheet, places: Sequence[Place], along: Mapping[str, Sequence[Sequence[str]]]
) -> dict[str, list[_Leg]]:
    """The legs of each corridor on the sheet."""
    at = {p.id: sheet.at(p.lat, p.lon) for p in places}
    found: dict[str, list[_Leg]] = {}
    for name, ways in along.items():
        on_sheet = [[at[post] for post in way if post in at] for way in ways]
        legs = [(min(ends), max(ends)) for way in on_sheet for ends in pairwise(way)]
        found[name] = legs
    return found


def _along(legs: Sequence[_Leg]) -> list[Spot]:
    """Spots on the legs, those of the longest first."""
    spots = []
    for (x1, y1), (x2, y2) in sorted(legs, key=lambda ends: -math.dist(*ends)):
        spots += [
            Spot(x1 + t * (x2 - x1), y1 + t * (y2 - y1), "middle")
            for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
        ]
    return spots


def _key(sheet: _Sheet, most: int) -> tuple[str, Box]:
    """Three circles with their volumes, bottom left, where there is only sea; and where that is."""
    largest = ticks(most, most=2)[1]
    x, y = 10.0, sheet.at(_degrees(sheet.south, sheet.north)[0], sheet.west)[1] - 24.0
    drawn = []
    for volume in (largest, largest // 4, largest // 20):
        if not volume:
            continue
        r = _LARGEST * sheet.width * math.sqrt(volume / most)
        drawn.append(f'<circle class="post" cx="{x + r:.1f}" cy="{y - r:.1f}" r="{r:.2f}"/>')
        drawn.append(text(x + 2 * r + 4, y - r + 4, count(volume)))
        x += 2 * r + 14 + CHARACTER * len(count(volume))
    height = 2 * _LARGEST * sheet.width * math.sqrt(largest / most)
    drawn.append(text(10, y - height - 8, "movements:", look="soft"))
    return "".join(drawn), Box(0, y - height - 22, x, y + 8)
