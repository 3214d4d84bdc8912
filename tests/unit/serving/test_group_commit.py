"""Group commit: who waits together, and who fails together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from serving.work import Outcome, Recorded, Refusal, Work
from serving.writer import LARGEST_GROUP, Overloaded, Stopped, WorkBroken, Writer


def work(name: str) -> Work:
    return Refusal("incident", name.encode(), (), "test", "test")


def done(group: Sequence[Work]) -> list[Outcome]:
    return [Recorded(u, repeated=False) for u, _ in enumerate(group)]


class Store:
    """Commits groups once it is let; remembers them."""

    def __init__(self, commit: Callable[[Sequence[Work]], list[Outcome]] = done) -> None:
        self.groups: list[list[bytes]] = []
        self.may_commit = threading.Event()
        self.began = threading.Event()
        self._commit = commit

    def __call__(self, group: Sequence[Work]) -> list[Outcome]:
        self.groups.append([one.raw for one in group])
        self.began.set()
        assert self.may_commit.wait(10)
        return self._commit(group)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.may_commit.set()


def test_what_arrives_during_a_commit_goes_into_the_next_together(store: Store) -> None:
    writer = Writer(store, most_waiting=100)
    first = writer.submit([work("first")])
    assert store.began.wait(10)

    later = [writer.submit([work(f"later {n}")])[0] for n in range(5)]
    store.may_commit.set()

    assert [future.result(10) for future in (*first, *later)]
    assert store.groups == [[b"first"], [b"later %d" % n for n in range(5)]]


def test_a_group_never_grows_beyond_its_bound(store: Store) -> None:
    writer = Writer(store, most_waiting=1000)
    writer.submit([work("first")])
    assert store.began.wait(10)

    futures = writer.submit([work(str(n)) for n in range(2 * LARGEST_GROUP + 1)])
    store.may_commit.set()

    futures[-1].result(10)
    assert [len(group) for group in store.groups] == [1, LARGEST_GROUP, LARGEST_GROUP, 1]


def test_nothing_is_taken_beyond_what_may_wait(store: Store) -> None:
    writer = Writer(store, most_waiting=3)
    writer.submit([work("first")])
    assert store.began.wait(10)
    writer.submit([work("second"), work("third")])

    with pytest.raises(Overloaded):
        writer.submit([work("fourth"), work("fifth")])

    assert writer.waiting == 2


class Panic(BaseException):
    """As libraries in Rust raise."""


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        pytest.param(ZeroDivisionError(), ZeroDivisionError, id="by an error"),
        pytest.param(Panic(), WorkBroken, id="by a panic"),
        pytest.param(SystemExit(), WorkBroken, id="by an exit"),
        pytest.param(
            IntegrityError("INSERT", {}, Exception("UNIQUE")),
            IntegrityError,
            id="by a row that stands",
        ),
        pytest.param(
            DataError("INSERT", {}, Exception("NUL")), DataError, id="by a value no column takes"
        ),
    ],
)
def test_a_record_that_breaks_the_program_does_not_fail_its_neighbours(
    raised: BaseException, told: type[Exception]
) -> None:
    def commit(group: Sequence[Work]) -> list[Outcome]:
        if any(one.raw == b"broken" for one in group):
            raise raised
        return done(group)

    store = Store(commit)
    writer = Writer(store, most_waiting=10)
    writer.submit([work("first")])
    assert store.began.wait(10)
    left, broken, right = writer.submit([work("left"), work("broken"), work("right")])
    store.may_commit.set()

    assert left.result(10)
    assert right.result(10)
    with pytest.raises(told):
        broken.result(10)
    assert writer.submit([work("later")])[0].result(10)


def test_a_store_that_fails_acknowledges_nobody() -> None:
    def commit(group: Sequence[Work]) -> list[Outcome]:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    store = Store(commit)
    store.may_commit.set()
    futures = Writer(store, most_waiting=10).submit([work("one"), work("two")])

    for future in futures:
        with pytest.raises(OperationalError):
            future.result(10)
    assert len(store.groups) <= 2


def test_stopping_finishes_what_waits_and_takes_no_more(store: Store) -> None:
    writer = Writer(store, most_waiting=10)
    futures = writer.submit([work("one")])
    store.may_commit.set()

    writer.stop()

    assert futures[0].done()
    with pytest.raises(Stopped):
        writer.submit([work("two")])


def test_a_thread_that_has_ended_takes_no_work() -> None:
    class Ended(Writer):
        def _run(self) -> None:
            """It ends before anything comes in."""

    writer = Ended(done, most_waiting=10)
    writer.stop()
    writer._stopping = False

    with pytest.raises(Stopped):
        writer.submit([work("one")])
