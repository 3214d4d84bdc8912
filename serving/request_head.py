"""The head of a request, read once: whoever looks at it finds a header by its name."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Scope


def head_of(scope: Scope) -> Mapping[str, str]:
    """A request's headers by their names in small letters; of several of one name, the first."""
    head: dict[str, str] | None = scope.get("head")
    if head is None:
        head = scope["head"] = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in reversed(scope["headers"])
        }
    return head
