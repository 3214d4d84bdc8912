"""The law for convoys: every cell of the offline table equals the online replay."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.spec import MISSING
from features.table import differing_cells
from tests.convoys import crossings, offline_table, online_table, packed


@given(st.lists(st.integers(0, 2**32), min_size=20, max_size=20))
@settings(max_examples=6)
def test_every_offline_convoy_cell_equals_the_online_replay(seeds: list[int]) -> None:
    seen = packed([crossings(seed) for seed in seeds])

    found = offline_table(seen)

    assert set(found.schema.types) == {pa.int64()}
    assert differing_cells(online_table(seen), found) == []


def test_the_random_crossings_meet_every_corner() -> None:
    table = online_table(packed([crossings(seed) for seed in range(40)]))

    found = {name: set(table[name].to_pylist()) for name in table.column_names}
    assert {0, 1, 2, 16, MISSING} <= found["convoy_candidates"]
    assert {0, 1, 2, 9, MISSING} <= found["convoy_meetings"]
    assert {0, 1, 2, MISSING} <= found["convoy_leaders"]
    assert {0, 1, 9, MISSING} <= found["convoy_leader_crossings"]
