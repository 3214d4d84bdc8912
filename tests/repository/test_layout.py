"""Rules of the repository itself."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("features", "models", "training", "serving", "seeds", "notebooks", "tests", "bench")


def test_no_dependency_takes_one_of_our_names() -> None:
    taken = {
        name: distributions
        for name, distributions in importlib.metadata.packages_distributions().items()
        if name in PACKAGES and set(distributions) != {"vardar"}
    }

    assert not taken


@pytest.mark.slow
def test_serving_does_not_load_training_or_its_libraries() -> None:
    code = (
        "import sys, serving.service;"
        # LightGBM itself loads scikit-learn where it is installed, so that one may be there.
        "heavy = {'training', 'mlflow', 'dvc', 'shap', 'ibis', 'duckdb'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


def test_every_python_file_opens_with_what_it_answers() -> None:
    silent = [
        path for path in _tracked("*.py") if not path.read_text("utf-8").lstrip().startswith('"""')
    ]

    assert not silent


def test_no_module_answers_too_many_questions() -> None:
    long = [path for path in _tracked("*.py") if len(path.read_text("utf-8").splitlines()) > 400]

    assert not long


def test_the_wheel_holds_the_packages_and_no_trained_models() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert set(wheel["packages"]) == {"features", "models", "training", "serving"}
    assert "models/trained" in wheel["exclude"]


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", pattern],  # noqa: S607 - git is found where the developer has it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]
