"""Who drives: private cars and vans, lorries of fleets, buses, trains, and how each is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from features.errors import VardarError
from training.scenario.profile import Profile
from training.scenario.streams import Flags, Floats, Integers, activity, weighted
from training.scenario.world.firms import Carriers
from training.scenario.world.identifiers import plates, train_numbers
from training.scenario.world.lives import Lives, successive_lives
from training.scenario.world.reference import QUIET_WEIGHT, Names, Posts

CAR, VAN, LORRY, BUS, TRAIN = range(5)
CLASSES = ("car", "van", "lorry", "bus", "train")

#: How vehicles are used, as the profile's `behaviours` name it.
USES = (
    "visitor", "shift_worker", "shopper", "taxi", "diaspora", "small_trader",
    "courier", "mover", "craftsman", "haulier", "regional", "line", "freight",
)  # fmt: skip

#: Used for hire: commercial, though of no carrier (taxi), or of one (courier).
_TAXI, _COURIER, _DIASPORA = (USES.index(name) for name in ("taxi", "courier", "diaspora"))

_TARE_KG = np.array([1450.0, 2100.0, 14800.0, 13500.0, 480_000.0])

#: How often a companion comes along: from, to; assumed.
_TOGETHER = (0.3, 0.7)

#: A place may be filled on more days than any period has.
_DAYS = 1_000_000


@dataclass(frozen=True)
class Vehicles:
    """All vehicles, as columns (n,), by class, place and birth; honest until typologies are planted.

    A place is a household's or a fleet's: plates follow each other in it, habits stay.

    Attributes:
        stay_log_hours: Mean log hours between out and back; `stay_spread` their spread.
        night: Share of passages at night; `other_post`: back by another post.
        heavy_kg: Weight beyond the declared load.
        carrier: Row of `Carriers`, -1 for households and taxis.
        through: Probability that a journey leads on along a corridor.
        companion: The vehicle that often comes along, -1: none; `together`: how probably it does.
        use: Index into `USES`.
        place: Which place it fills, ascending.
    """

    kind: Integers
    plate: Names
    country: Names
    home_post: Integers
    activity: Floats
    stay_log_hours: Floats
    stay_spread: Floats
    night: Floats
    other_post: Floats
    heavy_kg: Floats
    tare_kg: Floats
    carrier: Integers
    commercial: Flags
    trailer: Integers
    through: Floats
    companion: Integers
    together: Floats
    use: Integers
    place: Integers
    lives: Lives
    typology: Integers

    def weights(self, day: int) -> Floats:
        """How likely each vehicle (n,) is to set out that day; 0 where it is not in use."""
        return np.asarray(self.activity * self.lives.level(day))

    def lorry_of(self, carrier: Integers, rng: np.random.Generator, *, day: int = 0) -> Integers:
        """A lorry (n,), or train, of each of these carriers (n,), in use on that day."""
        owners, places = self._freight_places
        first = np.searchsorted(owners, carrier, side="left")
        fleet = np.searchsorted(owners, carrier, side="right") - first
        return self.in_place(
            places[first + (rng.random(len(carrier)) * fleet).astype(np.int64)], day
        )

    def in_place(self, place: Integers, day: int) -> Integers:
        """The vehicles (n,) that fill these places (n,) on that day."""
        found = np.searchsorted(self._births, place * _DAYS + _DAYS // 2 + day, side="right") - 1
        return np.asarray(found, dtype=np.int64)

    @cached_property
    def of_kind(self) -> tuple[slice, ...]:
        """Rows of each class: they lie together."""
        bounds = np.searchsorted(self.kind, np.arange(len(CLASSES) + 1))
        return tuple(slice(first, end) for first, end in pairwise(bounds.tolist()))

    @cached_property
    def _births(self) -> Integers:
        return np.asarray(self.place * _DAYS + _DAYS // 2 + self.lives.born)

    @cached_property
    def _freight_places(self) -> tuple[Integers, Integers]:
        """Carriers of the places of lorries and trains, ascending, and those places."""
        freight = np.flatnonzero((self.kind == LORRY) | (self.kind == TRAIN))
        place, first = np.unique(self.place[freight], return_index=True)
        owner = self.carrier[freight[first]]
        order = np.argsort(owner, kind="stable")
        return owner[order], place[order]


def draw_vehicles(
    profile: Profile, posts: Posts, carriers: Carriers, rng: np.random.Generator
) -> Vehicles:
    """Honest vehicles, enough for the profile's crossings on every day of the period."""
    counts = _counts(profile)
    rail = np.flatnonzero(carriers.by_rail)
    road = np.flatnonzero(~carriers.by_rail)
    counts[LORRY], counts[TRAIN] = max(counts[LORRY], len(road)), max(counts[TRAIN], len(rail))
    of_place = np.repeat(np.arange(len(CLASSES)), counts)
    knobs = _uses(profile, of_place, rng)
    place, lives = successive_lives(
        rng, places=len(of_place), days=profile.days, mean_days=profile.population.vehicle_life_days
    )
    home = _homes(of_place, posts, knobs["quiet_post"], rng)
    owner = _owners(of_place, knobs["use"], carriers, (road, rail), rng)
    habits = {
        "activity": activity(rng, len(of_place)) * knobs["activity"],
        "stay_log_hours": np.log(knobs["stay_hours"]) + rng.normal(0, 0.3, len(of_place)),
        "night": np.clip(knobs["night"] + rng.normal(0, 0.08, len(of_place)), 0.02, 0.95),
        "other_post": np.clip(knobs["other_post"] + rng.normal(0, 0.08, len(of_place)), 0.0, 0.95),
        "tare_kg": np.round(_TARE_KG[of_place] * np.exp(rng.normal(0, 0.06, len(of_place))), -1),
    }
    kind, use, n = of_place[place], knobs["use"].astype(np.int64)[place], len(place)
    country = _countries(of_place, knobs["use"], home, posts, rng)[place]
    numbers = plates(rng, country)
    numbers[kind == TRAIN] = train_numbers(rng, int((kind == TRAIN).sum()))
    vehicles = Vehicles(
        kind=kind,
        plate=numbers,
        country=country,
        home_post=home[place],
        stay_spread=knobs["stay_spread"][place],
        heavy_kg=knobs["heavy_kg"][place],
        carrier=owner[place],
        commercial=(owner[place] >= 0) | (use == _TAXI),
        trailer=np.where(kind == LORRY, np.arange(n), -1),
        through=knobs["through"][place],
        companion=np.full(n, -1, dtype=np.int64),
        together=np.zeros(n),
        use=use,
        place=place,
        lives=lives,
        typology=np.zeros(n, dtype=np.int64),
        **{name: values[place] for name, values in habits.items()},
    )
    _give_companions(vehicles, profile.population.companions, rng)
    return vehicles


def move_to_quiet_posts(vehicles: Vehicles, posts: Posts, chosen: Flags) -> None:
    """Sends the chosen vehicles (n,) home by the quietest post near their own, if there is one."""
    vehicles.home_post[chosen] = _quietest(posts, vehicles.home_post[chosen])


def _quietest(posts: Posts, home: Integers) -> Integers:
    near = posts.near[home]
    weights = np.where(posts.car_weight[near] > 0, posts.car_weight[near], np.inf)
    quietest = near[np.arange(len(near)), np.argmin(weights, axis=1)]
    fits = (posts.car_weight[quietest] <= QUIET_WEIGHT) & posts.road[home]
    fits &= posts.owner[quietest] == posts.owner[home]
    return np.where(fits, quietest, home)


def _counts(profile: Profile) -> list[int]:
    """Places of each class; cars are what the others leave."""
    crossings = profile.movements * (1 - profile.mix.consignments) / profile.seasons
    mix, per = profile.mix, profile.population
    others = (mix.vans, mix.lorries, mix.buses, mix.trains)
    each = (
        per.crossings_per_car,
        per.crossings_per_van,
        per.crossings_per_lorry,
        per.crossings_per_bus,
        per.crossings_per_train,
    )
    shares = (1 - sum(others), *others)
    return [max(20, round(crossings * s / e)) for s, e in zip(shares, each, strict=True)]


def _uses(profile: Profile, kind: Integers, rng: np.random.Generator) -> dict[str, Floats]:
    """Knobs of each place's use (n,), drawn by the shares of the uses of its class."""
    knobs = (
        "activity", "stay_hours", "stay_spread", "night", "other_post", "quiet_post", "heavy_kg", "through",
    )  # fmt: skip
    found = {name: np.zeros(len(kind)) for name in (*knobs, "use")}
    for code, name in enumerate(CLASSES):
        uses = profile.behaviours[name]
        if odd := sorted(set(uses) - set(USES)):
            raise VardarError(
                f"Unknown behaviours of a {name}: {odd}; there are: {', '.join(USES)}."
            )
        mine = np.flatnonzero(kind == code)
        drawn = weighted(rng, np.array([use["share"] for use in uses.values()]), len(mine))
        found["use"][mine] = np.array([USES.index(use) for use in uses])[drawn]
        for knob in knobs:
            found[knob][mine] = np.array([use[knob] for use in uses.values()], dtype=float)[drawn]
    return found


def _homes(kind: Integers, posts: Posts, quiet: Floats, rng: np.random.Generator) -> Integers:
    home = np.empty(len(kind), dtype=np.int64)
    for chosen, weights in (
        (kind == LORRY, posts.lorry_weight * posts.road),
        (kind == TRAIN, posts.lorry_weight * posts.rail),
        ((kind != LORRY) & (kind != TRAIN), posts.car_weight),
    ):
        home[chosen] = weighted(rng, weights, int(chosen.sum()))
    return np.where(rng.random(len(kind)) < quiet, _quietest(posts, home), home)


def _countries(
    kind: Integers, use: Floats, home: Integers, posts: Posts, rng: np.random.Generator
) -> Names:
    """Most are registered on either side of their post, the rest farther away."""
    drawn = rng.random(len(kind))
    country = np.where(
        drawn < 0.5, posts.owner[home], np.where(drawn < 0.9, posts.beyond[home], "DE")
    )
    away = rng.choice(["DE", "AT", "IT", "SI"], len(kind), p=[0.5, 0.25, 0.15, 0.1])
    return np.asarray(np.where(use == _DIASPORA, away, country))


def _owners(
    kind: Integers,
    use: Floats,
    carriers: Carriers,
    by: tuple[Integers, Integers],
    rng: np.random.Generator,
) -> Integers:
    """Each carrier has one lorry or train at least, and more where there is more to carry."""
    owner = np.full(len(kind), -1, dtype=np.int64)
    for code, firms in ((LORRY, by[0]), (TRAIN, by[1])):
        mine = np.flatnonzero(kind == code)
        more = firms[weighted(rng, carriers.activity[firms], len(mine) - len(firms))]
        owner[mine] = np.concatenate([firms, more])
    operated = np.flatnonzero((kind == BUS) | (use == _COURIER))
    owner[operated] = by[0][rng.integers(0, len(by[0]), len(operated))]
    return owner


def _give_companions(vehicles: Vehicles, share: float, rng: np.random.Generator) -> None:
    """Pairs that share of the places of cars and vans with one of the same class and post."""
    light = np.flatnonzero(vehicles.kind <= VAN)
    places, first = np.unique(vehicles.place[light], return_index=True)
    chosen = rng.permutation(len(places))[: 2 * round(share * len(places) / 2)]
    rows = light[first[chosen]]
    order = np.lexsort((vehicles.home_post[rows], vehicles.kind[rows]))
    one, other = places[chosen[order[0::2]]], places[chosen[order[1::2]]]
    partner = np.full(int(vehicles.place.max()) + 1, -1, dtype=np.int64)
    partner[one], partner[other] = other, one
    paired = np.flatnonzero(partner[vehicles.place] >= 0)
    # Whoever fills the other place when the vehicle comes into use.
    begins = np.maximum(vehicles.lives.born[paired], 0)
    births = vehicles.place * _DAYS + _DAYS // 2 + vehicles.lives.born
    sought = partner[vehicles.place[paired]] * _DAYS + _DAYS // 2 + begins
    vehicles.companion[paired] = np.searchsorted(births, sought, side="right") - 1
    vehicles.together[paired] = rng.uniform(*_TOGETHER, len(paired))
