"""What a typology changes about declarations: shifts of what honest parties would have declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from training.scenario.streams import Flags, Floats


@dataclass(frozen=True)
class Shift:
    """Changes of declarations, as columns (n,).

    Attributes:
        price: Spreads of the heading added to log value/kg; `density` to log kg/package.
        log_mass: Added to the log of the gross mass.
        net_gap: Taken off the share of the gross mass that is net.
        late_hours: Hours added to the journey.
        just_under: The value is put just under the limit for duty-free parcels.
    """

    price: Floats
    density: Floats
    log_mass: Floats
    net_gap: Floats
    late_hours: Floats
    invoice_missing: Flags
    licence_missing: Flags
    certificate_missing: Flags
    seal_missing: Flags
    temporary: Flags
    described_otherwise: Flags
    packed_otherwise: Flags
    generic: Flags
    unloaded_short: Flags
    just_under: Flags

    def joined(self, other: Shift) -> Shift:
        """Both changes: numbers add up, flags hold if either does."""
        both = {}
        for field in fields(Shift):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            both[field.name] = mine | theirs if mine.dtype == np.bool_ else mine + theirs
        return Shift(**both)

    def avoiding(self, signals: Mapping[str, float], rng: np.random.Generator) -> Shift:
        """What is left of the changes where whoever carries avoids these signals.

        A number shrinks to the signal's factor; a flag stays with that probability.
        """
        left = {}
        for name, factor in signals.items():
            if name in _CHANGE_OF:
                change = getattr(self, _CHANGE_OF[name])
                is_flag = change.dtype == np.bool_
                kept = change & (rng.random(len(change)) < factor) if is_flag else change * factor
                left[_CHANGE_OF[name]] = kept
        return replace(self, **left)


#: The change behind each signal that can be avoided.
_CHANGE_OF = {
    "low_price": "price",
    "dense_packages": "density",
    "seal_missing": "seal_missing",
    "invoice_missing": "invoice_missing",
    "late": "late_hours",
}


def shift(active: Flags, **changes: Floats | Flags | float) -> Shift:
    """These changes (n,) where `active` (n,), and none elsewhere or otherwise."""
    columns = {}
    for field in fields(Shift):
        is_flag = field.type == "Flags"
        change = changes.get(field.name, False if is_flag else 0.0)
        columns[field.name] = np.where(active, change, False if is_flag else 0.0)
    return Shift(**columns)
