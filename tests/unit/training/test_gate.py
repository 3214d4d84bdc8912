"""A challenger serves only when it is whole, no worse, fair, and another person asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.champion import load_champion, promote_challenger, read_pointer, roll_back
from models.errors import PointerRefusedError
from models.signature import create_signing_key
from tests.gates import (
    COUNTRIES,
    NOW,
    POSTS,
    RARE,
    Office,
    an_office,
    head,
    key_of,
    ledger_with_plates,
    write_events,
)
from training.errors import GateRefused
from training.gate.deciding import Decision
from training.gate.record import keep_record
from training.gate.signers import sign_file, signers_of, trusted_keys
from training.gate.verdicts import Check

pytestmark = pytest.mark.slow

Offices = Callable[[], Office]

#: Rounds of a head that does as well as the champion, and says other things.
FAIR = 80


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Offices of their own keys and heads, on one ledger and one export."""
    folder = tmp_path_factory.mktemp("gate")
    ledger = ledger_with_plates(f"sqlite:///{folder}/ledger.db")
    events = write_events(folder / "events")

    def opened() -> Office:
        return an_office(tmp_path_factory.mktemp("office"), ledger=ledger, events=events)

    yield opened
    ledger.close()


def check(decision: Decision, name: str) -> Check:
    (found,) = [one for one in decision.checks if one.name == name]
    return found


def test_a_challenger_that_does_as_well_passes_every_check(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))

    decision = office.judged()

    assert decision.reasons == ()
    assert {one.verdict for one in decision.checks} == {"ok"}
    value = check(decision, "value").figures
    assert 0.8 <= float(value["ratio_low"] or 0) <= float(value["ratio"] or 0)
    assert float(value["effective_hits"] or 0) >= 10


def test_a_challenger_that_finds_less_is_refused(offices: Offices) -> None:
    office = offices()
    office.propose(head("noise"))

    decision = office.judged(accept="It may not be taken on anybody.")

    assert not decision.passed
    assert check(decision, "value").verdict == "refused"
    assert "finds less, beyond chance" in decision.reasons[0]


def test_a_challenger_that_harms_a_single_post_is_refused_by_the_name_of_the_post(
    offices: Offices,
) -> None:
    office = offices()
    office.propose(head("post"))

    decision = office.judged(accept="Nor this.")

    assert not decision.passed
    (reason,) = decision.reasons
    assert reason.startswith(f"posts: It would surely find less at {POSTS[0]}: ")
    harmed = {row["post"] for row in check(decision, "posts").rows if row["harmed"]}
    assert harmed == {POSTS[0]}


def test_a_challenger_that_learnt_the_plates_country_by_another_column_is_refused(
    offices: Offices,
) -> None:
    office = offices()
    office.propose(head("country"))

    decision = office.judged(accept="Nor this.")

    assert not decision.passed
    told = check(decision, "score tells country")
    assert told.verdict == "refused"
    assert f"{COUNTRIES[0]} 0.9" in told.sentence
    # Small cells are named; and the country itself has moved nothing: a column stood for it.
    assert RARE in told.sentence
    assert check(decision, "swapped plates").figures["differing"] == 0


def test_a_challenger_whose_probabilities_are_off_is_refused(offices: Offices) -> None:
    office = offices()
    office.propose(head("shouting"))

    decision = office.judged(accept="Nor this.")

    assert check(decision, "calibration").verdict == "refused"
    assert not decision.passed


def test_one_flipped_bit_is_refused_by_the_gate_and_by_who_loads(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))
    (sha,) = read_pointer(office.trained, "challenger").pointer.heads.values()  # type: ignore[union-attr]
    booster = office.trained / "promoted" / sha / "booster.txt"
    content = bytearray(booster.read_bytes())
    content[len(content) // 2] ^= 1
    booster.write_bytes(content)

    decision = office.judged(accept="Nor this.")

    assert not decision.passed
    assert check(decision, "integrity").verdict == "refused"
    assert "booster.txt is not what manifest.json says" in decision.reasons[0]
    promote_challenger(office.trained, key=key_of(office.second))
    with pytest.raises(Exception, match=r"booster\.txt"):
        office.champion()


def test_an_unsigned_challenger_is_refused(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))
    (office.trained / "challenger.json.sig").write_bytes(b"{}")

    decision = office.judged(accept="Nor this.")

    assert not decision.passed
    assert "is not signed" in check(decision, "integrity").sentence


def test_a_challenger_signed_by_a_stranger_is_refused(offices: Offices) -> None:
    office = offices()
    stranger = create_signing_key(office.home / "stranger")
    replace(office, first=stranger).sign(head(rounds=FAIR), "challenger")

    decision = office.judged(accept="Nor this.")

    assert not decision.passed
    assert "whom we do not trust" in check(decision, "integrity").sentence


def test_who_proposed_a_challenger_cannot_ask_for_it(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))

    decision = office.judged(key=office.home / "signing.key")

    (reason,) = decision.reasons
    assert reason.startswith("second person: ")
    with pytest.raises(PointerRefusedError, match="another person"):
        promote_challenger(office.trained, key=office.first)


def test_a_stranger_cannot_ask_for_anything(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))
    create_signing_key(office.home / "stranger")

    with pytest.raises(GateRefused, match="nobody we trust"):
        office.judged(key=office.home / "stranger")


def test_a_challenger_must_have_run_in_shadow_for_fourteen_days(offices: Offices) -> None:
    office = offices()
    challenger = office.propose(head(rounds=FAIR), shadowed=False)

    never = office.judged()
    office.run_shadow(challenger, days=13)
    short = office.judged()

    assert "no record of this challenger in shadow" in never.reasons[0]
    assert "on 13 days" in short.reasons[0]
    assert len(never.reasons) == len(short.reasons) == 1


def test_a_record_of_the_shadow_run_that_was_altered_is_refused(offices: Offices) -> None:
    office = offices()
    challenger = office.propose(head(rounds=FAIR))
    path = office.home / "gate" / "shadow" / f"{challenger.pointer_sha256}.json"
    told = orjson.loads(path.read_bytes())
    path.with_suffix(".parquet").write_bytes(b"other scores")

    decision = office.judged()

    assert told["days"] == 40
    assert "were altered" in decision.reasons[0]


def test_a_shadow_run_of_other_scores_than_the_challengers_is_refused(offices: Offices) -> None:
    office = offices()
    challenger = office.propose(head(rounds=FAIR))
    path = office.home / "gate" / "shadow" / f"{challenger.pointer_sha256}.json"
    rows = pq.read_table(path.with_suffix(".parquet"))
    margins = rows["challenger_margin"].to_numpy().copy()
    margins[7000] += 1e-12
    place = rows.schema.get_field_index("challenger_margin")
    pq.write_table(
        rows.set_column(place, "challenger_margin", pa.array(margins)), path.with_suffix(".parquet")
    )
    content = path.with_suffix(".parquet").read_bytes()
    told = orjson.loads(path.read_bytes()) | {"rows_sha256": sha256(content).hexdigest()}
    path.write_bytes(orjson.dumps(told))

    decision = office.judged()

    assert decision.reasons[0].startswith("shadow: 1 scores of the shadow run are not what")


def test_too_few_hits_are_taken_on_by_a_person_or_refused(offices: Offices) -> None:
    office = offices()
    office.propose(head(rounds=FAIR))
    rare = {"capacity": 0.001}

    refused = office.judged(gate=rare)
    accepted = office.judged(gate=rare, accept="The office is small; the shadow run was watched.")

    assert check(refused, "value").verdict == "insufficient"
    assert any("--accept-insufficient" in reason for reason in refused.reasons)
    assert accepted.passed
    assert accepted.record["accept_reason"] == "The office is small; the shadow run was watched."
    assert "value, crossing-smuggling" in accepted.record["accepted"]


def test_selection_rates_are_justified_by_a_file_that_names_the_challenger_and_another_signed(
    offices: Offices,
) -> None:
    office = offices()
    challenger = office.propose(head("country"))
    fewer = {"most_auc": 0.99, "capacity": 0.2, "most_audited": 10_000}
    text = office.home / "justification.txt"

    refused = office.judged(gate=fewer)
    text.write_text("Another challenger's story.")
    with pytest.raises(GateRefused, match="does not name"):
        office.judged(gate=fewer, justification=text)
    text.write_text(
        f"{challenger.pointer_sha256}: these plates are of the line that smugglers use."
    )
    sign_file(text, office.first)
    with pytest.raises(GateRefused, match="Nobody we trust but the proposer"):
        office.judged(gate=fewer, justification=text)
    sign_file(text, key_of(office.second))
    justified = office.judged(gate=fewer, justification=text)

    assert check(refused, "selection rates").verdict == "refused"
    assert [reason.split(",")[0] for reason in refused.reasons] == ["selection rates"]
    assert justified.passed


def test_the_record_is_kept_signed_and_drawn_whatever_it_says(offices: Offices) -> None:
    office = offices()
    office.propose(head("noise"))
    decision = office.judged()

    path = keep_record(office.home, decision.record, decision.checks, key=key_of(office.second))
    again = keep_record(office.home, decision.record, decision.checks, key=key_of(office.second))

    kept = orjson.loads(path.read_bytes())
    assert kept["verdict"] == "refused"
    assert kept["reasons"] == list(decision.reasons)
    assert kept["asked_by"]["name"] == "second"
    assert kept["asked_at"] == NOW.isoformat()
    assert [signer.name for signer in signers_of(path, home=office.home)] == ["second"]
    drawn = path.with_suffix(".html").read_text()
    assert "finds less, beyond chance" in drawn
    assert "http" not in drawn
    assert again == path
    assert len(list(path.parent.glob(f"{path.stem}.*.json"))) == 1


def test_after_the_gate_the_way_back_is_one_step_and_not_two(offices: Offices) -> None:
    office = offices()
    before = office.champion()
    challenger = office.propose(head(rounds=FAIR))

    promote_challenger(
        office.trained, key=key_of(office.second), pointer_sha256=challenger.pointer_sha256
    )
    promoted = load_champion(office.trained, trusted=trusted_keys(office.home), signatures_needed=2)
    roll_back(office.trained, key=key_of(office.second), trusted=trusted_keys(office.home))

    assert promoted.pointer_sha256 == challenger.pointer_sha256
    assert read_pointer(office.trained, "challenger") is None
    assert office.champion().pointer_sha256 == before.pointer_sha256
    # Again would bring back what was just taken away.
    with pytest.raises(PointerRefusedError, match="Nothing served before"):
        roll_back(office.trained, key=key_of(office.second), trusted=trusted_keys(office.home))
