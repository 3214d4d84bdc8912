"""Which small code stands for a category: the same encoding in training and in the service.

Categories reach a model as raw integers (an HS heading, the hash of a text), which may be too large
for the trees' bit sets. The card lists the levels a head knows, text by text, with their raw codes;
the small code of a level is its place among those raw codes, in order. Any other category is one the
head cannot tell from others: it is read as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np

from features.spec import Floats
from models.card import CardColumn


class LevelCodes:
    """The encoding of a head's categorical columns; columns without levels are left as they are."""

    def __init__(self, columns: Sequence[CardColumn]) -> None:
        self._codes = [
            (j, {float(raw): float(i) for i, raw in enumerate(sorted(column.levels.values()))})
            for j, column in enumerate(columns)
            if column.levels is not None
        ]

    def encode(self, X: Floats) -> Floats:
        """Rows (n, f) with small codes in place of raw ones; a copy where anything changes."""
        if not self._codes:
            return X
        encoded = np.array(X, dtype=np.float64, order="C")
        if len(X) == 1:
            # To take out a column takes longer than all the rest.
            row = encoded[0]
            for j, codes in self._codes:
                row[j] = codes.get(row.item(j), nan)
            return encoded
        for j, codes in self._codes:
            encoded[:, j] = [codes.get(raw, nan) for raw in encoded[:, j].tolist()]
        return encoded
