"""A page of figures in parts, each with its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from serving.review.figures.tables import Table


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        mark: Its place in the page.
        about: What is to be said before its tables, such as what is not there.
    """

    mark: str
    title: str
    tables: tuple[Table, ...]
    about: tuple[str, ...] = ()


def tables_in(sections: Iterable[Section]) -> Iterator[Table]:
    """Every table, in the order of the page."""
    return (table for section in sections for table in section.tables)
