"""What the gate is made of: comparisons that are fair to chance, audits that see, a log that holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features.ledger import arrivals
from features.registry import FeatureSet
from features.spec import Floats
from models.errors import KeyRefusedError
from tests.deployments import a_real_head
from tests.gates import NOW
from training.errors import GateRefused
from training.gate import swapping
from training.gate.auditor import areas
from training.gate.compared import Compared, compared
from training.gate.log import append_decision, decisions
from training.gate.selection_rates import selection_rates
from training.gate.signers import create_signer, sign_file, signers_of, trusted, trusted_signer
from training.gate.swapping import swap_countries
from training.gate.verdicts import holm
from training.policy_value.logged import Logged
from training.policy_value.measuring import measuring


def two_selections(
    seed: int, *, ours: float = 0.4, theirs: float = 0.4, both: int = 15, alone: int = 15
) -> Compared:
    """Champion and challenger select some movements alike and some apart; half are inspected."""
    rng = np.random.default_rng(seed)
    n = 800
    challenger, champion, risk = np.zeros(n), np.zeros(n), np.full(n, 0.01)
    challenger[: both + alone] = 1
    champion[:both] = champion[both + alone : both + 2 * alone] = 1
    risk[:both], risk[both : both + alone] = 0.4, ours
    risk[both + alone : both + 2 * alone] = theirs
    hit, inspected = rng.random(n) < risk, rng.random(n) < 0.5
    margins = {"both": risk + rng.normal(0, 0.05, n)}
    logged = Logged(np.full(n, 0.5), inspected, hit & inspected, margins)
    made = measuring(logged, about="such_movements")
    return compared(made, champion=champion, challenger=challenger)


@pytest.mark.slow
def test_of_two_that_find_alike_hardly_any_is_held_to_be_worse() -> None:
    told = [two_selections(seed, both=30, alone=30) for seed in range(150)]

    worse = np.mean([one.p_worse < 0.05 for one in told])
    covered = np.mean([one.ratio_low <= 1 <= one.ratio_high for one in told])

    assert worse <= 0.07
    assert covered >= 0.93


def test_one_that_finds_nothing_where_the_other_finds_is_held_to_be_worse() -> None:
    told = [two_selections(seed, both=30, alone=40, ours=0.0, theirs=0.6) for seed in range(20)]

    assert np.mean([one.ratio_high < 1 and one.p_worse < 0.01 for one in told]) > 0.9


def test_what_both_find_blurs_no_comparison() -> None:
    made = [two_selections(seed, both=100, alone=2) for seed in range(8)]

    assert np.mean([one.ratio_high - one.ratio_low for one in made]) < 0.3


def test_the_same_selection_is_neither_better_nor_worse() -> None:
    told = two_selections(1, both=60, alone=0)

    assert (told.difference_low, told.difference_high) == (0, 0)
    assert told.ratio_low == pytest.approx(1) == told.ratio_high


def test_comparisons_of_few_hits_are_insufficient() -> None:
    told = two_selections(1, both=3, alone=3)

    assert not told.sufficient
    assert "insufficient" in told.words()


def test_holm_rejects_step_by_step_until_one_holds() -> None:
    assert holm([0.01, 0.04, 0.03], family_error=0.05) == [True, False, False]
    assert holm([0.01, 0.02, 0.03], family_error=0.05) == [True, True, True]
    # Bonferroni alone would keep the second: 0.02 > 0.05 / 3.
    assert holm([], family_error=0.05) == []


def audited(n: int = 1500) -> tuple[list[str], Floats, Floats]:
    """Countries, a score that knows nothing of them, and one that does."""
    rng = np.random.default_rng(4)
    vehicle = rng.integers(0, n // 3, n)
    country = np.array(["RS", "BA", "MK"])[rng.integers(0, 3, n)[vehicle]]
    blind = rng.normal(size=n)
    return list(country), blind, blind + 2 * (country == "RS")


def test_an_auditor_tells_the_country_from_a_score_that_stands_for_it_alone() -> None:
    country, blind, seeing = audited()
    vehicle = np.arange(len(country))

    nothing = areas(blind[:, np.newaxis], country, vehicle, seed=1)
    something = {
        area.country: area for area in areas(seeing[:, np.newaxis], country, vehicle, seed=1)
    }

    assert all(area.low < 0.55 and area.auc < 0.56 for area in nothing)
    assert something["RS"].low > 0.85
    assert something["RS"].p_above(0.6) < 1e-6
    assert something[""].auc > 0.6


def test_a_country_of_cars_alone_is_not_told_apart_by_what_cars_score() -> None:
    rng = np.random.default_rng(6)
    lorry = rng.random(3000) < 0.5
    country = np.where(rng.random(3000) < 0.1, "SI", "RS")
    country[lorry] = "RS"
    score = rng.normal(size=3000) + 2 * lorry
    vehicle = np.arange(3000)

    told = areas(score[:, np.newaxis], list(country), vehicle, seed=1, kind=lorry.astype(np.int64))

    (si,) = [area for area in told if area.country == "SI"]
    assert si.low > 0.6
    assert abs(si.among_like - 0.5) < 0.06
    assert si.p_above(0.6) > 0.5


def test_a_vehicle_that_comes_again_and_again_does_not_give_its_country_away() -> None:
    rng = np.random.default_rng(2)
    vehicle = rng.integers(0, 60, 1200)
    country = np.array(["RS", "BA"])[rng.integers(0, 2, 60)[vehicle]]
    score = rng.normal(size=60)[vehicle]  # the same each time: the score knows the vehicle

    *_, mean = areas(score[:, np.newaxis], list(country), vehicle, seed=1)
    *_, leaking = areas(score[:, np.newaxis], list(country), np.arange(1200), seed=1)

    assert mean.low < 0.6
    assert leaking.low > 0.65


def test_selection_rates_are_told_by_country_and_small_groups_are_named() -> None:
    rng = np.random.default_rng(1)
    country = ["RS"] * 1000 + ["BA"] * 1000 + ["MK"] * 1000 + ["IS"] * 20
    chance = np.array([0.3] * 1000 + [0.1] * 2000 + [0.1] * 20)
    selection = (rng.random(3020) < chance).astype(float)

    rates = {
        rate.country: rate
        for rate in selection_rates(
            selection, country, np.arange(3020), least_ratio=0.8, least_group=50
        )
    }

    assert rates["RS"].low < 3 < rates["RS"].high
    assert rates["RS"].low > 1.25
    assert rates["RS"].p_outside < 0.001
    assert rates["BA"].p_outside < 0.001  # half as often as the others, RS among them
    assert not rates["IS"].sufficient


def test_crossings_of_one_vehicle_are_not_so_many_selections() -> None:
    country = ["RS"] * 500 + ["BA"] * 500
    vehicle = np.array([*np.arange(500) % 10, *np.arange(500) % 10 + 10])
    selection = np.isin(vehicle, [0, 1, 2, 3, 10, 11]).astype(float)

    def width(vehicles: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> float:
        rates = selection_rates(selection, country, vehicles, least_ratio=0.8, least_group=50)
        return next(rate.high - rate.low for rate in rates if rate.country == "RS")

    assert width(vehicle) > 3 * width(np.arange(1000))


@pytest.mark.slow
def test_exchanged_plate_countries_differ_in_nothing_unless_something_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads = {"arms": a_real_head("crossing", "arms")}

    kept = swap_countries(heads, FeatureSet(), crossings=80)

    def leaking(kind: str, checked: object, pseudonymiser: object) -> object:
        made = arrivals.arrival(kind, checked, pseudonymiser)  # type: ignore[arg-type]
        made.body["weighbridge_kg"] = len(str(made.plate_country)) + ord(str(made.plate_country)[0])
        return made

    monkeypatch.setattr(swapping, "arrival", leaking)
    leaked = swap_countries(heads, FeatureSet(), crossings=80)

    assert (kept.swapped, kept.differing) == (80, 0)
    assert kept.margins > 10
    assert leaked.differing > 40


def test_a_log_of_decisions_holds_until_a_line_is_changed_or_taken_out(tmp_path: Path) -> None:
    for action in ("register", "shadow", "promote"):
        append_decision(tmp_path, action=action, now=NOW, told={"by": "second"})
    path = tmp_path / "gate" / "log.jsonl"
    whole = path.read_bytes()

    assert [line["action"] for line in decisions(tmp_path)] == ["register", "shadow", "promote"]
    path.write_bytes(whole.replace(b"shadow", b"Shadow"))
    with pytest.raises(GateRefused, match="Line 3"):
        decisions(tmp_path)
    path.write_bytes(b"\n".join(whole.splitlines()[::2]) + b"\n")
    with pytest.raises(GateRefused, match="Line 2"):
        append_decision(tmp_path, action="roll back", now=NOW, told={})


def test_persons_are_trusted_by_the_public_keys_in_the_home(tmp_path: Path) -> None:
    made = create_signer(tmp_path, "second")

    _, signer = trusted_signer(tmp_path, tmp_path / "signers" / "second.key")

    assert signer == made
    assert [one.name for one in trusted(tmp_path)] == ["second"]
    with pytest.raises(KeyRefusedError, match="exists already"):
        create_signer(tmp_path, "second")
    with pytest.raises(GateRefused, match="cannot name a key"):
        create_signer(tmp_path, "../second")


def test_a_signature_of_a_file_holds_for_what_was_signed(tmp_path: Path) -> None:
    create_signer(tmp_path, "second")
    key, _ = trusted_signer(tmp_path, tmp_path / "signers" / "second.key")
    file = tmp_path / "justification.txt"
    file.write_text("Because.")

    sign_file(file, key)

    assert [signer.name for signer in signers_of(file, home=tmp_path)] == ["second"]
    file.write_text("Because of this.")
    assert signers_of(file, home=tmp_path) == []
