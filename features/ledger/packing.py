"""How derived integers lie in the store: int64 in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from features.measures import MEASURES
from features.spec import Integers

_PLACE = {name: place for place, name in enumerate(MEASURES)}


def pack_measures(measures: Mapping[str, int]) -> bytes:
    """All measures in the order of `MEASURES`; absent ones are zero."""
    return measure_vector(measures).tobytes()


def measure_vector(measures: Mapping[str, int]) -> Integers:
    """The vector (len(MEASURES),) in their order; absent ones are zero."""
    vector = np.zeros(len(MEASURES), np.int64)
    for name, value in measures.items():
        vector[_PLACE[name]] = value
    return vector


def unpack_measures(packed: bytes) -> Integers:
    """The vector (len(MEASURES),) that `pack_measures` wrote."""
    return np.frombuffer(packed, np.int64)


def pack_integers(values: Sequence[int]) -> bytes:
    """Integers in the caller's order."""
    return np.array(values, np.int64).tobytes()


def unpack_integers(packed: bytes) -> list[int]:
    """What `pack_integers` wrote."""
    return [int(v) for v in np.frombuffer(packed, np.int64)]


def places(names: Sequence[str]) -> list[int]:
    """Where measures lie in a packed vector."""
    return [_PLACE[name] for name in names]
