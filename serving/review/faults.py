"""What is wrong with what was sent from a form: said at the top of the page and beside the field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing to mend.

    Attributes:
        field: The id of the field it concerns; "" where it concerns no one field.
        message: What is wrong, and the way out, in the reader's language.
    """

    field: str
    message: str
