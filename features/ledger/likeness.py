"""What sort of movement an inspection was of, so that past cases like one at hand are found by index."""

from __future__ import annotations

from collections.abc import Mapping


def likeness(kind: str, keys: Mapping[str, str], *, takes_back: bool = False) -> str | None:
    """The sort of movement that a row of the ledger tells the outcome of; None for other rows.

    Args:
        kind: Of the row's record.
        keys: The row's keys: an inspection has those of the movement inspected, or none where that
            movement is not known.
        takes_back: Whether the row takes an earlier version back, and so tells nothing.
    """
    return sort_of(keys) if kind == "inspection" and not takes_back else None


def sort_of(keys: Mapping[str, str]) -> str | None:
    """Consignments are of a sort by their HS heading, crossings by their post."""
    if "hs4" in keys:
        return f"hs4:{keys['hs4']}"
    return f"post:{keys['post']}" if "post" in keys else None
