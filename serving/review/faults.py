"""What is wrong with what was sent from a form: said at the top of the page and beside the field."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing to mend.

    Attributes:
        field: The field it concerns, by the name its id ends with; "" where it concerns no one field.
        message: What is wrong, and the way out, in the reader's language.
    """

    field: str
    message: str
