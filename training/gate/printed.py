"""What checks say, as a person reads it in a terminal and a program in JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from training.gate.verdicts import Check

_LOOKS = {"ok": "green", "refused": "bold red", "insufficient": "yellow"}


def print_checks(checks: Sequence[Check], console: Console) -> None:
    """The verdict of each check, and why beneath it."""
    for check in checks:
        about = f", {check.about}" if check.about else ""
        console.print(Text(check.verdict, _LOOKS[check.verdict]), Text(f"{check.name}{about}"))
        console.print(Padding(Text(check.sentence), (0, 0, 0, 4)))


def flat_figures(checks: Sequence[Check]) -> dict[str, float]:
    """Every number of every check under one name: `<check>_[<head>_]<figure>`."""
    figures: dict[str, float] = {}
    for check in checks:
        start = "_".join(f"{check.name} {check.about}".replace("-", " ").split())
        figures[f"{start}_ok"] = float(check.verdict == "ok")
        for name, value in check.figures.items():
            if isinstance(value, int | float):
                figures[f"{start}_{name}"] = float(value)
    return figures
