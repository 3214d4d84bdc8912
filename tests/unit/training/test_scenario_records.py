"""What the records of a made-up period say: goods and papers, parcels, lorries and their loads."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.scenario.files.draw import draw
from training.scenario.files.goods_items import GENERIC
from training.scenario.profile import load_profile
from training.scenario.world.reference import load_goods

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenario")
    profile = dataclasses.replace(load_profile("demo"), days=40, movements=12_000)
    draw(profile, seed=7, out=folder, processes=1)
    return folder


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def good_declarations(folder: Path) -> list[dict[str, str]]:
    """First versions whose items can be read; a broken line is followed by its good sending."""
    found = {
        line["entry_no"]: line
        for line in lines(folder, "consignments")
        if line["version"] == "1" and line["entry_no"] and "00AB12" not in line["items"]
    }
    return list(found.values())


def test_items_are_json_without_spaces(drawn: Path) -> None:
    for line in good_declarations(drawn):
        items = json.loads(line["items"])
        assert line["items"] == json.dumps(items, separators=(",", ":"))
        assert [item["item_no"] for item in items] in ([1], [1, 2])
        assert sum(item["gross_mass_kg"] for item in items) == pytest.approx(
            float(line["gross_kg"]), abs=0.011
        )


def test_most_goods_that_need_a_licence_or_certificate_come_with_it_and_others_without(
    drawn: Path,
) -> None:
    goods = load_goods()
    codes = np.array([code[:7] for code in goods.code])
    carried: list[bool] = []
    for needed, document in ((goods.licensed, "E020"), (goods.certified, "5D01")):
        codes_that_need_it = set(codes[needed]) - set(codes[~needed])
        shares: dict[bool, list[bool]] = {True: [], False: []}
        for line in good_declarations(drawn):
            item = json.loads(line["items"])[0]
            has = document in item["document_codes"]
            shares[item["commodity_code"][:7] in codes_that_need_it].append(has)
        assert np.mean(shares[True]) > 0.6
        assert not any(shares[False])
        carried += shares[True]
    assert not all(carried)


def test_parcels_are_post_for_private_receivers_at_shared_drop_points(
    drawn: Path,
) -> None:
    parcels = [line for line in good_declarations(drawn) if line["entry_type"] == "H7"]
    truth = pd.read_parquet(drawn / "truth" / "truth.parquet").set_index("source_record_id")
    assert {line["entry_no"] for line in parcels} <= set(truth.index[truth["stratum"] == "parcel"])
    assert {line["border_mode"] for line in parcels} == {"5"}
    assert 0.3 < np.mean([line["importer_private"] == "Y" for line in parcels]) < 0.9
    at = Counter(line["drop_point"] for line in parcels)
    assert "" not in at
    assert max(at.values()) > 5
    said = [json.loads(line["items"])[0]["description"] for line in parcels]
    assert 0.02 < np.mean([text in GENERIC for text in said]) < 0.5


def test_only_buses_state_seats_and_only_vans_and_lorries_their_empty_mass(
    drawn: Path,
) -> None:
    seen = [line for line in lines(drawn, "crossings") if line["category"] != "Q9"]
    assert {line["category"] for line in seen} == {"M1", "N1", "N3", "M3", "train"}
    for line in seen:
        assert bool(line["seats_declared"]) == (line["category"] == "M3")
        assert bool(line["empty_kg"]) == (line["category"] in ("N1", "N3"))


def test_lorries_name_declarations_that_were_lodged(drawn: Path) -> None:
    lodged = {line["lrn"] for line in lines(drawn, "consignments")}
    named = {
        reference
        for line in lines(drawn, "crossings")
        for reference in line["declarations"].split(";")
        if reference
    }
    assert len(named) > 500
    assert named <= lodged
