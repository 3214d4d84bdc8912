"""What stays in memory lies in large pages."""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path

import pytest

from serving.large_pages import LARGE, use_large_pages

pytestmark = pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="the kernel has no large pages"
)


def test_memory_in_use_lies_in_large_pages_and_says_what_it_said() -> None:
    memory = mmap.mmap(-1, 8 * LARGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    said = bytes(range(256)) * (len(memory) // 256)
    memory[:] = said
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert use_large_pages() >= 7 * LARGE
    # One may be cut by the edge of the memory.
    assert _large_at(address) >= 7 * LARGE
    assert memory[:] == said


def _large_at(address: int) -> int:
    """Bytes in large pages of the mapping at an address."""
    here = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first, *more = line.split()
        if "-" in first:
            begin, end = (int(part, 16) for part in first.split("-"))
            here = begin <= address < end
        elif here and first == "AnonHugePages:":
            return int(more[0]) * 1024
    raise AssertionError("there is no such mapping")
