"""What the service counts: labels come from short lists, so that no request can add a series.

Several workers count into files of one folder, which BentoML empties when the service starts and
names in PROMETHEUS_MULTIPROC_DIR; whichever worker is asked tells the sum over all. Without that
variable, as in a command or a test, one process counts in its memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from models.risk_model import RiskModel
from serving.tracing import tracing

W = TypeVar("W")
R = TypeVar("R")

#: Seconds; the middle ones surround the promises of 25 and 150 ms.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)

#: Parts are shorter than requests.
_PART_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)

_GROUP_BUCKETS = (1, 2, 4, 8, 16, 32, 64)

#: What the parts of the work are called.
PARTS = ("transaction", "enter", "assess", "explain")


class Metrics:
    """The service's own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "vardar_requests",
            "Requests by route template and class of status.",
            ("route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "vardar_request_seconds",
            "Time from a request to its answer, by route template.",
            ("route",),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self.problems = Counter(
            "vardar_problems",
            "Requests answered with a problem, by its type.",
            ("type",),
            registry=self.registry,
        )
        self.intake = Counter(
            "vardar_intake",
            "Records by kind and what became of them: the four add up to what came in.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.scores = Counter(
            "vardar_scores",
            "Risks scored, by subject, risk and band, or abstained.",
            ("subject", "risk", "band"),
            registry=self.registry,
        )
        self.recommendations = Counter(
            "vardar_recommendations",
            "Recommendations by subject, action and what they are because of.",
            ("subject", "action", "because"),
            registry=self.registry,
        )
        self.parts = Histogram(
            "vardar_part_seconds",
            "Time a part of the work took: a transaction and what it consists of, an explanation.",
            ("part",),
            registry=self.registry,
            buckets=_PART_BUCKETS,
        )
        self.group = Histogram(
            "vardar_group_size",
            "Records carried out in one transaction.",
            registry=self.registry,
            buckets=_GROUP_BUCKETS,
        )
        self.waiting = Gauge(
            "vardar_waiting",
            "Records waiting for the store, over all workers.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.explained_by_kernel = Gauge(
            "vardar_explanations_by_kernel",
            "1 where the kernel explains a head, 0 where LightGBM or a formula does.",
            ("subject", "risk"),
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.store_up = Gauge(
            "vardar_store_up",
            "1 if every worker reaches the store and can write to it.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.workers = Gauge(
            "vardar_workers",
            "Workers that are alive.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.model = Gauge(
            "vardar_model_workers",
            "Workers that serve this model.",
            ("name", "version", "sha256"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        # Finding a child by its labels costs as much as counting: they are kept.
        for metric in (self.requests, self.seconds, self.problems, self.intake, self.scores,
                       self.recommendations):  # fmt: skip
            vars(metric)["labels"] = cache(metric.labels)
        self._part = {name: self.parts.labels(name) for name in PARTS}
        self._serves: tuple[str, str, str] | None = None

    def note_heads(self, heads: Iterable[RiskModel]) -> None:
        """Tell who explains the heads that serve."""
        for head in heads:
            of = self.explained_by_kernel.labels(head.card.subject, head.card.risk)
            of.set(head.explained_by == "kernel")

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """One request was answered; `route` is a template, never a path."""
        self.requests.labels(route, f"{status // 100}xx").inc()
        self.seconds.labels(route).observe(seconds)

    def part(self, name: str) -> AbstractContextManager[None]:
        """Time a part of the work, one of `PARTS`."""
        return _Timed(self._part[name])

    def timed(self, commit: Callable[[Sequence[W]], R]) -> Callable[[Sequence[W]], R]:
        """The same transaction, counted."""

        def counted(work: Sequence[W]) -> R:
            self.group.observe(len(work))
            with tracing.span("transaction") as span, self.part("transaction"):
                span.set_attribute("vardar.group_size", len(work))
                return commit(work)

        return counted

    def serve_model(self, name: str, version: str, sha256: str) -> None:
        """Say which model this worker serves, and no longer the one before."""
        now = (name, version, sha256)
        if self._serves == now:
            return
        if self._serves is not None:
            self.model.labels(*self._serves).set(0)
        self.model.labels(*now).set(1)
        self._serves = now

    def text(self) -> bytes:
        """In Prometheus' format, over all workers."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if not folder:
            return generate_latest(self.registry)
        _forget_the_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class _Timed(AbstractContextManager[None]):
    """As a class, because a generator's context costs twice as much."""

    __slots__ = ("_began", "_seconds")

    def __init__(self, seconds: Histogram) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds.observe(perf_counter() - self._began)


def _forget_the_dead(folder: Path) -> None:
    """What a worker counted stays in the sums after its death; what it was then does not."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
