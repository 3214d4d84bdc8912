"""Laws of what can be done with a case, on random walks of three people who try everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from serving.access.principal import Principal
from serving.problems import ProblemError
from serving.review.cases import Case, Done
from serving.review.history import replayed
from serving.review.states import KEPT_BY_RESCORE, STEPS, State, Step
from serving.review.stepping import Seen, Wanted, moved

_ACTS = frozenset({"review", "decide", "approve", "correct"})
PEOPLE = [
    Principal(id=f"account:{name}", kind="person", name=name, role="shift_supervisor", scopes=acts)
    for name, acts in (
        ("supervisor", _ACTS),
        ("colleague", _ACTS),
        ("officer", frozenset({"review"})),
    )
]
OPENED = Case(
    case_id="a", kind="crossing", source_system="s", source_record_id="1", owner_country="MK",
    owner_post="p", since=1, epoch=1, u=1, score_id="score-0", state=State.NEW, waits=True,
    held_by=None, held_at=None, changed_at=1, version=1,
    declaration_ref=None,
)  # fmt: skip

Try = tuple[int, Step, str, bool]

#: What moves a case on; the rest may be done at nearly any time.
_MOVING = [
    Step.DECIDE, Step.OVERRIDE, Step.REFER, Step.APPROVE, Step.DECLINE, Step.RECORD_OUTCOME,
    Step.CONFIRM_OUTCOME, Step.CLOSE, Step.WITHDRAW, Step.REOPEN, Step.VIEW, Step.REVEAL,
]  # fmt: skip

#: What a step of a walk is about: who, what, and what the form says. New versions are rare.
tries = st.tuples(
    st.integers(0, len(PEOPLE) - 1),
    st.sampled_from([*_MOVING * 3, *Step]),
    st.sampled_from(["inspect", "check_documents", "release"]),
    st.booleans(),
)


@dataclass
class Walk:
    """A case, and everything that was done with it."""

    case: Case = OPENED
    steps: list[Done] = field(default_factory=list)
    #: Which rescore asks for more.
    scores: int = 0

    def try_or_next(self, who: int, step: Step, action: str, flag: bool) -> None:
        """Take the step, or the next one that moves the case and may be taken."""
        if self.try_it(who, step, action, flag) or step not in _MOVING:
            return
        place = _MOVING.index(step)
        for further in (*_MOVING[place + 1 :], *_MOVING[:place]):
            if further not in (Step.VIEW, Step.REVEAL) and self.try_it(who, further, action, flag):
                return

    def try_it(self, who: int, step: Step, action: str, flag: bool) -> bool:
        """Whether the step was taken."""
        if step is Step.RESCORE:
            return self._rescored(asks_more=flag)
        seen = Seen(self.case, list(self.steps), PEOPLE[who])
        wanted = Wanted(step, detail=_detail(step, action, flag, who))
        try:
            done, changes = moved(seen, wanted, at=self.case.changed_at + 1)
        except ProblemError:
            return False
        self._take(done, changes)
        return True

    def _rescored(self, *, asks_more: bool) -> bool:
        """As `cases.note_scored` does it for a new version."""
        self.scores += 1
        stands = self.case.state in KEPT_BY_RESCORE and not (
            asks_more and self.case.state is not State.INSPECTED
        )
        waits = not (stands and self.case.state is State.CLOSED)
        score_id = f"score-{self.scores}"
        detail = {"score_id": score_id, "asks_more": asks_more, "waits": waits}
        done = Done(
            number=len(self.steps), case_id="a", at=self.case.changed_at + 1, actor="vardar",
            step=Step.RESCORE, state_before=self.case.state,
            state_after=self.case.state if stands else State.NEW,
            score_id=self.case.score_id, detail=detail,
        )  # fmt: skip
        self._take(done, {"score_id": score_id, "waits": waits})
        return True

    def _take(self, done: Done, changes: dict[str, Any]) -> None:
        self.steps.append(replace(done, number=len(self.steps)))
        self.case = replace(self.case, state=done.state_after, changed_at=done.at, **changes)


def _detail(step: Step, action: str, flag: bool, who: int) -> dict[str, Any]:
    match step:
        case Step.DECIDE:
            return {"action": action}
        case Step.RECORD_OUTCOME:
            return {"waits_for_second": flag}
        case Step.HAND_OVER:
            return {"to": PEOPLE[(who + 1) % len(PEOPLE)].id if flag else None}
        case _:
            return {}


def walked(path: Sequence[Try]) -> Walk:
    """Where a path leads."""
    walk = Walk()
    for one in (*_OPENING, *path):
        walk.try_or_next(*one)
    return walk


#: Two of them have seen the score, the third has not: so that most walks get far.
_OPENING: list[Try] = [
    (who, step, "", False) for who in (0, 1) for step in (Step.VIEW, Step.REVEAL)
]

paths = st.lists(tries, min_size=8, max_size=40)
many = settings(max_examples=150)


@many
@given(paths)
def test_nobody_decides_proposes_or_agrees_without_a_view_and_the_score(
    path: list[Try],
) -> None:
    steps = walked(path).steps
    weighty = {s for s, rule in STEPS.items() if rule.reveal}
    for i, done in enumerate(steps):
        if done.step not in weighty:
            continue
        mine = [
            before.step
            for before in steps[:i]
            if before.actor == done.actor and before.score_id == done.score_id
        ]

        assert Step.VIEW in mine
        assert Step.REVEAL in mine[mine.index(Step.VIEW) :], "the view came first"


@many
@given(paths)
def test_no_view_is_recorded_after_the_score_was_shown(
    path: list[Try],
) -> None:
    shown: set[tuple[str, str]] = set()
    for done in walked(path).steps:
        if done.step is Step.VIEW:
            assert (done.actor, done.score_id) not in shown
        if done.step is Step.REVEAL:
            shown.add((done.actor, done.score_id))


@many
@given(paths)
def test_nobody_answers_what_they_put_before_a_second_person(
    path: list[Try],
) -> None:
    proposed, recorded = "", ""
    for done in walked(path).steps:
        match done.step:
            case Step.OVERRIDE | Step.REFER:
                proposed = done.actor
            case Step.RECORD_OUTCOME:
                recorded = done.actor
            case Step.APPROVE | Step.DECLINE:
                assert done.actor != proposed
            case Step.CONFIRM_OUTCOME:
                assert done.actor != recorded


@many
@given(paths)
def test_only_those_who_may_decide_do(path: list[Try]) -> None:
    acts = {person.id: person.scopes for person in PEOPLE}
    for done in walked(path).steps:
        if done.actor != "vardar":
            assert STEPS[done.step].act in acts[done.actor]


@many
@given(paths)
def test_nothing_is_owed_by_what_is_closed_and_it_waits_for_nobody(
    path: list[Try],
) -> None:
    walk = Walk()
    for one in (*_OPENING, *path):
        walk.try_or_next(*one)
        if walk.case.state is State.CLOSED:
            stands = Seen(walk.case, walk.steps, PEOPLE[0]).standing

            assert not walk.case.waits
            assert walk.case.held_by is None
            assert stands.decision is not None
            assert not stands.owes


@many
@given(paths)
def test_what_needs_a_decision_has_one(path: list[Try]) -> None:
    walk = Walk()
    for one in (*_OPENING, *path):
        walk.try_or_next(*one)
        stands = Seen(walk.case, walk.steps, PEOPLE[0]).standing
        if walk.case.state in (State.DECIDED, State.APPROVED):
            assert stands.decision is not None
        if walk.case.state in (State.NEW, State.VIEWED, State.REVEALED):
            assert stands.decision is None
        if walk.case.state in (State.REFERRED, State.APPROVED):
            assert stands.proposal is not None


@many
@given(paths)
def test_the_log_makes_the_row_again(path: list[Try]) -> None:
    walk = walked(path)

    assert replayed(OPENED, walk.steps) == walk.case


def test_every_state_is_reached_and_left() -> None:
    reached, left = _explored()

    assert reached == set(State)
    assert left == set(State)


def test_every_step_is_taken_somewhere() -> None:
    taken: set[Step] = set()
    frontier, known = [Walk()], {_essence(Walk())}
    while frontier:
        walk = frontier.pop()
        for after in _next(walk):
            taken.add(after.steps[-1].step)
            if _essence(after) not in known:
                known.add(_essence(after))
                frontier.append(after)

    assert taken == set(Step)


def _explored() -> tuple[set[State], set[State]]:
    """States that can be reached, and those from which another can be."""
    reached, left = {State.NEW}, set()
    frontier, known = [Walk()], {_essence(Walk())}
    while frontier:
        walk = frontier.pop()
        for after in _next(walk):
            reached.add(after.case.state)
            # By people: what a new version does to a case is not up to them.
            if after.case.state is not walk.case.state and after.steps[-1].actor != "vardar":
                left.add(walk.case.state)
            if _essence(after) not in known:
                known.add(_essence(after))
                frontier.append(after)
    return reached, left


def _next(walk: Walk) -> list[Walk]:
    """Each step of the two who decide, at a depth that lets every state be met."""
    found = []
    if len(walk.steps) > 9:
        return []
    for who in (0, 1):
        for step in Step:
            for action, flag in (("inspect", True), ("release", False)):
                after = Walk(walk.case, list(walk.steps), walk.scores)
                if after.try_it(who, step, action, flag):
                    found.append(after)
    return found


def _essence(walk: Walk) -> tuple[object, ...]:
    """What the next steps depend on; the people are told apart, times are not."""
    stands = Seen(walk.case, walk.steps, PEOPLE[0]).standing
    mine = [
        (
            Seen(walk.case, walk.steps, who).own_view is not None,
            Seen(walk.case, walk.steps, who).revealed,
        )
        for who in PEOPLE[:2]
    ]
    decision = stands.decision.action if stands.decision else None
    return (
        walk.case.state, decision, stands.owes, stands.unconfirmed,
        tuple(p.actor for p in stands.proposals[-1:]), tuple(mine),
    )  # fmt: skip
