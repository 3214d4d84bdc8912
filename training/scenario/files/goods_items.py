"""How the goods of a declaration are listed: one item or two, with what the papers say of each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import product

import numpy as np

from training.scenario.days.movements import Declarations
from training.scenario.files.sheets import Labels, field
from training.scenario.streams import Floats, Integers
from training.scenario.world.firms import Lanes
from training.scenario.world.reference import ORIGINS, Goods

#: Words that say nothing of the goods.
GENERIC = ("Parts", "Samples", "Tools", "Accessories", "Spare parts", "Gift", "Various goods")

#: Document codes (TARIC, and EDIFACT 1001 behind the N): commercial invoice; authorisation for
#: firearms; a national code, a digit and three signs, for a certificate of age or deactivation;
#: and what proves carriage by sea, rail, road, air and post.
_INVOICE, _LICENCE, _CERTIFICATE = "N380", "E020", "5D01"
_CARRIAGE = ("N705", "N720", "N730", "N740", "N750")

#: Share of declarations with one item; the others have two of the same heading (assumed).
_ONE_ITEM = 0.75


class ItemLists:
    """Lists items as JSON; what the goods are called is looked up once."""

    def __init__(self, goods: Goods) -> None:
        self._goods = goods
        self._code = _texts(code[:7] for code in goods.code.tolist())
        self._description = _texts(map(json.dumps, [*goods.description.tolist(), *GENERIC]))
        self._package = _texts(goods.package.tolist())
        self._origin = _texts(country for country, *_ in ORIGINS)
        self._documents = _texts(_document_lists())

    def cells(self, declared: Declarations, lanes: Lanes, rng: np.random.Generator) -> list[str]:
        """A cell a declaration (n,); the JSON is what `json.dumps` writes without spaces."""
        n = len(declared.lane)
        share = np.where(rng.random(n) < _ONE_ITEM, 1.0, rng.uniform(0.5, 0.9, n))
        word = len(self._goods.code) + rng.integers(0, len(GENERIC), n)
        said = np.where(declared.generic, word, declared.described_as)
        lists = self._items(declared, lanes, said, np.arange(n), share, number=1)
        two = np.flatnonzero(share < 1.0)
        second = self._items(declared, lanes, said, two, 1.0 - share[two], number=2)
        for i, item in zip(two.tolist(), second, strict=True):
            lists[i] += "," + item
        return [field(f"[{items}]") for items in lists]

    def _items(
        self,
        declared: Declarations,
        lanes: Lanes,
        said: Integers,
        rows: Integers,
        share: Floats,
        *,
        number: int,
    ) -> list[str]:
        """The item of that number of these declarations (rows,), with its share of the goods."""
        lane = declared.lane[rows]
        value = np.maximum(1, np.rint(declared.value_eur[rows] * 100 * share)).astype(np.int64)
        columns = zip(
            self._code[lanes.good[lane]].tolist(),
            self._description[said[rows]].tolist(),
            self._origin[lanes.origin[lane]].tolist(),
            np.round(declared.net_kg[rows] * share, 2).tolist(),
            np.round(declared.mass_kg[rows] * share, 2).tolist(),
            self._package[declared.packed_as[rows]].tolist(),
            value.tolist(),
            self._documents[self._document_rows(declared, lanes)[rows]].tolist(),
            strict=True,
        )
        return [
            f'{{"item_no":{number},"commodity_code":"{code}{number - 1}","description":{text},'
            f'"country_origin":"{origin}","net_mass_kg":{net},"gross_mass_kg":{gross},'
            f'"package_type":"{package}","statistical_value_minor":{worth},'
            f'"document_codes":{documents}}}'
            for code, text, origin, net, gross, package, worth, documents in columns
        ]

    def _document_rows(self, declared: Declarations, lanes: Lanes) -> Integers:
        """Which of `_document_lists` each declaration has (n,)."""
        good = lanes.good[declared.lane]
        there = (
            ~declared.invoice_missing,
            self._goods.licensed[good] & ~declared.licence_missing,
            self._goods.certified[good] & ~declared.certificate_missing,
        )
        row = lanes.mode[declared.lane] - 1
        for flag in there:
            row = 2 * row + flag
        return np.asarray(row, dtype=np.int64)


def _document_lists() -> list[str]:
    """Lists of codes by the mode of transport, and by whether each further document is there."""
    found = []
    for carriage, *there in product(_CARRIAGE, *[(False, True)] * 3):
        further = (_INVOICE, _LICENCE, _CERTIFICATE)
        codes = [carriage, *(code for code, known in zip(further, there, strict=True) if known)]
        found.append(json.dumps(codes, separators=(",", ":")))
    return found


def _texts(texts: Iterable[str]) -> Labels:
    return np.array(list(texts), dtype=object)
