"""How often each may ask: counted in memory, by this process alone.

An embedded store has one process. Where several share PostgreSQL each counts for itself, so
that all together let through as many times the limit as there are processes: divide it in the policy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import time

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from serving.access.counters import QuietMemory
from serving.access.policy import Limit, Policy
from serving.access.principal import Principal
from serving.problems import ProblemError

#: Movements whose versions are remembered; the oldest are forgotten first.
_MOVEMENTS_KEPT = 100_000


@dataclass(frozen=True)
class Charge:
    """What became of drawing on a budget.

    Attributes:
        within: Whether it was enough.
        left: What is left.
        seconds: Until there is more.
    """

    budget: str
    limit: Limit
    within: bool
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF's draft of RateLimit header fields writes it."""
        told = {
            "RateLimit-Policy": f'"{self.budget}";q={self.limit.most};w={self.limit.seconds}',
            "RateLimit": f'"{self.budget}";r={self.left};t={self.seconds}',
        }
        return told if self.within else {**told, "Retry-After": str(max(1, self.seconds))}


def spent(charge: Charge) -> ProblemError:
    """What whoever drew too much is told."""
    limit = charge.limit
    return ProblemError(
        "too-many",
        f"{limit.most:,} in {limit.seconds:,} s are granted for {charge.budget}.",
        told=charge.headers,
    )


class Budgets:
    """All budgets of a policy."""

    def __init__(self, policy: Policy) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(QuietMemory())
        self._limits: dict[tuple[str, str], tuple[Limit, RateLimitItem]] = {
            (name, of): (limit, RateLimitItemPerSecond(limit.most, limit.seconds))
            for name, by in policy.budgets.items()
            for of, limit in by.items()
        }
        self._versions = _Versions(policy.re_scores)

    def of_principal(self, budget: str, principal: Principal, cost: int = 1) -> Charge | None:
        """Draw on a principal's budget; None if it has no limit."""
        return self._drawn(budget, principal.kind, principal.id, cost)

    def of_address(self, budget: str, address: str) -> Charge | None:
        """Draw on the budget of an address, before it is known who asks; None if it has no limit."""
        return self._drawn(budget, "address", _network(address), 1)

    def may_score_again(self, kind: str, source_system: str, record_id: str, version: int) -> bool:
        """Whether a version of a movement is within what is scored of one movement in a day."""
        return self._versions.within((kind, source_system, record_id), version)

    def _drawn(self, budget: str, of: str, who: str, cost: int) -> Charge | None:
        found = self._limits.get((budget, of))
        if found is None:
            return None
        limit, item = found
        within = self._limiter.hit(item, budget, who, cost=cost)
        stats = self._limiter.get_window_stats(item, budget, who)
        seconds = min(max(0, ceil(stats.reset_time - time())), limit.seconds)
        return Charge(budget, limit, within, max(0, stats.remaining), seconds)


class _Versions:
    """Which versions of a movement were handed in lately; the same one again costs nothing."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, str, str], dict[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def within(self, movement: tuple[str, str, str], version: int) -> bool:
        now = time()
        with self._lock:
            seen = self._seen.get(movement, {})
            seen = {v: at for v, at in seen.items() if now - at < self._limit.seconds}
            if version not in seen:
                if len(seen) > self._limit.most:
                    return False
                seen[version] = now
            self._seen[movement] = seen
            self._seen.move_to_end(movement)
            if len(self._seen) > _MOVEMENTS_KEPT:
                self._seen.popitem(last=False)
        return True


def _network(address: str) -> str:
    """Who has one IPv6 address has all 2^64 of its network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else address
