"""What is recommended for movements as they come, so that each shift's capacity is well spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from models.capacities import Capacities, ShiftCapacity, load_capacities
from models.errors import InvalidPolicyError
from models.judging import FEW, Case, amended, judged
from models.policy import Action, Because, Recommendation, check_secret, random_draw
from models.post_shifts import PostShifts
from models.random_moments import DAY, Window, moment
from models.recent_scores import RecentScores

__all__ = ["Capacities", "Chance", "Dealt", "ShiftBook", "ShiftCapacity", "load_capacities"]

#: Movements whose amendments are told from new ones.
_REMEMBERED = 20_000


class Chance(NamedTuple):
    """How chance could name a movement, fixed before it came.

    Attributes:
        at: When the movement came.
        drawn: The probability of its own draw.
        window: Where the post's random moment of the week lies.
        previous: When the post's previous movement of the week came; None for its first.
    """

    at: int
    drawn: float
    window: Window
    previous: int | None

    @property
    def probability(self) -> float:
        """The exact probability that chance names the movement."""
        met = self.window.probability(self.previous, self.at)
        return self.drawn + met - self.drawn * met

    def names(self, secret: bytes, *, post: str, identity: str) -> bool:
        """Whether it does, by the secret."""
        if random_draw(secret, identity) < self.drawn:
            return True
        if self.window.probability(self.previous, self.at) <= 0:
            return False
        return self.window.met(moment(secret, post, self.window), self.previous, self.at)


class Dealt(NamedTuple):
    """A recommendation and what it rests on, so that it can be made again.

    Attributes:
        action: What model and rules say, chance aside.
        because: Which of them.
        chance: None for an amended movement, which does not draw again.
    """

    recommendation: Recommendation
    action: Action
    because: Because
    chance: Chance | None


class ShiftBook:
    """The recommendations of all posts, one movement after the other in the order of u.

    Whom model and rules select depends on what came before and never on the draws, and the
    probability that chance names a movement is fixed before it arrives. So a recommendation's
    propensity is exact, and the same movements with the same secret get the same recommendations.

    In a shift model and rules take what `ShiftCapacity.inspections` leaves them beside chance, at
    most what may be carried and one more; mandatory rules are always followed, at the expense of the
    model; what chance names varies as Poisson's counts do.

    Args:
        capacities: What each post can do in a shift.
        secret: That of the random draw, at least 32 bytes. It is not part of the state.
        weights: By risk, its share of the model's capacity in relation to the others; None for
            equal shares of the risks a movement comes with.
        most: Recent movements, of a post and of all posts, that scores are compared with.
        days: Age at which those are forgotten.
        usual: By risk, scores of the training's movements: they stand in until enough were seen.

    Raises:
        InvalidPolicyError: when the secret is too short or a weight is not more than 0.
    """

    def __init__(
        self,
        capacities: Capacities | ShiftCapacity,
        *,
        secret: bytes,
        weights: Mapping[str, float] | None = None,
        most: int = 2_000,
        days: int = 28,
        usual: Mapping[str, Sequence[float]] | None = None,
    ) -> None:
        check_secret(secret)
        if weights is not None and not all(weight > 0 for weight in weights.values()):
            raise InvalidPolicyError("A weight of a risk is not more than 0.")
        if isinstance(capacities, ShiftCapacity):
            capacities = Capacities(capacities)
        self._capacities = capacities
        self._secret = secret
        self._weights = None if weights is None else dict(weights)
        self._most, self._days = most, days
        self._usual = None if usual is None else RecentScores.of(usual)
        self._everywhere = self._no_scores()
        self._posts: dict[str, PostShifts] = {}
        self._earlier: dict[str, Recommendation] = {}
        self._at = 0

    def recommend(
        self,
        *,
        post: str,
        at: int,
        identity: str,
        probabilities: Mapping[str, float | None],
        rule_points: Mapping[str, int],
        mandatory: bool,
        earlier: Recommendation | None = None,
    ) -> Recommendation:
        """What to do with one movement; a person decides.

        A movement that was seen before is an amended one: it does not draw again, is no new
        traffic, and scrutiny never falls. Its propensity is that of the movement as a whole.

        Args:
            post: Where it is.
            at: Its u, microseconds UTC, not before the last movement's.
            identity: Its source system and record id, and not its version.
            probabilities: By risk, calibrated; None where there is no model or it abstained: rules
                stand in.
            rule_points: Points of the office's rules, by risk.
            mandatory: Whether a mandatory rule applies.
            earlier: What was recommended for its last version; only needed where the book may have
                forgotten it, after some 20,000 movements.

        Raises:
            InvalidPolicyError: when the movement comes before the last one, or a risk has no weight.
        """
        return self.deal(
            post=post,
            at=at,
            identity=identity,
            probabilities=probabilities,
            rule_points=rule_points,
            mandatory=mandatory,
            earlier=earlier,
        ).recommendation

    def deal(
        self,
        *,
        post: str,
        at: int,
        identity: str,
        probabilities: Mapping[str, float | None],
        rule_points: Mapping[str, int],
        mandatory: bool,
        earlier: Recommendation | None = None,
    ) -> Dealt:
        """The same with what it rests on; arguments and errors as of `recommend`."""
        if at < self._at:
            raise InvalidPolicyError(
                f"{identity} came at {at}, before the last movement at {self._at}: recommendations "
                "are made in the order of u."
            )
        weights = self._weights_of(probabilities)
        self._at = at
        state = self._state_of(post)
        state.reach(at)
        # A post of which few movements were seen is judged by those of all posts.
        recent = state.recent if len(state.recent) >= FEW else self._everywhere
        case = Case(probabilities, rule_points, mandatory, weights, recent, self._usual)
        before = earlier or self._earlier.get(identity)
        if before is not None:
            given = amended(state, case, before)
            dealt = Dealt(given, given.action, given.because, None)
        else:
            action, because = judged(state, case)
            dealt = self._with_chance(state, post, at, identity, action, because)
            self._see(state, at, case.scores())
        self._remember(identity, dealt.recommendation)
        return dealt

    def expect(self, usual: Mapping[str, Sequence[float]]) -> None:
        """Let other scores stand in for risks of which too few were seen."""
        self._usual = RecentScores.of(usual)

    def see(
        self,
        *,
        post: str,
        at: int,
        probabilities: Mapping[str, float | None],
        rule_points: Mapping[str, int],
    ) -> None:
        """Compare later movements with this one too, and nothing else: its shift is over."""
        case = Case(probabilities, rule_points, False, {}, self._everywhere)
        self._see(self._state_of(post), at, case.scores())

    def post_to_json(self, post: str) -> dict[str, Any]:
        """What is left and expected at one post, without the recent scores (`see` brings them)."""
        return self._posts[post].to_json(recent=False)

    def restore_post(self, post: str, state: Mapping[str, Any], *, at: int) -> None:
        """Go on from what `post_to_json` told at this moment."""
        self._posts[post] = PostShifts.from_json(
            state, self._capacities.of(post), self._no_scores()
        )
        self._at = max(self._at, at)

    def to_json(self) -> dict[str, Any]:
        """The state without the secret, for JSON; what it says of the future anyone may know."""
        return {
            "format": 1,
            "at": self._at,
            "posts": {post: state.to_json() for post, state in self._posts.items()},
            "everywhere": self._everywhere.to_json(),
            "earlier": [
                [identity, r.action, r.because, r.propensity, r.random_probability]
                for identity, r in self._earlier.items()
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `to_json` told of a book with the same settings.

        Raises:
            InvalidPolicyError: when it is not such a state.
        """
        if state.get("format") != 1:
            raise InvalidPolicyError(
                f"A shift book's state has format 1, not {state.get('format')}."
            )
        self._at = state["at"]
        self._everywhere = self._no_scores()
        self._everywhere.restore(state["everywhere"])
        self._posts = {
            post: PostShifts.from_json(kept, self._capacities.of(post), self._no_scores())
            for post, kept in state["posts"].items()
        }
        self._earlier = {identity: Recommendation(*told) for identity, *told in state["earlier"]}

    def _with_chance(
        self,
        state: PostShifts,
        post: str,
        at: int,
        identity: str,
        action: Action,
        because: Because,
    ) -> Dealt:
        """The recommendation once chance has drawn."""
        chance = Chance(at, state.probability_of_draw, state.window, state.previous)
        probability = chance.probability
        named = chance.names(self._secret, post=post, identity=identity)
        selected = action == "inspect"
        state.count(at, selected=selected, by_chance=probability)
        propensity = 1.0 if selected else probability
        # Chance is named first even where model or rules would have selected too: only so are the
        # movements inspected at random a fair sample of all of them.
        if named:
            given = Recommendation("inspect", "random", propensity, probability)
        else:
            given = Recommendation(action, because, propensity, probability)
        return Dealt(given, action, because, chance)

    def _state_of(self, post: str) -> PostShifts:
        state = self._posts.get(post)
        if state is None:
            state = PostShifts(self._capacities.of(post), self._no_scores())
            self._posts[post] = state
        return state

    def _see(self, state: PostShifts, at: int, scores: dict[str, float]) -> None:
        state.recent.add(at, scores)
        self._everywhere.add(at, scores)

    def _weights_of(self, risks: Mapping[str, object]) -> dict[str, float]:
        """The share of the model's capacity of each risk."""
        if self._weights is None:
            return dict.fromkeys(risks, 1 / max(1, len(risks)))
        if unknown := sorted(risks.keys() - self._weights.keys()):
            raise InvalidPolicyError(f"The policy has no weight for: {', '.join(unknown)}.")
        together = sum(self._weights[risk] for risk in risks)
        return {risk: self._weights[risk] / together for risk in risks}

    def _remember(self, identity: str, given: Recommendation) -> None:
        self._earlier[identity] = given
        if len(self._earlier) > _REMEMBERED:
            del self._earlier[next(iter(self._earlier))]

    def _no_scores(self) -> RecentScores:
        return RecentScores(most=self._most, microseconds=self._days * DAY)
