"""What the service counts: labels come from short lists, so that no request can add a series."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from models.risk_model import RiskModel

#: Seconds; the middle ones surround the promises of 25 and 150 ms.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)


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
        self.waiting = Gauge(
            "vardar_waiting",
            "Records waiting for the store.",
            registry=self.registry,
        )
        self.explained_by_kernel = Gauge(
            "vardar_explanations_by_kernel",
            "1 where the kernel explains a head, 0 where LightGBM or a formula does.",
            ("subject", "risk"),
            registry=self.registry,
        )

    def note_heads(self, heads: Iterable[RiskModel]) -> None:
        """Tell who explains the heads that serve."""
        for head in heads:
            of = self.explained_by_kernel.labels(head.card.subject, head.card.risk)
            of.set(head.explained_by == "kernel")

    def text(self) -> bytes:
        """In Prometheus' format."""
        return generate_latest(self.registry)
