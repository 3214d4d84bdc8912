"""A whole collection looks at nothing that was there when the service became ready."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_what_stays_is_never_looked_at_again_and_threads_take_short_turns() -> None:
    # In a process of its own: it cannot be undone without looking at everything once more.
    code = (
        "import gc, sys; from serving.pauses import *; kept = [[n] for n in range(50_000)];"
        "leave_alone_what_stays(); take_short_turns(); left = len(gc.get_objects());"
        "print(gc.get_freeze_count() > 50_000, left < 5_000, sys.getswitchinterval() < 0.001)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["True", "True", "True"]
