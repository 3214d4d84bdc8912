"""What a check found: a line for each rule, seed and group, and whether the bound holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from training.intervals import Figure


@dataclass(frozen=True)
class Finding:
    """One figure beside its bound.

    Attributes:
        rule: The rule in words.
        seed: Of the drawn period; None for all periods together.
        about: The group it was measured on: a kind, a stratum, a typology, a file.
        risk: arms or smuggling; "" where the rule is about neither.
        figure: What was measured, with its 95 % interval where it has one (else NaN).
        bound: What it is compared with, in words.
        holds: Whether it keeps the bound; None where the figure is only told.
        detail: What else a reader needs, such as which field it was.
        cases: How many movements the figure is a mean of; 0 where it is none.
    """

    rule: str
    seed: int | None
    about: str
    risk: str
    figure: Figure
    bound: str
    holds: bool | None
    detail: str = ""
    cases: int = 0


@dataclass(frozen=True)
class CheckReport:
    """All findings of one or more drawn periods."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every bound is kept, and there was something to measure."""
        return bool(self.findings) and not self.broken

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that do not keep their bound."""
        return tuple(finding for finding in self.findings if finding.holds is False)

    def tables(self) -> list[Table]:
        """A table for each rule, in the order in which rules first appear."""
        by_rule: dict[str, list[Finding]] = {}
        for finding in self.findings:
            by_rule.setdefault(finding.rule, []).append(finding)
        return [_table(rule, findings) for rule, findings in by_rule.items()]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON: figures that are not known are null."""
        return {
            "title": self.title,
            "holds": self.holds,
            "findings": [_plain(asdict(finding)) for finding in self.findings],
        }


def report_from(stored: Mapping[str, Any]) -> CheckReport:
    """What `CheckReport.as_dict` wrote."""
    return CheckReport(stored["title"], tuple(_finding(one) for one in stored["findings"]))


def joined_reports(title: str, reports: Iterable[CheckReport]) -> CheckReport:
    """All findings in one report."""
    return CheckReport(title, tuple(finding for report in reports for finding in report.findings))


def _table(rule: str, findings: list[Finding]) -> Table:
    broken = sum(finding.holds is False for finding in findings)
    judged = sum(finding.holds is not None for finding in findings)
    table = Table("seed", "about", "risk", "figure", "95 % interval", "bound", "", "", title=rule)
    if judged:
        table.caption = f"{judged - broken} of {judged} hold"
    for f in findings:
        said = {True: "[green]holds", False: "[red]broken", None: ""}[f.holds]
        low, high = _written(f.figure.low), _written(f.figure.high)
        interval = f"{low} to {high}" if low else ""
        table.add_row(
            "all" if f.seed is None else str(f.seed),
            f.about,
            f.risk,
            _written(f.figure.value),
            interval,
            f.bound,
            said,
            f.detail,
        )
    return table


def _written(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    # NaN and infinity are no JSON.
    figure = {k: v if math.isfinite(v) else None for k, v in one["figure"].items()}
    return one | {"figure": figure}


def _finding(one: Mapping[str, Any]) -> Finding:
    figure = {k: math.nan if v is None else v for k, v in one["figure"].items()}
    return Finding(**{**one, "figure": Figure(**figure)})
