"""Words of the codes that pages show; each is translated where it is said, by `spoken.words`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from models.languages import Language
from serving.review.states import State


def words(text: str) -> str:
    """The text itself: marks it for the catalogues, which take literal arguments of `words`."""
    return text


KINDS: Mapping[str, str] = MappingProxyType(
    {"consignment": words("Consignment"), "crossing": words("Crossing")}
)

VEHICLE_CLASSES: Mapping[str, str] = MappingProxyType({
    "M1": words("car"),
    "N1": words("van"),
    "N2": words("light lorry"),
    "N3": words("heavy lorry"),
    "M2": words("small bus"),
    "M3": words("bus"),
    "L": words("motorcycle"),
    "train": words("train"),
    "vessel": words("vessel"),
})  # fmt: skip

DIRECTIONS: Mapping[str, str] = MappingProxyType(
    {"entry": words("entering the country"), "exit": words("leaving the country")}
)

MODES: Mapping[int, str] = MappingProxyType({
    1: words("by sea"),
    2: words("by rail"),
    3: words("by road"),
    4: words("by air"),
    5: words("by post"),
    7: words("by fixed installation, such as a pipeline"),
    8: words("by inland water"),
    9: words("under its own power"),
})  # fmt: skip

#: Where a case stands; what is due next is told from what was done with it.
STATES: Mapping[State, str] = MappingProxyType({
    State.NEW: words("New"),
    State.VIEWED: words("A view is recorded"),
    State.REVEALED: words("The score was shown"),
    State.REFERRED: words("Waits for a second person"),
    State.APPROVED: words("A second person agreed"),
    State.DECLINED: words("A second person did not agree"),
    State.DECIDED: words("Decided"),
    State.INSPECTED: words("The outcome is recorded"),
    State.CLOSED: words("Closed"),
})  # fmt: skip

RESULTS: Mapping[str, str] = MappingProxyType({
    "nothing_found": words("nothing found"),
    "arms": words("arms found"),
    "persons_concealed": words("people found hidden"),
    "other_contraband": words("other contraband found"),
    "documentary": words("papers not in order"),
    "inconclusive": words("inconclusive"),
    "not_searched": words("not searched"),
})  # fmt: skip

CONTROL_LEVELS: Mapping[str, str] = MappingProxyType({
    "documentary": words("check of documents"),
    "visual": words("look at the outside"),
    "scanner": words("scanner"),
    "gas_probe": words("gas probe"),
    "dog": words("dog"),
    "partial_unload": words("partly unloaded"),
    "full_unload": words("fully unloaded"),
})  # fmt: skip

RISKS: Mapping[str, str] = MappingProxyType(
    {"arms": words("Arms"), "smuggling": words("People smuggling")}
)

PARTIES: Mapping[str, str] = MappingProxyType({
    "consignor": words("Consignor"),
    "consignee": words("Consignee"),
    "declarant": words("Declarant"),
    "carrier": words("Carrier"),
    "vehicle": words("Vehicle"),
    "trailer": words("Trailer"),
    "container": words("Container"),
    "declaration": words("Declaration"),
})  # fmt: skip


def said(spoken: Language, table: Mapping[Any, str], code: Any) -> str:
    """A code in words; one that no table knows, such as a country's own risk, stands for itself."""
    found = table.get(code)
    return spoken.words(found) if found else str(code).replace("_", " ")
