"""What the customs system exports of declarations: `consignments.csv`."""

from __future__ import annotations

import numpy as np

from training.scenario.days.movements import PARCEL, Declarations
from training.scenario.files.goods_items import ItemLists
from training.scenario.files.sheets import (
    Columns,
    Labels,
    Layout,
    Row,
    integers,
    labels,
    moments,
    where,
    yes_no,
)
from training.scenario.streams import Flags, Integers
from training.scenario.world.identifiers import container_numbers, local_reference
from training.scenario.world.reference import EU, ORIGINS
from training.scenario.world.world import World

LAYOUT = Layout(
    columns=(
        "entry_no", "version", "lodged_at", "registered_at", "country", "post", "lrn", "regime",
        "entry_type", "border_mode", "office", "office_of_entry", "exporter_no", "importer_no",
        "importer_private", "broker_no", "haulier_no", "authorised", "country_from", "country_to",
        "route", "loading", "unloading", "departure", "expected", "presented", "gross_kg",
        "packages", "invoice_total", "currency", "terms", "means_plate", "trailer_plate",
        "containers", "seals", "transport_document", "amendments", "guarantee", "green_lane",
        "drop_point", "items",
    ),
    breakages={
        "gross_kg": "about 12",
        "lodged_at": "2026-13-45T99:00:00Z",
        "entry_no": "",
        "items": '[{"item_no": 1, "commodity_code": "00AB12"}]',
        "country_from": "Atlantis",
    },
)  # fmt: skip

_VERSION, _REGISTERED, _GROSS, _AMENDMENTS = (
    LAYOUT.columns.index(name) for name in ("version", "registered_at", "gross_kg", "amendments")
)

#: What proves carriage, by the mode of transport at the border.
_TRANSPORT_DOCUMENTS = {1: "BL", 2: "CIM", 3: "CMR", 4: "AWB", 5: "CP71"}

_INCOTERMS = labels(("EXW", "FCA", "DAP", "CIF", "CPT"))
_CURRENCIES = labels(("EUR", "EUR", "EUR", "EUR", "USD"))
_GUARANTEES = labels(("0", "1", "2"))

#: Shares of routes that lead through a third country, of containers whose number was misread, and of
#: declarations for a lane of priority traffic (assumed).
_DETOURS, _MISREAD, _PRIORITY = 0.1, 0.03, 0.2


class DeclarationSheet:
    """Writes declarations of a world; what its firms and goods are called is looked up once."""

    def __init__(self, world: World) -> None:
        firms, posts = world.firms, world.posts
        self._firms, self._items = firms, ItemLists(world.goods)
        self._consignor, self._consignee, self._declarant, self._carrier, self._drop_point = map(
            labels,
            (
                firms.traders.consignor_number, firms.traders.number,
                firms.traders.declarant_number, firms.carriers.number, firms.drop_points,
            ),
        )  # fmt: skip
        vehicles = world.vehicles
        self._plate, self._own_trailer = labels(vehicles.plate), vehicles.trailer
        self._trailer = labels(f"T{plate}" for plate in vehicles.plate.tolist())
        self._post, self._owner = labels(posts.ids), labels(posts.owner)
        places = list(zip(posts.owner.tolist(), posts.beyond.tolist(), strict=True))
        self._office = labels(f"{owner}{at:03d}100" for at, (owner, _) in enumerate(places))
        self._first_office = labels(
            f"{beyond if beyond in EU else owner}{at:03d}000"
            for at, (owner, beyond) in enumerate(places)
        )
        self._unloading = labels(f"{owner}ZZZ" for owner in posts.owner.tolist())
        origins = [country for country, *_ in ORIGINS]
        self._origin, self._loading = labels(origins), labels(place for _, _, place in ORIGINS)
        self._short = _table([[f"{_short_of(o, *way)}ZZZ" for way in places] for o in origins])
        self._route, self._detour = (
            _table([[_route(o, *way, by_austria=by) for way in places] for o in origins])
            for by in (False, True)
        )

    def columns(
        self, declared: Declarations, numbers: list[str], rng: np.random.Generator
    ) -> Columns:
        """One line a declaration, in their order."""
        lanes, traders, n = self._firms.lanes, self._firms.traders, len(numbers)
        lane, lorry = declared.lane, declared.lorry
        post, origin, consignee = lanes.post[lane], lanes.origin[lane], lanes.consignee[lane]
        mode = lanes.mode[lane]
        parcel = declared.stratum == PARCEL
        regime = where(declared.transit, "T1", where(declared.temporary, "5300", "4000"))
        entry = where(declared.transit, "T1", where(parcel, "H7", "IM"))
        owner = self._owner[post].tolist()
        trailer = np.where(lorry >= 0, self._own_trailer[lorry], -1)
        return [
            numbers,
            ["1"] * n,
            moments(declared.lodged),
            moments(declared.lodged + rng.integers(5, 600, n)),
            owner,
            self._post[post].tolist(),
            list(map(local_reference, numbers)),
            regime,
            entry,
            integers(mode),
            self._office[post].tolist(),
            self._first_office[post].tolist(),
            self._consignor[lanes.consignor[lane]].tolist(),
            self._consignee[consignee].tolist(),
            yes_no(traders.natural_person[consignee]),
            self._declarant[lanes.declarant[lane]].tolist(),
            self._carrier[lanes.carrier[lane]].tolist(),
            yes_no(traders.aeo[consignee]),
            self._origin[origin].tolist(),
            owner,
            where(rng.random(n) < _DETOURS, self._detour[origin, post], self._route[origin, post]),
            self._loading[origin].tolist(),
            where(declared.unloaded_short, self._short[origin, post], self._unloading[post]),
            moments(declared.departed),
            moments(declared.expected),
            moments(declared.presented),
            [f"{mass:.2f}" for mass in declared.mass_kg.tolist()],
            integers(declared.packages),
            [f"{value:.2f}" for value in declared.value_eur.tolist()],
            _any_of(_CURRENCIES, n, rng),
            _any_of(_INCOTERMS, n, rng),
            self._plate[lorry].tolist(),
            self._trailer[trailer].tolist(),
            _containers(declared.containers > 0, rng),
            integers(declared.seals),
            labels(_TRANSPORT_DOCUMENTS.values())[mode - 1].tolist(),
            ["0"] * n,
            _any_of(_GUARANTEES, n, rng),
            yes_no(rng.random(n) < _PRIORITY),
            self._drop_point[lanes.drop_point[lane]].tolist(),
            self._items.cells(declared, lanes, rng),
        ]


def amended(
    columns: Columns, lodged: Integers, *, before: int, share: float, rng: np.random.Generator
) -> list[Row]:
    """Second versions of some lines: the mass put right within two days, if the period lasts so long."""
    n = len(lodged)
    chosen = rng.random(n) < share
    at = lodged + rng.integers(3600, 48 * 3600, n)
    factor = rng.uniform(0.93, 1.07, n)
    rows = np.flatnonzero(chosen & (at < before))
    found = []
    for i, when in zip(rows.tolist(), moments(at[rows]), strict=True):
        row = [column[i] for column in columns]
        row[_VERSION], row[_AMENDMENTS], row[_REGISTERED] = "2", "1", when
        # Heavier than the items' net mass stays possible, lighter would contradict them.
        row[_GROSS] = f"{float(row[_GROSS]) * max(1.0, factor[i]) + 0.1:.2f}"
        found.append(row)
    return found


def _any_of(choices: Labels, n: int, rng: np.random.Generator) -> list[str]:
    drawn: list[str] = choices[rng.integers(0, len(choices) - 1, n)].tolist()
    return drawn


def _containers(there: Flags, rng: np.random.Generator) -> list[str]:
    found = np.full(len(there), "", dtype=object)
    found[there] = container_numbers(rng, rng.random(int(there.sum())) > _MISREAD)
    cells: list[str] = found.tolist()
    return cells


def _route(origin: str, owner: str, beyond: str, *, by_austria: bool) -> str:
    """Countries passed on the way, none twice in a row."""
    way = (origin, "AT" if by_austria else beyond, beyond, owner)
    return ";".join(c for k, c in enumerate(way) if k == 0 or c != way[k - 1])


def _short_of(origin: str, owner: str, beyond: str) -> str:
    """The country where goods end that never reach their destination."""
    return next(country for country in (beyond, origin, "AT") if country != owner)


def _table(cells: list[list[str]]) -> Labels:
    """Cells to look up by origin and post."""
    return np.array(cells, dtype=object)
