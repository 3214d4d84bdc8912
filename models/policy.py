"""What is recommended for a movement, given its risks, the office's rules, capacity and chance."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.card import Card
from models.errors import InvalidPolicyError

Action = Literal["inspect", "check_documents", "release"]
Because = Literal["model", "random", "rule"]

#: The least part of inspection capacity that chance decides; no setting goes below it.
LEAST_RANDOM_SHARE = 0.1


@dataclass(frozen=True)
class Recommendation:
    """What to do with a movement; a person decides.

    Attributes:
        propensity: Exact probability, over the draw, that this movement is recommended for
            inspection: 1 where model or rules select it, else `random_probability`.
        random_probability: Exact probability that chance alone names this movement: what movements
            inspected at random are weighed by.
    """

    action: Action
    because: Because
    propensity: float
    random_probability: float = 0.0


@dataclass(frozen=True)
class Policy:
    """How capacity is spent.

    Attributes:
        inspect_share: Share of the movements that can be inspected.
        document_share: Share of the movements whose documents can be checked besides.
        random_share: Share of the inspections that chance decides, at least 0.1.
        inspect_at: By risk: the probability from which the model selects.
        documents_at: By risk: the probability from which documents are checked.
        rule_points: Points from which the rules select, where the model has no answer.

    Raises:
        InvalidPolicyError: naming the share or threshold that cannot be.
    """

    inspect_share: float
    document_share: float
    random_share: float
    inspect_at: Mapping[str, float]
    documents_at: Mapping[str, float]
    rule_points: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.inspect_share <= 1:
            raise InvalidPolicyError(f"inspect_share is {self.inspect_share}; it is in (0, 1].")
        if not 0 <= self.document_share <= 1 - self.inspect_share:
            raise InvalidPolicyError(
                f"document_share is {self.document_share}; with inspect_share it is at most 1."
            )
        if not LEAST_RANDOM_SHARE <= self.random_share <= 1:
            raise InvalidPolicyError(
                f"random_share is {self.random_share}; at least {LEAST_RANDOM_SHARE} of the "
                f"inspections must be left to chance, or nobody can tell what the model misses."
            )
        if self.rule_points < 1:
            raise InvalidPolicyError(f"rule_points is {self.rule_points}; it is at least 1.")
        if self.inspect_at.keys() != self.documents_at.keys():
            raise InvalidPolicyError("inspect_at and documents_at name different risks.")
        for risk, inspect_at in self.inspect_at.items():
            if not 0 <= self.documents_at[risk] <= inspect_at:
                raise InvalidPolicyError(
                    f"The thresholds of {risk} are {self.documents_at[risk]} for documents and "
                    f"{inspect_at} to inspect; they must rise from 0."
                )

    @property
    def random_probability(self) -> float:
        """The chance of any movement to be drawn."""
        return self.inspect_share * self.random_share

    @classmethod
    def for_capacity(
        cls,
        cards: Sequence[Card],
        *,
        inspect_share: float,
        document_share: float,
        random_share: float,
        rule_points: int = 10,
    ) -> Policy:
        """The policy for one subject that fills the given capacity on movements like training's.

        What chance leaves of the capacity is shared equally among the heads, each of which takes
        the top of its scores. Where two heads select the same movement some capacity stays free.

        Raises:
            InvalidPolicyError: also when a card knows no shares of its scores.
        """
        each = inspect_share * (1 - random_share) / max(1, len(cards))
        below = each + document_share / max(1, len(cards))
        return cls(
            inspect_share=inspect_share,
            document_share=document_share,
            random_share=random_share,
            inspect_at={card.risk: threshold(card, each) for card in cards},
            documents_at={card.risk: threshold(card, below) for card in cards},
            rule_points=rule_points,
        )


def threshold(card: Card, share: float) -> float:
    """The probability that this share of the training movements reached, between those listed.

    Below the smallest share listed the threshold rises towards 1, which no movement at all reaches.

    Raises:
        InvalidPolicyError: when the card lists none.
    """
    if not card.top_shares:
        raise InvalidPolicyError(
            f"The card of {card.name} has no top_shares to read a threshold from."
        )
    points = {0.0: 1.0} | dict(card.top_shares)
    shares, probabilities = zip(*points.items(), strict=True)
    return float(np.interp(share, shares, probabilities))


def recommend(
    policy: Policy,
    *,
    probabilities: Mapping[str, float | None],
    rule_points: Mapping[str, int],
    draw: float,
    mandatory: bool = False,
) -> Recommendation:
    """What to do with one movement.

    Args:
        policy: How capacity is spent.
        probabilities: By risk; None where there is no model or it abstained: rules stand in.
        rule_points: Points of the office's rules, by risk. Where the model has an answer, points
            can ask for the documents but not for an inspection.
        draw: From `random_draw`.
        mandatory: Whether a mandatory rule applies.

    Raises:
        InvalidPolicyError: when a risk has a probability but no threshold.
    """
    selected = _selected(policy, probabilities, rule_points, mandatory=mandatory)
    propensity = 1.0 if selected else policy.random_probability
    # Chance is named first even where model or rules would have selected too: only so are the
    # movements inspected at random a fair sample of all of them.
    chance = policy.random_probability
    if draw < chance:
        return Recommendation("inspect", "random", propensity, chance)
    if selected:
        return Recommendation("inspect", selected, propensity, chance)
    if any(p is not None and p >= policy.documents_at[r] for r, p in probabilities.items()):
        return Recommendation("check_documents", "model", propensity, chance)
    if any(points >= policy.rule_points for points in rule_points.values()):
        return Recommendation("check_documents", "rule", propensity, chance)
    modelled = any(p is not None for p in probabilities.values())
    return Recommendation("release", "model" if modelled else "rule", propensity, chance)


def random_draw(secret: bytes, identity: str) -> float:
    """A number in [0, 1) that nobody without the secret can foretell, and anyone with it can replay.

    HMAC-SHA-256 of the identity, its first 53 bits as a fraction.

    Args:
        secret: At least 32 bytes.
        identity: The movement's source system and record id, and not its version: amending a
            declaration must not draw again.

    Raises:
        InvalidPolicyError: when the secret is too short to be one.
    """
    check_secret(secret)
    digest = hmac.digest(secret, identity.encode(), "sha256")
    return float((int.from_bytes(digest[:8], "big") >> 11) / 2**53)


def check_secret(secret: bytes) -> None:
    """Refuse a secret that can be guessed.

    Raises:
        InvalidPolicyError: when it is shorter than 32 bytes.
    """
    if len(secret) < 32:
        raise InvalidPolicyError("The secret of the random draw is shorter than 32 bytes.")


def _selected(
    policy: Policy,
    probabilities: Mapping[str, float | None],
    rule_points: Mapping[str, int],
    *,
    mandatory: bool,
) -> Literal["model", "rule"] | None:
    """What selects the movement, chance aside."""
    if unknown := sorted(
        r for r, p in probabilities.items() if p is not None and r not in policy.inspect_at
    ):
        raise InvalidPolicyError(f"The policy has no threshold for: {', '.join(unknown)}.")
    if mandatory:
        return "rule"
    if any(p is not None and p >= policy.inspect_at[r] for r, p in probabilities.items()):
        return "model"
    points_stand_in = any(
        rule_points.get(risk, 0) >= policy.rule_points
        for risk, p in probabilities.items()
        if p is None
    )
    return "rule" if points_stand_in else None
