"""Whether a challenger that is better altogether is worse somewhere: finds by post, post by post.

Each post is looked at twice: with the capacity spread over all posts as the scores have it, and with
the same share of its own movements, as a post that inspects its own traffic would have it. Small
posts are pooled, and named. Among so many comparisons some are bad by chance: Holm's procedure keeps
the chance of wrongly holding any post against a challenger at the family error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats
from training.gate.compared import Compared, compared
from training.gate.unseen import Judged
from training.gate.value import figures_of
from training.gate.verdicts import Check, Value, Verdict, holm
from training.params import GateParams
from training.policy_value.figures import LEAST_HITS
from training.policy_value.logged import at_capacity

_UNNAMED = "no post named"
_SHARED, _OWN = "capacity shared by all posts", "capacity of its own"


@dataclass(frozen=True)
class _Place:
    """One comparison at one post, or at the small ones together."""

    head: str
    post: str
    how: str
    movements: int
    told: Compared
    pooled: str = ""


def posts_check(everything: Sequence[Judged], params: GateParams) -> Check:
    """Refused where any post, or the small ones together, would surely have fewer finds."""
    places = [place for one in everything for place in _places(one, params.capacity)]
    tested = [place for place in places if place.told.sufficient]
    harmed = holm([place.told.p_worse for place in tested], family_error=params.family_error)
    at = [place for place, is_harmed in zip(tested, harmed, strict=True) if is_harmed]
    rows = tuple(_row(place, at) for place in places)
    figures: dict[str, Value] = {
        "comparisons": len(tested),
        "posts_harmed": len({place.post for place in at}),
        "family_error": params.family_error,
    }
    verdict, why = _verdict(tested, at)
    return Check("posts", "", verdict, why, figures, rows)


def _verdict(tested: Sequence[_Place], harmed: Sequence[_Place]) -> tuple[Verdict, str]:
    if harmed:
        worst = min(harmed, key=lambda place: place.told.p_worse)
        names = sorted({place.post for place in harmed})
        return "refused", (
            f"It would surely find less at {', '.join(names)}: at {worst.post}, for {worst.head} with "
            f"{worst.how}, {worst.told.words()}."
        )
    if not tested:
        return "insufficient", "No post, nor all small ones together, has ten effective hits."
    return "ok", (
        f"None of {len(tested)} comparisons, at posts or at the small ones together, shows fewer finds "
        "beyond chance."
    )


def _places(one: Judged, capacity: float) -> list[_Place]:
    """Comparisons at each post that has the hits for it, then at all the others together."""
    ways = {
        _SHARED: (
            at_capacity(one.champion_score, capacity),
            at_capacity(one.challenger_score, capacity),
        ),
        _OWN: (
            _by_post(one.champion_score, one.post, capacity),
            _by_post(one.challenger_score, one.post, capacity),
        ),
    }
    places: list[_Place] = []
    small: list[str] = []
    for post in sorted({str(name) for name in one.post}):
        found = list(_at(one, one.post == post, post or _UNNAMED, ways))
        if any(place.told.sufficient for place in found):
            places += found
        else:
            small.append(post)
    names = ", ".join(post or _UNNAMED for post in small)
    pooled = np.isin(one.post.astype(str), small)
    return places + [
        replace(place, pooled=names)
        for place in _at(one, pooled, f"{len(small)} small posts", ways, least_hits=1)
    ]


def _at(
    one: Judged,
    here: NDArray[np.bool_],
    post: str,
    ways: Mapping[str, tuple[Floats, Floats]],
    *,
    least_hits: float = LEAST_HITS,
) -> Iterator[_Place]:
    for how, (champion, challenger) in ways.items():
        ours, theirs = challenger * here, champion * here
        either = (ours + theirs)[one.made.rows] > 0
        # Effective hits are never more than hits, and most posts have few.
        if int(one.made.hit[either].sum()) >= least_hits:
            told = compared(one.made, champion=theirs, challenger=ours)
            yield _Place(one.name, post, how, int(here.sum()), told)


def _by_post(score: Floats, post: NDArray[np.object_], capacity: float) -> Floats:
    """Selection probabilities (m,) where every post inspects the same share of its movements."""
    selection = np.zeros(len(score))
    for name in {str(name) for name in post}:
        here = post == name
        selection[here] = at_capacity(score[here], capacity)
    return selection


def _row(place: _Place, harmed: Sequence[_Place]) -> dict[str, Value]:
    about: dict[str, Value] = {
        "head": place.head,
        "post": place.post,
        "how": place.how,
        "movements": place.movements,
        "sufficient": place.told.sufficient,
        "harmed": place in harmed,
        "pooled": place.pooled,
    }
    return about | figures_of(place.told)
