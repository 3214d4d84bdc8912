"""The pipeline reruns whatever a change could alter: `dvc.yaml` names all that a stage reads."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PACKAGES = ("features", "models", "training")


def stages() -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    return written


STAGES = ("scenario", "records", "features", "fit", "evaluate", "documents")

#: Where the work of a command is done; the command's own module has others beside it.
COMMANDS = {"vardar scenario draw": "training.scenario.files.draw"}


def module_of(command: str) -> str:
    """`python -m MODULE`, or where a command of `vardar` has its work done."""
    words = command.split()
    return words[2] if words[0] == "python" else COMMANDS[" ".join(words[:3])]


def module_file(name: str) -> Path | None:
    path = ROOT / name.replace(".", "/")
    found = [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()]
    return found[0] if found else None


def imported(path: Path) -> set[Path]:
    found: set[Path | None] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {module_file(n) for n in names if n.split(".")[0] in PACKAGES}
    return {p for p in found if p}


def read_by(module: str) -> set[str]:
    start = module_file(module) or module_file(f"{module}.__main__")
    assert start
    seen, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imported(path)
    return {str(path.relative_to(ROOT)) for path in seen if path.stat().st_size > 200}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_every_module_it_imports(name: str) -> None:
    stage = stages()[name]
    module = module_of(stage["cmd"])

    missing = {
        path
        for path in read_by(module)
        if not any(path == dep or path.startswith(f"{dep}/") for dep in stage["deps"])
    }

    assert missing == set()


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_files_that_exist_or_are_made_before(name: str) -> None:
    made = [
        next(iter(out)) if isinstance(out, dict) else out
        for stage in stages().values()
        for out in [*stage["outs"], *stage.get("metrics", [])]
    ]

    for dep in stages()[name]["deps"]:
        assert (ROOT / dep).exists() or any(dep == o or dep.startswith(f"{o}/") for o in made)


def test_a_stage_reruns_for_every_section_of_the_parameters() -> None:
    named = {name.split(".")[0] for stage in stages().values() for name in stage["params"]}

    assert named == set(yaml.safe_load((ROOT / "params.yaml").read_text()))


def test_the_fit_names_a_folder_for_each_head() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    heads = {f"models/trained/{s}-{r}" for s in params["subjects"] for r in params["targets"]}

    assert heads < set(stages()["fit"]["outs"])


def test_only_the_evaluation_reads_the_truth() -> None:
    readers = [
        name
        for name, stage in stages().items()
        if any(
            dep in ("data", "data/scenario") or dep.startswith("data/scenario/truth")
            for dep in stage["deps"]
        )
    ]

    assert readers == ["evaluate"]
