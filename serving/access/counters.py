"""Where budgets are counted: the memory of this process, without a thread for each request.

The library's own storage starts a timer's thread whenever none runs, which at a hundred requests a
second is one for each; they cost as much as the rest of the guard. Here what has run out is thrown
away every so many counts.
"""

from __future__ import annotations

import time

from limits.storage import MemoryStorage

_BETWEEN_PURGES = 4096


class QuietMemory(MemoryStorage):
    """Counts that run out, as `limits` keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self._counted = 0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; the key runs out `expiry` seconds after its first count."""
        self._counted += 1
        if self._counted % _BETWEEN_PURGES == 0:
            self._purge()
        self.get(key)  # it throws away what has run out
        with self.locks[key]:
            self.storage[key] += amount
            if self.storage[key] == amount:
                self.expirations[key] = time.time() + expiry
            return self.storage[key]

    def _purge(self) -> None:
        for key in list(self.expirations):
            self.get(key)
