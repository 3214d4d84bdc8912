"""One demonstration and one browser for each file of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browsing import Demonstration, Front, chromium, demonstrating
from tests.demo_season import a_season


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    season = a_season(tmp_path_factory.mktemp("season"))
    with demonstrating(tmp_path_factory.mktemp("demonstration"), season) as made:
        yield made


@pytest.fixture(scope="module")
def front(demonstration: Demonstration) -> Iterator[Front]:
    # Opened last and closed first: nothing else may run an event loop in this thread meanwhile.
    with chromium() as browser:
        yield Front(browser, demonstration)
