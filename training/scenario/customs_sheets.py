"""What the customs system exports of declarations: `consignments.csv`."""

from __future__ import annotations

import json

import numpy as np

from training.scenario.firms import Firms, Lanes
from training.scenario.identifiers import container_numbers
from training.scenario.reference import EU, ORIGINS, Goods, Posts
from training.scenario.sheets import Row, moments, yes_no
from training.scenario.streams import Integers
from training.scenario.trade import Declarations, local_reference
from training.scenario.vehicles import Vehicles

COLUMNS = (
    "entry_no", "version", "lodged_at", "registered_at", "country", "post", "lrn", "regime",
    "entry_type", "border_mode", "office", "office_of_entry", "exporter_no", "importer_no",
    "importer_private", "broker_no", "haulier_no", "authorised", "country_from", "country_to",
    "route", "loading", "unloading", "departure", "expected", "presented", "gross_kg", "packages",
    "invoice_total", "currency", "terms", "means_plate", "trailer_plate", "containers", "seals",
    "transport_document", "amendments", "guarantee", "green_lane", "items",
)  # fmt: skip

#: Values no reader can accept, by the column they are put in.
BREAKAGES = {
    "gross_kg": "about 12",
    "lodged_at": "2026-13-45T99:00:00Z",
    "entry_no": "",
    "items": '[{"item_no": 1, "commodity_code": "00AB12"}]',
    "country_from": "Atlantis",
}

_VERSION, _REGISTERED, _GROSS, _AMENDMENTS = (
    COLUMNS.index(name) for name in ("version", "registered_at", "gross_kg", "amendments")
)


def declaration_rows(
    declared: Declarations,
    numbers: list[str],
    firms: Firms,
    goods: Goods,
    posts: Posts,
    vehicles: Vehicles,
    rng: np.random.Generator,
) -> list[Row]:
    """One line a declaration, in their order."""
    n = len(numbers)
    lanes, traders = firms.lanes, firms.traders
    lane = declared.lane
    post = lanes.post[lane]
    items = _items(declared, lanes, goods, rng)
    containers = iter(container_numbers(rng, rng.random(int(declared.containers.sum())) > 0.03))
    detour = (rng.random(n) < 0.1).tolist()
    incoterm = rng.choice(["EXW", "FCA", "DAP", "CIF", "CPT"], n).tolist()
    currency = rng.choice(["EUR", "EUR", "EUR", "EUR", "USD"], n).tolist()
    guarantee = rng.choice(["0", "1", "2"], n).tolist()
    green = (rng.random(n) < 0.2).tolist()
    sequence = zip(
        moments(declared.lodged),
        moments(declared.lodged + rng.integers(5, 600, n)),
        moments(declared.departed),
        moments(declared.expected),
        moments(declared.presented),
        strict=True,
    )
    rows = []
    for i, (lodged, registered, departure, expected, presented) in enumerate(sequence):
        way, at = int(lane[i]), int(post[i])
        owner, beyond = str(posts.owner[at]), str(posts.beyond[at])
        origin, _, loading = ORIGINS[lanes.origin[way]]
        consignee, road = int(lanes.consignee[way]), lanes.mode[way] == 3
        lorry = int(declared.lorry[i])
        route = [origin, "AT" if detour[i] else beyond, beyond, owner]
        regime = "T1" if declared.transit[i] else "4000"
        rows.append([
            numbers[i], "1", lodged, registered, owner, str(posts.ids[at]), local_reference(numbers[i]),
            regime, "T1" if declared.transit[i] else "IM", str(lanes.mode[way]),
            f"{owner}{at:03d}100", f"{beyond if beyond in EU else owner}{at:03d}000",
            str(traders.consignor_number[lanes.consignor[way]]), str(traders.number[consignee]),
            yes_no(bool(traders.natural_person[consignee])),
            str(traders.declarant_number[lanes.declarant[way]]),
            str(firms.carriers.number[lanes.carrier[way]]), yes_no(bool(traders.aeo[consignee])),
            origin, owner, ";".join(c for k, c in enumerate(route) if k == 0 or c != route[k - 1]),
            loading, f"{owner}ZZZ", departure, expected, presented, f"{declared.mass_kg[i]:.1f}",
            str(declared.packages[i]), f"{declared.value_eur[i]:.2f}", currency[i], incoterm[i],
            str(vehicles.plate[lorry]) if road else "",
            f"T{vehicles.plate[lorry]}" if road else "",
            next(containers) if declared.containers[i] else "", str(declared.seals[i]),
            "CMR" if road else "BL", "0", guarantee[i], yes_no(green[i]), items[i],
        ])  # fmt: skip
    return rows


def amended(
    rows: list[Row], lodged: Integers, *, before: int, share: float, rng: np.random.Generator
) -> list[Row]:
    """Second versions of some lines: the mass put right within two days, if the period lasts so long."""
    n = len(rows)
    chosen = rng.random(n) < share
    at = lodged + rng.integers(3600, 48 * 3600, n)
    factor = rng.uniform(0.93, 1.07, n)
    when = moments(at)
    found = []
    for i in np.flatnonzero(chosen & (at < before)).tolist():
        row = rows[i].copy()
        row[_VERSION], row[_AMENDMENTS], row[_REGISTERED] = "2", "1", when[i]
        # Heavier than the items' net mass stays possible, lighter would contradict them.
        row[_GROSS] = f"{float(row[_GROSS]) * max(1.0, factor[i]) + 0.1:.1f}"
        found.append(row)
    return found


def _items(
    declared: Declarations, lanes: Lanes, goods: Goods, rng: np.random.Generator
) -> list[str]:
    """Items as JSON: one, or in a quarter of declarations two of the same heading."""
    good, mode, origin = (c[declared.lane] for c in (lanes.good, lanes.mode, lanes.origin))
    n = len(good)
    first = np.where(rng.random(n) < 0.75, 1.0, rng.uniform(0.5, 0.9, n))
    net = rng.uniform(0.9, 0.99, n)
    found = []
    for i in range(n):
        codes = [] if declared.invoice_missing[i] else ["N380"]
        codes += ["N730"] if mode[i] == 3 else ["N705"]
        shares = [first[i]] if first[i] == 1.0 else [first[i], 1.0 - first[i]]
        minor = round(declared.value_eur[i] * 100)
        lines = []
        for k, share in enumerate(shares):
            mass = declared.mass_kg[i] * share
            lines.append({
                "item_no": k + 1,
                "commodity_code": str(goods.code[good[i]])[:7] + str(k),
                "description": str(goods.description[good[i]]),
                "country_origin": ORIGINS[origin[i]][0],
                "net_mass_kg": round(mass * net[i], 2),
                "gross_mass_kg": round(mass, 2),
                "package_type": str(goods.package[good[i]]),
                "statistical_value_minor": max(1, round(minor * share)),
                "document_codes": codes,
            })  # fmt: skip
        found.append(json.dumps(lines, separators=(",", ":")))
    return found
