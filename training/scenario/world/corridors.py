"""Which posts a journey through several countries passes, in order, and in which direction."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np

from training.scenario.profile import SEEDS
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.world.reference import Posts, load_posts

_PATH = SEEDS / "reference" / "corridors.csv"


@dataclass(frozen=True)
class Stretches:
    """Every stretch of a corridor with two posts or more, from south to north, as columns (s, most).

    Attributes:
        posts: Rows of the posts in order, -1 beyond the last.
        leaving: Whether the post's owner is left when going north.
        length: (s,) number of posts.
        chosen_at: (posts, s) cumulative shares of the stretches for journeys from a home post:
            those that pass it, or else any by the same mode of transport.
    """

    posts: Integers
    leaving: Flags
    length: Integers
    chosen_at: Floats

    def drawn(self, home: Integers, rng: np.random.Generator) -> Integers:
        """A stretch (n,) for journeys from these home posts (n,)."""
        below = self.chosen_at[home] <= rng.random(len(home))[:, None]
        return np.asarray(below.sum(axis=1), dtype=np.int64)

    def passed(self, stretch: Integers, northward: Flags) -> tuple[Integers, Flags]:
        """Posts and whether they are left (n, most), of journeys along stretches, -1 beyond."""
        step = np.arange(self.posts.shape[1])
        length = self.length[stretch][:, None]
        column = np.where(northward[:, None], step, length - 1 - step)
        valid = step < length
        column = np.where(valid, column, 0)
        posts = np.take_along_axis(self.posts[stretch], column, axis=1)
        leaving = np.take_along_axis(self.leaving[stretch], column, axis=1)
        return np.where(valid, posts, -1), (leaving == northward[:, None]) & valid


@cache
def load_stretches() -> Stretches:
    """The stretches of the corridors of `seeds/reference/corridors.csv`."""
    posts = load_posts()
    found: dict[tuple[int, ...], tuple[bool, ...]] = {}
    for corridor in _corridors(posts):
        for start in range(len(corridor)):
            for end in range(start + 2, len(corridor) + 1):
                part = corridor[start:end]
                found[tuple(post for post, _ in part)] = tuple(left for _, left in part)
    most = max(len(stretch) for stretch in found)
    rows = np.full((len(found), most), -1, dtype=np.int64)
    leaving = np.zeros((len(found), most), dtype=bool)
    for i, (stretch, left) in enumerate(found.items()):
        rows[i, : len(stretch)], leaving[i, : len(stretch)] = stretch, left
    return Stretches(rows, leaving, (rows >= 0).sum(axis=1), _shares(posts, rows))


def _corridors(posts: Posts) -> list[list[tuple[int, bool]]]:
    """Each corridor's posts in order, and whether going on means leaving the post's owner."""
    index = {name: row for row, name in enumerate(posts.ids.tolist())}
    with _PATH.open(encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda r: (r["corridor"], int(r["sequence"])))
    corridors: dict[str, list[tuple[int, bool]]] = {}
    for row in rows:
        post = index[row["post_id"]]
        step = (post, row["into"] == str(posts.beyond[post]))
        corridors.setdefault(row["corridor"], []).append(step)
    return list(corridors.values())


def _shares(posts: Posts, rows: Integers) -> Floats:
    """By the traffic of the quietest post of each stretch, and the longer the likelier."""
    valid = rows >= 0
    traffic = np.where(valid, (posts.lorry_weight + posts.car_weight)[rows], np.inf).min(axis=1)
    weight = traffic * valid.sum(axis=1)
    passes = (rows[None, :, :] == np.arange(len(posts.ids))[:, None, None]).any(axis=2)
    passes = np.where(
        passes.any(axis=1)[:, None], passes, posts.rail[:, None] == posts.rail[rows[:, 0]]
    )
    cumulative = np.cumsum(weight * passes, axis=1)
    cumulative /= cumulative[:, -1:]
    cumulative[cumulative >= cumulative[:, -1:]] = 1.0
    return np.asarray(cumulative)
