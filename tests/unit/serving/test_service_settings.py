"""What the environment may say, and what is made of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.settings import InvalidSetting, clock_of, read_settings


def test_the_store_lies_at_home_unless_it_is_named() -> None:
    assert read_settings({"VARDAR_HOME": "/srv/vardar"}).store == "sqlite:////srv/vardar/ledger.db"
    assert read_settings({"VARDAR_STORE": "postgresql://db/v"}).store == "postgresql://db/v"


def test_several_keys_may_be_trusted() -> None:
    trusted = read_settings({"VARDAR_TRUSTED_KEYS": "/a.pub:/b.pub"}).trusted

    assert trusted == (Path("/a.pub"), Path("/b.pub"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("VARDAR_AS_IF", "2026-07-01T06:00:00", id="a moment needs its zone"),
        pytest.param("VARDAR_AS_IF", "yesterday", id="a moment is RFC 3339"),
        pytest.param("VARDAR_WORKERS", "0", id="at least one process serves"),
        pytest.param("VARDAR_WORKERS", "2", id="an embedded store has one writer"),
        pytest.param("VARDAR_MOST_WAITING", "1.5", id="a count is whole"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        read_settings({name: value})


def test_a_rehearsals_clock_starts_at_its_moment_and_runs_on() -> None:
    clock = clock_of(read_settings({"VARDAR_AS_IF": "2026-07-01T08:00:00+02:00"}))
    first, second = clock(), clock()

    start = int(datetime(2026, 7, 1, 6, tzinfo=UTC).timestamp()) * 1_000_000
    assert start <= first <= second < start + 60_000_000
