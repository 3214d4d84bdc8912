"""A small run as documents read one: a trained and measured head, its parameters, a deployment file."""

from __future__ import annotations

from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from models.champion import RulesOnly
from tests.movements import FEATURES, crossings, outcomes, params
from training.documents.facts import Sources
from training.evaluate import evaluate_all
from training.heads import train_head
from training.report import write_reports
from training.store import load_trained, save_trained

DEMO = Path(__file__).parents[1] / "seeds/deployment.yaml"

#: What somebody may write into a field, and no document may obey.
HOSTILE = "<script>alert(1)</script> [x](http://evil.example) | cell | `code` # no heading *bold*"


def a_run(folder: Path) -> Sources:
    """A run whose crossings have a head for smuggling, and rules and chance for arms."""
    movements, settings = crossings(), params(targets={"smuggling": ["persons_concealed"]})
    found = outcomes(movements)
    head = train_head(
        movements, found, features=FEATURES, subject="crossing", risk="smuggling",
        params=settings, texts={},
    )  # fmt: skip
    without = RulesOnly(subject="crossing", risk="arms", reason="7 hits were known.")
    save_trained({"crossing-smuggling": head, "crossing-arms": without}, folder / "models")
    settings = settings.model_copy(update={"targets": settings.targets | {"arms": ("arms",)}})
    results = evaluate_all(
        load_trained(folder / "models"), {"crossing": movements}, found,
        features=FEATURES, events=folder, params=settings, console=Console(file=StringIO()),
    )  # fmt: skip
    write_reports(results, [without], folder / "reports", headline=None)
    written = settings.model_dump(mode="json", exclude_none=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(written), "utf-8")
    return Sources(folder / "models", folder / "reports", folder / "params.yaml")


def a_deployment() -> dict[str, Any]:
    """What the demo's deployment file says."""
    read: dict[str, Any] = yaml.safe_load(DEMO.read_text("utf-8"))
    return read


def a_deployment_file(folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """The demo's deployment file, with changes by dotted name."""
    whole = a_deployment()
    for name, value in (changes or {}).items():
        *sections, field = name.split(".")
        part = whole
        for section in sections:
            part = part[section]
        part[field] = value
    path = folder / "deployment.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8")
    return path


class Page(HTMLParser):
    """What a browser finds in a page: tags, attributes, headings, texts of cells."""

    def __init__(self, html: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.headings: list[str] = []
        self.cells: list[str] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append("")
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self._inside:
            return
        self.text += data
        if {"h1", "h2", "h3", "h4"} & set(self._inside):
            self.headings[-1] += data
        if {"td", "th"} & set(self._inside):
            self.cells[-1] += data
