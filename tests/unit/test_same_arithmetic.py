"""Equal data and seed give equal bytes on every processor, not on one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from features.same_arithmetic import HELD, hold

_AVX512 = frozenset({"sse2", "avx2", "fma", "avx512f"})
#: What NumPy finds that it may use, told by a process of its own.
_TOLD = """
import {package}, os
from numpy._core._multiarray_umath import __cpu_features__ as found
print(any(able for name, able in found.items() if name.startswith("AVX512") or name == "X86_V4"))
print(os.environ.get("OPENBLAS_CORETYPE"))
"""


def test_libraries_are_held_to_what_every_server_can() -> None:
    environment: dict[str, str] = {}

    hold(environment, able_to=_AVX512)

    assert environment == HELD


def test_what_somebody_set_stays() -> None:
    environment = {"OPENBLAS_CORETYPE": "Zen"}

    hold(environment, able_to=_AVX512)

    assert environment == HELD | {"OPENBLAS_CORETYPE": "Zen"}


def test_a_processor_without_avx2_is_left_alone() -> None:
    environment: dict[str, str] = {}

    hold(environment, able_to=frozenset({"sse2"}))

    assert not environment


@pytest.mark.parametrize("package", ["features", "models", "training", "serving"])
def test_whatever_package_comes_first_numpy_is_held(package: str) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in HELD}

    told = subprocess.run(
        [sys.executable, "-c", _TOLD.format(package=package)],
        capture_output=True, text=True, check=True, env=bare,
    ).stdout.split()  # fmt: skip

    assert told[0] == "False"
    processor = Path("/proc/cpuinfo")
    able = processor.exists() and "avx2" in processor.read_text(encoding="ascii", errors="replace")
    assert told[1] == ("Haswell" if able else "None")
