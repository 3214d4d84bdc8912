"""Movements no head has learnt from: ordinary ones, changed until they belong to another regime.

What is changed are the integers a movement is made of, as if the record had said so; the columns
follow by the same finish as always. Each family states what happened, and tells which movements it
really moved: a van that was not weighed is not moved by scales in tonnes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from features.keys import ENTITY_KEYS, EXTRA_PREFIX
from features.spec import MISSING, Column, Feature, Floats, Integers
from training.labels import Flags

#: Modes of transport of EUCDM 19 03, and requested procedures of EUCDM 11 09.
_MODES = range(1, 10)
_PROCEDURES = (
    1, 2, 7, 10, 11, 21, 22, 23, 31, 40, 41, 42, 43, 44, 45, 46, 48, 51, 53, 54, 61, 63, 68, 71, 76,
    77, 78, 91, 92,
)  # fmt: skip
_CHAPTERS = range(1, 98)
#: Places in `features.crossing_rows.CLASSES`.
_CLASSES = range(9)
_POST, _LORRY = 5, 3

#: Dinars to the euro: an office that files values in its own currency.
_DINARS = 117
#: How often the largest value seen is passed.
_BEYOND = 100
#: How much wider than what was seen the noise is.
_NOISE = 10
#: Parts of two to the power of ten, the unit of logarithms (`features.fixed_point`).
_LOG_UNIT = 1024

_MASSES = ("gross_mass_g", "net_mass_g")
_SCALES = ("weighbridge_kg", "load_on_weighbridge_kg", "weight_residual_kg")
_WEIGHTS = (*_SCALES, "declared_load_kg")
_TIMES = ("minutes_late", "transit_minutes", "minutes_lodged_before")
_GOODS = (*_MASSES, "value_minor", "package_count")
#: What follows from other integers of the record, and has to follow them.
_LOGS = ("log_unit_value", "log_package_mass", "log_journey_minutes", "log_leg_minutes")


@dataclass(frozen=True)
class Ordinary:
    """Integers of movements, by name (n,), `MISSING` where not known.

    Attributes:
        later: Ordinary movements after training ended: those that are changed.
        past: Those up to then: what a head may have learnt from.
        columns: What a head makes of them.
    """

    later: Mapping[str, Integers]
    past: Mapping[str, Integers]
    columns: Sequence[Column]

    @property
    def rows(self) -> int:
        """How many later movements there are."""
        return len(next(iter(self.later.values())))


@dataclass(frozen=True)
class Changed:
    """What became of the later movements.

    Attributes:
        integers: Those that differ, by name (n,).
        moved: Which movements the change moved out of what was seen (n,).
    """

    integers: Mapping[str, Integers]
    moved: Flags


@dataclass(frozen=True)
class Family:
    """One way of being unlike anything seen.

    Attributes:
        name: As figures call it.
        told: What happened, in words.
        change: Makes such movements; moves none where the past has it all already.
    """

    name: str
    told: str
    change: Callable[[Ordinary, Generator], Changed]


def families_of(subject: str) -> tuple[Family, ...]:
    """The families of a subject, in the order they are reported."""
    return _CONSIGNMENT if subject == "consignment" else _CROSSING


def _nobody_named(of: Ordinary, _: Generator) -> Changed:
    names = {
        part.name
        for column in of.columns
        for part in column.inputs
        if isinstance(part, Feature)
        and (part.key in ENTITY_KEYS or part.key.startswith(EXTRA_PREFIX))
    }
    convoy = {n for c in of.columns if c.family == "convoy" for n in c.input_names}
    unknown = (names | convoy) & set(of.later)
    return Changed(_unknown(of, unknown), _everybody(of))


def _not_declared(*names: str) -> Callable[[Ordinary, Generator], Changed]:
    """Fields left empty, with all that follows from them."""

    def change(of: Ordinary, _: Generator) -> Changed:
        return Changed(_unknown(of, set(names) & set(of.later)), _everybody(of))

    return change


def _never_seen(name: str, codes: Collection[int]) -> Callable[[Ordinary, Generator], Changed]:
    """A category out of an official list that no movement of the past had."""

    def change(of: Ordinary, rng: Generator) -> Changed:
        new = np.setdiff1d(np.array(list(codes)), of.past[name])
        if not len(new):
            return Changed({}, np.zeros(of.rows, np.bool_))
        drawn = rng.choice(new, of.rows).astype(np.int64)
        made = {name: drawn}
        if name == "chapter":
            made["heading"] = drawn * 100 + 1
        return Changed(made, _everybody(of))

    return change


def _beyond(*names: str) -> Callable[[Ordinary, Generator], Changed]:
    """Each quantity that is known a hundred times the largest of the past, and more."""

    def change(of: Ordinary, rng: Generator) -> Changed:
        made = {}
        factor = rng.uniform(_BEYOND, 2 * _BEYOND, of.rows)
        for name in names:
            most = _known(of.past[name]).max(initial=1)
            made[name] = _where_known(of.later[name], np.rint(most * factor))
        return _with_logs(of, made)

    return change


def _times(factor: float, *names: str) -> Callable[[Ordinary, Generator], Changed]:
    """Quantities in another unit: whatever is known and not zero is moved."""

    def change(of: Ordinary, _: Generator) -> Changed:
        made = {n: _where_known(of.later[n], np.rint(of.later[n] * factor)) for n in names}
        return _with_logs(of, made)

    return change


def _exchanged(by: str, code: int) -> Callable[[Ordinary, Generator], Changed]:
    """The numbers of one class under the others, and theirs under it.

    Only across that line: vans and cars, or road and rail, share most of what they can be.
    """

    def change(of: Ordinary, rng: Generator) -> Changed:
        is_one, names = of.later[by] == code, _record_numbers(of, but=(by,))
        partner = rng.permutation(of.rows)
        differs = is_one[partner] != is_one
        made = {n: np.where(differs, of.later[n][partner], of.later[n]) for n in names}
        moved = differs & np.any([made[n] != of.later[n] for n in names], axis=0)
        return Changed(made, moved)

    return change


def _shuffled(of: Ordinary, rng: Generator) -> Changed:
    """Each number of the record from another movement: every column usual, no record is."""
    made = {n: of.later[n][rng.permutation(of.rows)] for n in _record_numbers(of, but=_LOGS)}
    return _with_logs(of, made)


def _noise(of: Ordinary, rng: Generator) -> Changed:
    """Each number of the record drawn from a range ten times as wide as that of the past."""
    made = {}
    for name in _record_numbers(of, but=_LOGS):
        known = _known(of.past[name])
        low, high = (int(known.min()), int(known.max())) if len(known) else (0, 1)
        width = max(high - low, 1)
        wide = rng.integers(low - (_NOISE // 2) * width, high + (_NOISE // 2) * width, of.rows)
        made[name] = np.where(low >= 0, np.abs(wide), wide).astype(np.int64)
    return _with_logs(of, made)


def _record_numbers(of: Ordinary, *, but: Collection[str]) -> list[str]:
    """Integers of the record itself that are quantities."""
    codes = {name for column in of.columns if column.categorical for name in column.input_names}
    found = {
        part
        for column in of.columns
        if column.family != "convoy"
        for part in column.inputs
        if isinstance(part, str)
    }
    return sorted(found - codes - set(but))


def _with_logs(of: Ordinary, made: dict[str, Integers]) -> Changed:
    """The change, with logarithms that follow masses, values and packages."""
    now = {**of.later, **made}
    if "gross_mass_g" in now:
        value, mass, packages = (
            _log2(now[n]) for n in ("value_minor", "gross_mass_g", "package_count")
        )
        for name, difference in (
            ("log_unit_value", value - mass),
            ("log_package_mass", mass - packages),
        ):
            if name in now:
                whole = np.where(np.isnan(difference), 0.0, np.rint(difference))
                made[name] = np.where(np.isnan(difference), MISSING, whole.astype(np.int64))
    moved = np.any([made[n] != of.later[n] for n in made if n not in _LOGS], axis=0)
    return Changed(made, moved)


def _log2(values: Integers) -> Floats:
    positive = (values != MISSING) & (values > 0)
    logs = _LOG_UNIT * np.log2(np.where(positive, values, 1).astype(np.float64))
    return np.where(positive, logs, np.nan)


def _unknown(of: Ordinary, names: Collection[str]) -> dict[str, Integers]:
    return {name: np.full(of.rows, MISSING, np.int64) for name in sorted(names)}


def _everybody(of: Ordinary) -> Flags:
    return np.ones(of.rows, np.bool_)


def _known(values: Integers) -> Integers:
    known: Integers = values[values != MISSING]
    return known


def _where_known(values: Integers, then: Floats) -> Integers:
    known = values != MISSING
    return np.asarray(np.where(known, np.where(known, then, 0).astype(np.int64), MISSING))


_CONSIGNMENT = (
    Family("nobody_named", "No party, vehicle or container with a past is named", _nobody_named),
    Family(
        "not_declared",
        "Mass, value and packages are not declared",
        _not_declared(
            *_GOODS, "log_unit_value", "log_package_mass", "round_value", "just_duty_free"
        ),
    ),
    Family("new_mode", "A mode of transport never seen", _never_seen("mode_of_transport", _MODES)),
    Family("new_procedure", "A procedure never seen", _never_seen("procedure", _PROCEDURES)),
    Family("new_chapter", "Goods of an HS chapter never seen", _never_seen("chapter", _CHAPTERS)),
    Family("huge_mass", "Masses 100 times the largest seen, and more", _beyond(*_MASSES)),
    Family("huge_value", "Values 100 times the largest seen, and more", _beyond("value_minor")),
    Family("grams", "Masses in grams where kilograms are meant", _times(1000, *_MASSES)),
    Family("tonnes", "Masses in tonnes where kilograms are meant", _times(0.001, *_MASSES)),
    Family("other_currency", "Values in dinars, 117 to the euro", _times(_DINARS, "value_minor")),
    Family("seconds", "Times of the journey in seconds, not minutes", _times(60, *_TIMES)),
    Family(
        "other_mode",
        "Numbers of freight under post, and of post under freight",
        _exchanged("mode_of_transport", _POST),
    ),
    Family("shuffled", "Each number from another declaration", _shuffled),
    Family("noise", "Numbers drawn from ten times the range seen", _noise),
)
_CROSSING = (
    Family("nobody_named", "No vehicle, trailer or carrier with a past is named", _nobody_named),
    Family(
        "not_measured",
        "Neither queue nor check measured, at a post not known",
        _not_declared("queue_minutes", "document_check_s", "quietness_permille", "leg_km"),
    ),
    Family("new_class", "A class of vehicle never seen", _never_seen("vehicle_class", _CLASSES)),
    Family("huge_weight", "Weights 100 times the largest seen, and more", _beyond(*_WEIGHTS)),
    Family("tonnes", "Scales that tell tonnes where kilograms are meant", _times(0.001, *_SCALES)),
    Family(
        "seconds",
        "Queue in seconds, check in milliseconds",
        _times(1000, "queue_minutes", "document_check_s"),
    ),
    Family(
        "other_class",
        "Numbers of lorries under other vehicles, and of those under lorries",
        _exchanged("vehicle_class", _LORRY),
    ),
    Family("shuffled", "Each number from another crossing", _shuffled),
    Family("noise", "Numbers drawn from ten times the range seen", _noise),
)
