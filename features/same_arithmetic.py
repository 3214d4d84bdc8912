"""The same bytes on every processor that can serve: libraries that choose by processor are told.

NumPy and OpenBLAS choose at their start among programs for this processor and for that; newer ones
(AVX-512) round exponentials and sums otherwise than AVX2 does. Then equal data and seed give equal
bytes on one machine and others on the next, and a score could not be replayed where it was not made.
So both are held to AVX2, which every x86 server since 2013 has. Whoever knows better sets the variables.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

#: What NumPy is to leave alone (numpy.org/doc/stable/reference/simd/build-options.html), and the
#: processor whose kernels OpenBLAS is to take.
HELD = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
}
_NEEDED = frozenset({"avx2", "fma"})
_PROCESSOR = Path("/proc/cpuinfo")


def hold(environment: MutableMapping[str, str], *, able_to: frozenset[str]) -> None:
    """Sets what is not set, for libraries loaded from now on and for processes started.

    Args:
        environment: Of this process.
        able_to: What the processor can do, in Linux' words; without AVX2 nothing is set.
    """
    if able_to >= _NEEDED:
        for name, value in HELD.items():
            environment.setdefault(name, value)


def hold_this_process() -> None:
    """`hold` for the process and processor this runs on; on others than Linux nothing is told."""
    hold(os.environ, able_to=_abilities())


def _abilities() -> frozenset[str]:
    try:
        lines = _PROCESSOR.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.split())
