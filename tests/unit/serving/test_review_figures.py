"""What figures say of steps, scores and groups, on views that were counted by hand."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.languages import ENGLISH, TAGS, language
from serving.review.figures import fairness, followed, judged, people
from serving.review.figures.charts import Against, Bar, Dot, against, bars, dots
from serving.review.figures.facts import Asked, Group, Inspected, Place, Said
from serving.review.figures.shares import ratio_to_others, share, share_in_part
from serving.review.figures.stability import bins_of, stability
from serving.review.figures.tables import Table, as_csv, few, part_in_words, words
from serving.review.figures.view import View
from serving.review.states import Step

PLACE = Place("mk-border", "MK", "MK-GR-01")
CAR = Group("crossing", "M1", "", "")
TARGETS = {"crossing": ("arms",), "consignment": ("arms",)}
EMPTY = View(
    since=0, until=7 * 86_400_000_000, days=7, cut=False, posts=("MK-GR-01",), post=None,
    inspected=(), unmatched=0, movements=Counter(), records=Counter(), actions=Counter(),
    outcomes=Counter(), binned=Counter(), plates=Counter(), asked=(), epoch=1,
    visible=lambda _: True,
)  # fmt: skip


def an_inspected(
    name: str, reason: str = "random", *, hit: bool, said: Said | None = None
) -> Inspected:
    return Inspected(
        movement=("crossing", "mk-border", name), at=1, reason=reason, searched=True,
        results=frozenset({"arms" if hit else "nothing_found"}), place=PLACE, group=CAR,
        movement_at=1, known_at=1, said={"arms": said} if said else {},
    )  # fmt: skip


def values(table: Table) -> dict[str, list[str]]:
    return {row[0].value: [cell.value for cell in row[1:]] for row in table.rows}


def test_agreement_counts_decisions_and_time_those_that_were_timed() -> None:
    told = people.counted(
        [
            (Step.DECIDE, {"agrees": True, "seconds": 20}),
            (Step.DECIDE, {"agrees": False, "seconds": 40.5}),
            (Step.DECIDE, {"agrees": False}),
            (Step.OVERRIDE, {"seconds": 3}),
        ]
    )

    assert (told.decisions, told.agreed, told.overridden) == (3, 1, 1)
    assert told.seconds == (20.0, 40.5)


def test_a_drill_is_followed_or_seen_through_and_no_decision_like_others() -> None:
    told = people.counted(
        [
            (Step.DRILL, {"agrees": False}),
            (Step.DRILL, {"agrees": True}),
            # Chosen again once the drill was told: of agreement it says nothing.
            (Step.DECIDE, {"agrees": True, "after_drill": {"first": "inspect", "kept": False}}),
            (Step.DECIDE, {"agrees": True}),
            (Step.DECIDE, {"agrees": True}),
        ]
    )

    assert (told.drills, told.followed) == (2, 1)
    assert (told.decisions, told.agreed) == (2, 2)


@pytest.mark.parametrize(
    ("agreed", "of", "raised"), [(191, 200, True), (190, 200, False), (199, 199, False)]
)
def test_so_much_agreement_over_200_reviews_raises_an_alarm(
    agreed: int, of: int, raised: bool
) -> None:
    told = people.Reviews(0, 0, of, agreed, 0, (), 0, 0)

    assert bool(people.alarms(told, spoken=ENGLISH)) is raised


@pytest.mark.parametrize(("seconds", "raised"), [(7.9, True), (8.0, False)])
def test_a_median_below_8_seconds_raises_an_alarm(seconds: float, raised: bool) -> None:
    told = people.Reviews(0, 0, 0, 0, 0, (seconds,) * 11, 0, 0)

    assert bool(people.alarms(told, spoken=ENGLISH)) is raised
    assert values(people.time_to_decide(told, spoken=ENGLISH))["all"][0] == "11"


def test_calibration_reads_the_random_slice_alone() -> None:
    high, low = Said(0.5, "high", True), Said(0.01, "low", True)
    seen = [an_inspected(f"h{i}", hit=i < 12, said=high) for i in range(20)]
    seen += [an_inspected(f"l{i}", hit=i < 1, said=low) for i in range(20)]
    seen += [an_inspected(f"m{i}", "model", hit=True, said=high) for i in range(50)]
    seen += [
        an_inspected("none", hit=True),
        an_inspected("silent", hit=True, said=Said(None, None, True)),
    ]

    told = values(
        judged.calibration(
            replace(EMPTY, inspected=tuple(seen)), TARGETS, risk="arms", spoken=ENGLISH
        )
    )

    assert told["high"][:4] == ["20", "12", "500", "600"]
    assert told["high"][-1] == "yes"
    assert told["low"] == ["20", "1", "", "insufficient", "", "", "insufficient"]
    assert told["all"][:2] == ["40", "13"]


def test_compliance_is_by_intention() -> None:
    def asked(name: str, because: str) -> Asked:
        return Asked(("crossing", "mk-border", name), 1, PLACE, CAR, because)

    view = replace(
        EMPTY,
        asked=(*(asked(f"r{i}", "random") for i in range(20)), asked("m", "model")),
        inspected=(
            *(an_inspected(f"r{i}", hit=False) for i in range(6)),
            an_inspected("unasked", "tip", hit=True),
        ),
    )

    told = values(followed.compliance(view, spoken=ENGLISH))

    assert told["random"][:3] == ["20", "6", "0.3"]
    assert told["model"][:3] == ["1", "0", "insufficient"]
    assert told["all"][0:2] == ["21", "6"]
    assert told["all"][-1] == "1"
    assert "6 were done" in followed.alarms(view, spoken=ENGLISH)[0]


def test_scores_like_those_learnt_from_do_not_drift_and_others_do() -> None:
    bins = bins_of([(0.01, 0.8), (0.1, 0.4), (1.0, 0.0)])
    assert bins is not None
    assert [bins.place(p) for p in (0.9, 0.8, 0.5, 0.4, 0.39, 0.0)] == [0, 0, 1, 1, 2, 2]

    assert stability((10, 90, 900), bins.usual).size == "none"
    assert stability((300, 300, 400), bins.usual).size == "strong"
    assert stability((1, 1, 1), bins.usual).size == "insufficient"
    assert stability((0, 0, 0), bins.usual).size == "insufficient"


def test_small_cells_are_insufficient() -> None:
    assert not share(9, 1000).sufficient
    assert share(10, 1000).sufficient
    assert not share_in_part(5, 49).sufficient
    assert not share_in_part(4, 5000).sufficient
    assert share_in_part(5, 50).sufficient
    assert not ratio_to_others(4, 500, others_chosen=90, others=900).sufficient
    assert not ratio_to_others(20, 49, others_chosen=90, others=900).sufficient
    assert [few(n, ENGLISH).value for n in (0, 4, 5)] == ["0", "<5", "5"]


def test_a_ratio_outside_the_band_is_beyond_chance_only_with_its_whole_interval() -> None:
    def treated(chosen: int) -> fairness.Treatment:
        return {
            "here": fairness.Treated(movements=1000, chosen=chosen),
            "there": fairness.Treated(movements=1000, chosen=100),
            "few": fairness.Treated(movements=3, chosen=1),
        }

    def mark(chosen: int) -> dict[str, list[str]]:
        return values(fairness.selection(treated(chosen), name="post", title="", spoken=ENGLISH))

    assert mark(100)["here"][-1] == "within"
    assert mark(135)["here"][-1] == "may_be_chance"
    assert mark(300)["here"][-1] == "outside"
    assert mark(100)["few"] == ["<5", "<5", "insufficient", "insufficient", "", "", ""]


def test_movements_a_head_was_not_asked_about_are_no_abstentions() -> None:
    view = replace(
        EMPTY,
        outcomes=Counter(
            {
                (PLACE, CAR, "arms", "low"): 50,
                (PLACE, CAR, "arms", "abstained"): 10,
                (PLACE, CAR, "arms", "no_model"): 900,
                (PLACE, CAR, "smuggling", "abstained"): 70,
            }
        ),
    )

    told = values(fairness.abstentions(view, risk="arms", spoken=ENGLISH))

    assert told["MK-GR-01"][:2] == told["Cars (M1)"][:2] == ["60", "10"]


@given(st.text(max_size=20))
def test_no_cell_of_a_file_is_a_formula(text: str) -> None:
    written = as_csv(Table("t", "", (text,), ((words(text),),)))

    for line in written.splitlines():
        assert not line.strip('"').startswith(("=", "+", "-", "@"))


@given(st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_charts_escape_what_they_are_told(name: str, value: float, high: float) -> None:
    name = f"<script>{name}"
    drawn = (
        dots([Dot(name, value, 0, max(value, high)), Dot(name, math.nan, math.nan, math.nan)],
             title=name, unit=name, words=str, missing=name, strip=(0.1, 0.2)),
        against([Against(name, value, high, 0, 1)], title=name, across=name, up=name, words=str),
        bars([Bar(name, 3, 1), Bar(name, 0, 0)], title=name, unit=name),
    )  # fmt: skip

    for chart in drawn:
        assert "<script" not in chart
        assert "nan" not in chart.replace(name, "").lower().split("<title>")[0]


@pytest.mark.parametrize("tag", TAGS)
def test_small_parts_are_said_as_one_in_many(tag: str) -> None:
    assert "140" in part_in_words(1 / 140, language(tag))
    assert "%" in part_in_words(0.5, language(tag))
    assert part_in_words(0.0, language(tag)).startswith("0")
