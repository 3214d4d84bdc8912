"""The law: every cell of the offline table equals the online replay, bit for bit."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from features.spec import MISSING
from features.table import differing_cells
from tests.feature_cells import (
    KINDS,
    LAYOUTS,
    MEASURES,
    is_corrected,
    memory_table,
    offline_table,
    online_table,
    random_ledgers,
)
from tests.ledgers import Entry, ledgers, packed


@given(st.lists(ledgers(kinds=KINDS, measures=MEASURES), min_size=20, max_size=20))
@settings(max_examples=8)
def test_every_offline_cell_equals_the_online_replay(many: list[list[Entry]]) -> None:
    entries = packed(many)
    events = memory_table(entries)

    for kind in KINDS:
        found = offline_table(events, kind, corrected=is_corrected(entries))
        assert differing_cells(online_table(entries, kind), found) == []


def test_looking_only_at_the_keys_of_a_few_movements_changes_none_of_their_cells() -> None:
    entries = random_ledgers(60)
    asked = {e.u for e in entries if e.is_movement and e.u % 7 == 0}
    events = memory_table(entries)
    few = events.mutate(is_movement=events.is_movement & events.u.isin(sorted(asked)))

    for kind in KINDS:
        every = offline_table(events, kind, corrected=True)
        expected = every.filter([u in asked for u in every["u"].to_pylist()])
        assert len(expected) > 20
        assert differing_cells(expected, offline_table(few, kind, corrected=True, few=True)) == []


def test_the_random_ledgers_meet_every_corner() -> None:
    entries = random_ledgers(200)
    party = online_table(entries, "party").to_pydict()

    for end in ("first", "last"):
        answers = party[f"party_events_{end}_7d"]
        days = [u // 86_400_000_000 for u in party["u"]]
        assert {MISSING} < set(answers)
        assert any(a == day for a, day in zip(answers, days, strict=True))
        assert any(a == day - 7 for a, day in zip(answers, days, strict=True))
    # Corrections matter: without them some first and last days would be others.
    untouched = [e for e in entries if not (e.tile_day < e.day)]
    without = online_table(untouched, "party")
    changed = {c.name for c in differing_cells(without, online_table(entries, "party"))}
    assert changed == {f.name for f in LAYOUTS["party"].features}
