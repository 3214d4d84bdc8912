"""Who drives: private cars and vans, lorries of fleets, buses, and how each is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.firms import Carriers
from training.scenario.identifiers import plates
from training.scenario.profile import Profile
from training.scenario.reference import QUIET_WEIGHT, Names, Posts
from training.scenario.streams import Flags, Floats, Integers, activity, weighted

CAR, VAN, LORRY, BUS = 0, 1, 2, 3
CLASSES = ("car", "van", "lorry", "bus")


@dataclass(frozen=True)
class Vehicles:
    """All vehicles, as columns (n,); `carrier` is -1 for households."""

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
    typology: Integers

    def lorry_of(self, carrier: Integers, rng: np.random.Generator) -> Integers:
        """One lorry (n,) of each of these carriers (n,)."""
        lorries = np.flatnonzero(self.kind == LORRY)
        by_carrier = lorries[np.argsort(self.carrier[lorries], kind="stable")]
        owners = self.carrier[by_carrier]
        first = np.searchsorted(owners, carrier, side="left")
        fleet = np.searchsorted(owners, carrier, side="right") - first
        return by_carrier[first + (rng.random(len(carrier)) * fleet).astype(np.int64)]


def draw_vehicles(
    profile: Profile, posts: Posts, carriers: Carriers, rng: np.random.Generator
) -> Vehicles:
    """Vehicles enough for the profile's crossings, honest all of them until typologies are planted."""
    counts = _counts(profile)
    counts[LORRY] = max(counts[LORRY], len(carriers.number))
    kind = np.repeat(np.arange(4), counts)
    n = len(kind)
    use = _uses(profile, kind, rng)
    home = np.empty(n, dtype=np.int64)
    freight = kind == LORRY
    home[freight] = weighted(rng, posts.lorry_weight * posts.road, int(freight.sum()))
    home[~freight] = weighted(rng, posts.car_weight, int((~freight).sum()))
    near_side = rng.random(n)
    country = np.where(
        near_side < 0.5, posts.owner[home], np.where(near_side < 0.9, posts.beyond[home], "DE")
    )
    carrier = np.full(n, -1, dtype=np.int64)
    hauliers = len(carriers.number)
    # One lorry each, then more where there is more to carry.
    carrier[freight] = np.concatenate(
        [np.arange(hauliers), weighted(rng, carriers.activity, int(freight.sum()) - hauliers)]
    )
    operated = (kind == BUS) | ((kind == VAN) & use["commercial"].astype(bool))
    carrier[operated] = rng.integers(0, hauliers, int(operated.sum()))
    tare = np.array([1450.0, 2100.0, 14800.0, 13500.0])[kind]
    vehicles = Vehicles(
        kind=kind,
        plate=plates(rng, country),
        country=country,
        home_post=home,
        activity=activity(rng, n) * use["activity"],
        stay_log_hours=np.log(use["stay_hours"]) + rng.normal(0, 0.3, n),
        stay_spread=use["stay_spread"],
        night=np.clip(use["night"] + rng.normal(0, 0.08, n), 0.02, 0.95),
        other_post=np.clip(use["other_post"] + rng.normal(0, 0.08, n), 0.0, 0.95),
        heavy_kg=use["heavy_kg"],
        tare_kg=np.round(tare * np.exp(rng.normal(0, 0.06, n)), -1),
        carrier=carrier,
        commercial=freight | operated,
        trailer=np.where(freight, np.arange(n), -1),
        typology=np.zeros(n, dtype=np.int64),
    )
    move_to_quiet_posts(vehicles, posts, rng.random(n) < use["quiet_post"])
    return vehicles


def move_to_quiet_posts(vehicles: Vehicles, posts: Posts, chosen: Flags) -> None:
    """Sends the chosen vehicles (n,) home by the quietest post near their own, if there is one."""
    home = vehicles.home_post[chosen]
    near = posts.near[home]
    weights = np.where(posts.car_weight[near] > 0, posts.car_weight[near], np.inf)
    quietest = near[np.arange(len(near)), np.argmin(weights, axis=1)]
    fits = posts.car_weight[quietest] <= QUIET_WEIGHT
    vehicles.home_post[chosen] = np.where(fits, quietest, home)


def _counts(profile: Profile) -> list[int]:
    crossings = profile.movements * (1 - profile.mix.consignments) / profile.seasons
    mix, per = profile.mix, profile.population
    shares = (1 - mix.vans - mix.lorries - mix.buses, mix.vans, mix.lorries, mix.buses)
    each = (
        per.crossings_per_car,
        per.crossings_per_van,
        per.crossings_per_lorry,
        per.crossings_per_bus,
    )
    return [max(20, round(crossings * s / e)) for s, e in zip(shares, each, strict=True)]


def _uses(profile: Profile, kind: Integers, rng: np.random.Generator) -> dict[str, Floats]:
    """Knobs of each vehicle's use (n,), drawn by the shares of the uses of its class."""
    knobs = (
        "activity",
        "stay_hours",
        "stay_spread",
        "night",
        "other_post",
        "quiet_post",
        "heavy_kg",
    )
    found = {name: np.zeros(len(kind)) for name in (*knobs, "commercial")}
    for code, name in enumerate(CLASSES):
        uses = profile.behaviours[name]
        mine = np.flatnonzero(kind == code)
        drawn = weighted(rng, np.array([use["share"] for use in uses.values()]), len(mine))
        for knob in knobs:
            found[knob][mine] = np.array([use[knob] for use in uses.values()], dtype=float)[drawn]
        if name == "van":
            found["commercial"][mine] = [list(uses)[i] == "courier" for i in drawn]
    return found
