"""Which way goods come: from an origin to a country of the region, by a mode, over a post on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Floats, Integers, weighted
from training.scenario.world.reference import ORIGINS, Posts, kilometres

#: Modes of transport at the border (EUCDM 19 03), the posts they use, and assumed shares.
MODES = ((3, "road", 0.82), (1, "port", 0.07), (2, "rail", 0.08), (4, "air", 0.05))

#: Lorry traffic of a country's posts of a kind below which they take less than that share.
_FULL_SHARE = {"road": 120.0, "port": 30.0, "rail": 8.0, "air": 3.0}

#: How much likelier than usual goods of far origins come by sea and by air; assumed.
_BY_SEA = {"CN": 5.0, "US": 4.0, "TR": 1.5, "IT": 1.0}
_BY_AIR = {"US": 4.0, "CN": 2.0, "DE": 1.0}
_ELSE_BY_SEA, _ELSE_BY_AIR = 0.4, 0.6

#: Where the land journey from an origin begins; goods from overseas land at Piraeus and Rijeka.
_STARTS = {
    "TR": (41.0, 29.0), "DE": (48.1, 11.6), "IT": (45.6, 13.8), "CN": (37.9, 23.6),
    "GR": (40.6, 22.9), "BG": (42.7, 23.3), "HU": (47.5, 19.0), "AT": (48.2, 16.4),
    "RS": (44.8, 20.5), "SI": (46.1, 14.5), "PL": (52.2, 21.0), "BA": (43.9, 18.4),
    "MK": (42.0, 21.4), "RO": (44.4, 26.1), "AL": (41.3, 19.8), "US": (45.3, 14.4),
}  # fmt: skip

#: Where most goods go to in a country, and the ways through it meet.
_ENDS = {
    "MK": (42.0, 21.4), "RS": (44.8, 20.5), "AL": (41.3, 19.8), "XK": (42.7, 21.2),
    "ME": (42.4, 19.3), "BA": (43.9, 18.4), "BG": (42.7, 23.3), "GR": (40.6, 22.9),
    "HR": (45.8, 16.0), "RO": (44.4, 26.1), "HU": (47.5, 19.0), "TR": (41.0, 29.0),
}  # fmt: skip

#: So many kilometres of detour make a post, or a country as a market by land, e times less likely.
_DETOUR_KM, _MARKET_KM = 45.0, 180.0

#: Countries few hauliers pass through on their way to another; assumed.
_TRANSIT = {"XK": 0.25, "BA": 0.4}

#: Share of goods that come by any post of the country, on the way or not.
_ANY_POST = 0.04


@dataclass(frozen=True)
class TradeRoutes:
    """Ways of goods into each country.

    Attributes:
        owners: Countries that own posts, in the order of the alphabet.
        market: (owners, origins) how easily goods of each origin reach each country.
        modes: (owners, origins, modes) shares of `MODES`.
        posts: (owners, origins, modes, posts) shares of the posts.
    """

    owners: tuple[str, ...]
    market: Floats
    modes: Floats
    posts: Floats

    def drawn(
        self, owner: Integers, origin: Integers, rng: np.random.Generator
    ) -> tuple[Integers, Integers]:
        """EUCDM modes and posts (n,) of goods from these origins (n,) to these owners (n,)."""
        way = _pick(self.modes[owner, origin], rng)
        post = np.zeros(len(owner), dtype=np.int64)
        group = (owner * len(ORIGINS) + origin) * len(MODES) + way
        for each in np.unique(group).tolist():
            mine = np.flatnonzero(group == each)
            rest, mode = divmod(each, len(MODES))
            shares = self.posts[rest // len(ORIGINS), rest % len(ORIGINS), mode]
            post[mine] = weighted(rng, shares, len(mine))
        return np.array([mode for mode, *_ in MODES])[way], post


def trade_routes(posts: Posts) -> TradeRoutes:
    """Ways over these posts: those on the way from origin to market, by their lorry traffic."""
    owners = tuple(sorted(set(posts.owner.tolist())))
    origins = [country for country, *_ in ORIGINS]
    market = np.zeros((len(owners), len(origins)))
    modes = np.zeros((len(owners), len(origins), len(MODES)))
    shares = np.zeros((len(owners), len(origins), len(MODES), len(posts.ids)))
    for i, owner in enumerate(owners):
        mine = posts.owner == owner
        for j, origin in enumerate(origins):
            if owner == origin:
                continue
            detour = _detour_km(_STARTS[origin], _ENDS[owner], posts)
            factor = (
                1.0,
                _BY_SEA.get(origin, _ELSE_BY_SEA),
                1.0,
                _BY_AIR.get(origin, _ELSE_BY_AIR),
            )
            for k, (_, kind, share) in enumerate(MODES):
                here = posts.lorry_weight * (mine & (posts.mode == kind))
                if here.sum() == 0:
                    continue
                modes[i, j, k] = share * factor[k] * min(1.0, here.sum() / _FULL_SHARE[kind])
                if kind in ("road", "rail"):
                    least = detour[here > 0].min()
                    modes[i, j, k] *= np.exp(-max(0.0, least - 50.0) / _MARKET_KM)
                    here = here * _transit(origin, posts)
                    on_way = np.exp(-(detour - least) / _DETOUR_KM)
                    here = here * (_ANY_POST + (1 - _ANY_POST) * on_way)
                shares[i, j, k] = here
            market[i, j] = modes[i, j].sum()
    return TradeRoutes(owners, market, modes, shares)


def _detour_km(start: tuple[float, float], end: tuple[float, float], posts: Posts) -> Floats:
    """Kilometres (posts,) by which the way over each post is longer than the straight one.

    Half of the detour over the middle of the country beyond counts too: a post that lies near the
    market is not on the way if it looks to the wrong side.
    """
    middle = np.array([_ENDS.get(country, end) for country in posts.beyond.tolist()])
    detours = [
        kilometres(*start, lat, lon) + kilometres(*end, lat, lon)
        for lat, lon in ((posts.latitude, posts.longitude), (middle[:, 0], middle[:, 1]))
    ]
    straight = kilometres(*start, np.array([end[0]]), np.array([end[1]]))
    return np.asarray(detours[0] + detours[1] / 2 - 1.5 * straight)


def _transit(origin: str, posts: Posts) -> Floats:
    """Factors (posts,) for goods that only pass through the country beyond."""
    through = [_TRANSIT.get(c, 1.0) if c != origin else 1.0 for c in posts.beyond.tolist()]
    return np.array(through)


def _pick(shares: Floats, rng: np.random.Generator) -> Integers:
    """A column (n,) of each row of shares (n, columns), in proportion to it."""
    cumulative = np.cumsum(shares, axis=1)
    below = cumulative <= (rng.random(len(shares)) * cumulative[:, -1])[:, None]
    return np.asarray(below.sum(axis=1), dtype=np.int64)
