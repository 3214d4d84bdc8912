"""Settings and stores of all tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import Phase, settings

from tests.factories import OPENED

# Nothing phones home, not even from tests.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DVC_NO_ANALYTICS", "true")

# What Python has compiled is kept, whatever this machine's habit is: tests start a hundred processes, and a
# service would otherwise spend more on compiling what it imports, in each of its three, than on all else.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The explain phase takes minutes on a failing property and says little.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
settings.register_profile(
    "default", phases=_PHASES, deadline=None, print_blob=True, derandomize=True
)
settings.register_profile("nightly", phases=_PHASES, deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_PORT = os.environ.get("VARDAR_TEST_POSTGRES_PORT", "55432")
_SERVER = f"postgresql://postgres@127.0.0.1:{_PORT}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, else by chance: short ones then fill every core to the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store of each kind; PostgreSQL is started by `make postgres`."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    name = f"vardar_{uuid4().hex}"
    try:
        server = psycopg.connect(f"{_SERVER}/postgres", autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        pytest.skip(f"PostgreSQL does not answer on 127.0.0.1:{_PORT}; start it: make postgres")
    with server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        yield f"{_SERVER}/{name}"
        _close_ledgers()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(autouse=True)
def _ledgers_are_closed() -> Iterator[None]:
    yield
    _close_ledgers()


def _close_ledgers() -> None:
    while OPENED:
        OPENED.pop().close()
