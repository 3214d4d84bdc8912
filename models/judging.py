"""Whom model and rules select, given what is left of a shift's capacity: chance aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from models.policy import Action, Because, Recommendation
from models.post_shifts import ANY_POINTS, PostShifts
from models.recent_scores import RecentScores

#: With fewer recent scores of a risk, movements are judged by those of the training's.
FEW = 200


class Case(NamedTuple):
    """A movement as it came, and the recent scores it is compared with.

    Attributes:
        usual: Scores of the training's movements, for risks of which too few were seen.
    """

    probabilities: Mapping[str, float | None]
    rule_points: Mapping[str, int]
    mandatory: bool
    weights: Mapping[str, float]
    recent: RecentScores
    usual: RecentScores | None = None

    @property
    def points(self) -> int:
        """The greatest of its rule points."""
        return max(self.rule_points.values(), default=0)

    def scores(self) -> dict[str, float]:
        """What is remembered of it."""
        told = {risk: p for risk, p in self.probabilities.items() if p is not None}
        if (points := self.points) > 0:
            told |= {_points(risk): n for risk, n in self.rule_points.items() if n > 0}
            told[ANY_POINTS] = points
        return told

    def within(self, share: float) -> tuple[float, Because]:
        """Which part of it lies in the top share by any risk, and by model or, without one, rules."""
        greatest: float = 0.0
        because: Because = "model"
        recent, points = self.recent, self.rule_points
        for risk, top in self._tops(share).items():
            probability = self.probabilities[risk]
            if probability is not None:
                among = self._known(risk)
                part = among.part_within(risk, probability, top, among=among.number(risk))
                if part > greatest:
                    greatest, because = part, "model"
            elif points.get(risk, 0) > 0:
                name = _points(risk)
                part = recent.part_within(name, points[risk], top, among=len(recent))
                if part > greatest:
                    greatest, because = part, "rule"
        return greatest, because

    def _known(self, risk: str) -> RecentScores:
        """The scores of a risk that a probability is ranked among."""
        if self.usual is None or self.recent.number(risk) >= FEW or not self.usual.number(risk):
            return self.recent
        return self.usual

    def _tops(self, share: float) -> dict[str, float]:
        """What each risk has of the share; what rules that stand in cannot use is the others'."""
        tops = {risk: share * weight for risk, weight in self.weights.items()}
        if None not in self.probabilities.values():
            return tops
        spare = 0.0
        useful = dict(self.weights)
        for risk, probability in self.probabilities.items():
            if probability is None:
                ruled = self.recent.number(_points(risk)) / (len(self.recent) + 1)
                if ruled < tops[risk]:
                    spare += tops[risk] - ruled
                    del useful[risk]
        together = sum(useful.values())
        return tops | {risk: tops[risk] + spare * w / together for risk, w in useful.items()}

    def ruled_within(self, share: float) -> float:
        """Which part of it lies in the top share by rule points."""
        if share <= 0 or (points := self.points) <= 0:
            return 0.0
        return self.recent.part_within(ANY_POINTS, points, share, among=len(self.recent))


def judged(state: PostShifts, case: Case) -> tuple[Action, Because]:
    """What model and rules say of a new movement, chance aside; capacity is taken for it."""
    if case.mandatory:
        state.left -= 1
        return "inspect", "rule"
    share = state.share_of_model
    if share > 0:
        part, because = case.within(share)
        if state.tips("edge", part):
            state.left -= 1
            return "inspect", because
    if state.tips("edge_of_rules", case.ruled_within(state.share_of_rules)):
        state.left -= 1
        state.left_to_rules -= 1
        return "inspect", "rule"
    more = state.share_of_documents
    if more > 0:
        part, because = case.within(share + more)
        if state.tips("edge_of_documents", part):
            state.left_for_documents -= 1
            return "check_documents", because
        if state.tips("edge_of_documents", case.ruled_within(more)):
            state.left_for_documents -= 1
            return "check_documents", "rule"
    modelled = any(p is not None for p in case.probabilities.values())
    return "release", "model" if modelled else "rule"


def amended(state: PostShifts, case: Case, before: Recommendation) -> Recommendation:
    """What is recommended for a movement that was seen before: at least what was."""
    if before.propensity == 1:
        return before
    share = state.share_of_model
    part, because = case.within(share)
    if case.mandatory:
        part, because = 1.0, "rule"
    if part >= 1:
        # It is charged whether or not chance had named it: what is left never depends on draws.
        state.left -= 1
        if before.action != "inspect":
            return Recommendation("inspect", because, 1.0, before.random_probability)
        return replace(before, propensity=1.0)
    if before.action == "release" and state.left_for_documents > 0:
        part, because = case.within(share + state.share_of_documents)
        if part >= 1:
            return replace(before, action="check_documents", because=because)
    return before


def _points(risk: str) -> str:
    """The name under which a risk's points are remembered; no risk is called so."""
    return f"{risk} points"
