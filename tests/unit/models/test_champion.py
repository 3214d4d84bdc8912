"""Only heads that a trusted person signed, to the byte, ever serve."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.champion import (
    Champion,
    RulesOnly,
    load_champion,
    promote_challenger,
    read_pointer,
    roll_back,
    write_pointer,
)
from models.errors import HeadRefusedError, PointerRefusedError
from models.heads import save_head
from models.signature import key_id
from tests.heads import a_head

STEWARD = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
SECOND = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"3" * 32)
TRUSTED = (STEWARD.public_key(), SECOND.public_key())


def a_promotion(trained: Path, *, version: str = "1", key: Ed25519PrivateKey = STEWARD) -> str:
    """Train, sign and point: returns the head's manifest hash."""
    manifest_sha256 = save_head(a_head(version=version), trained / "consignment-arms")
    heads = {"consignment-arms": manifest_sha256}
    write_pointer(trained, heads=heads, key=key, version=version)
    return manifest_sha256


def loaded(trained: Path) -> Champion:
    return load_champion(trained, trusted=TRUSTED)


def test_a_signed_champion_is_loaded(tmp_path: Path) -> None:
    manifest_sha256 = a_promotion(tmp_path)

    champion = loaded(tmp_path)

    assert champion.version == "1"
    assert champion.heads["consignment", "arms"].manifest_sha256 == manifest_sha256
    assert champion.signed_by == {key_id(STEWARD.public_key())}


def test_a_risk_with_too_few_hits_is_served_by_rules_and_says_so(tmp_path: Path) -> None:
    cold = RulesOnly(subject="crossing", risk="smuggling", reason="7 hits of the 50 it takes.")
    write_pointer(tmp_path, heads={}, key=STEWARD, version="0", rules_only=[cold])

    assert loaded(tmp_path).rules_only == {("crossing", "smuggling"): "7 hits of the 50 it takes."}


def test_a_pointer_signed_by_a_stranger_is_refused(tmp_path: Path) -> None:
    a_promotion(tmp_path, key=STRANGER)

    with pytest.raises(PointerRefusedError, match=f"{key_id(STRANGER.public_key())}.*not trust"):
        loaded(tmp_path)


def test_a_strangers_signature_in_a_trusted_name_is_refused(tmp_path: Path) -> None:
    a_promotion(tmp_path, key=STRANGER)
    beside = tmp_path / "champion.json.sig"
    names = key_id(STRANGER.public_key()), key_id(STEWARD.public_key())
    beside.write_text(beside.read_text().replace(*names))

    with pytest.raises(PointerRefusedError, match="does not hold"):
        loaded(tmp_path)


def test_an_altered_pointer_is_refused(tmp_path: Path) -> None:
    a_promotion(tmp_path)
    path = tmp_path / "champion.json"
    path.write_text(path.read_text().replace('"version": "1"', '"version": "9"'))

    with pytest.raises(PointerRefusedError, match="altered"):
        loaded(tmp_path)


@pytest.mark.parametrize("name", ["champion.json", "champion.json.sig"])
def test_a_missing_pointer_or_signature_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    a_promotion(tmp_path)
    (tmp_path / name).unlink()

    with pytest.raises(PointerRefusedError, match=name):
        loaded(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": 1}'])
def test_a_file_of_signatures_that_holds_none_is_refused(tmp_path: Path, content: bytes) -> None:
    a_promotion(tmp_path)
    (tmp_path / "champion.json.sig").write_bytes(content)

    with pytest.raises(PointerRefusedError):
        loaded(tmp_path)


def test_a_head_altered_after_signing_is_refused(tmp_path: Path) -> None:
    manifest_sha256 = a_promotion(tmp_path)
    card = tmp_path / "promoted" / manifest_sha256 / "card.json"
    card.write_text(card.read_text().replace("0.007", "0.001"))

    with pytest.raises(HeadRefusedError, match=r"card\.json"):
        loaded(tmp_path)


def test_nothing_is_signed_that_does_not_load(tmp_path: Path) -> None:
    manifest_sha256 = save_head(a_head(), tmp_path / "consignment-arms")
    (tmp_path / "consignment-arms" / "booster.txt").write_text("")

    with pytest.raises(HeadRefusedError, match=r"booster\.txt"):
        write_pointer(
            tmp_path, heads={"consignment-arms": manifest_sha256}, key=STEWARD, version="1"
        )
    assert not (tmp_path / "champion.json").exists()


def test_a_head_is_not_signed_under_another_name(tmp_path: Path) -> None:
    manifest_sha256 = save_head(a_head(), tmp_path / "crossing-arms")

    with pytest.raises(HeadRefusedError, match="calls itself consignment-arms"):
        write_pointer(tmp_path, heads={"crossing-arms": manifest_sha256}, key=STEWARD, version="1")


def test_retraining_does_not_touch_the_champion(tmp_path: Path) -> None:
    manifest_sha256 = a_promotion(tmp_path, version="1")
    save_head(a_head(version="2"), tmp_path / "consignment-arms")

    assert loaded(tmp_path).heads["consignment", "arms"].manifest_sha256 == manifest_sha256


def test_rolling_back_is_writing_a_pointer(tmp_path: Path) -> None:
    first = a_promotion(tmp_path, version="1")
    a_promotion(tmp_path, version="2")
    shutil.rmtree(tmp_path / "consignment-arms")

    write_pointer(tmp_path, heads={"consignment-arms": first}, key=STEWARD, version="1")

    assert loaded(tmp_path).heads["consignment", "arms"].card.version == "1"


def test_a_crash_between_signature_and_pointer_leaves_the_old_champion(tmp_path: Path) -> None:
    a_promotion(tmp_path, version="1")
    old_pointer = (tmp_path / "champion.json").read_bytes()
    a_promotion(tmp_path, version="2")

    (tmp_path / "champion.json").write_bytes(old_pointer)

    assert loaded(tmp_path).version == "1"


def test_the_same_promotion_gives_the_same_bytes(tmp_path: Path) -> None:
    a_promotion(tmp_path / "a")
    a_promotion(tmp_path / "b")

    for name in ("champion.json", "champion.json.sig"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_challenger_runs_beside_the_champion(tmp_path: Path) -> None:
    first = a_promotion(tmp_path, version="1")
    propose(tmp_path, version="2")

    challenger = load_champion(tmp_path, trusted=TRUSTED, role="challenger")

    assert challenger.version == "2"
    assert loaded(tmp_path).heads["consignment", "arms"].manifest_sha256 == first


def test_a_second_person_promotes_a_challenger(tmp_path: Path) -> None:
    propose(tmp_path, version="2")

    promote_challenger(tmp_path, key=SECOND)

    champion = load_champion(tmp_path, trusted=TRUSTED, signatures_needed=2)
    assert champion.signed_by == {key_id(key) for key in TRUSTED}


def test_who_proposed_a_challenger_does_not_promote_it(tmp_path: Path) -> None:
    propose(tmp_path, version="2")

    with pytest.raises(PointerRefusedError, match="another person"):
        promote_challenger(tmp_path, key=STEWARD)


def test_where_two_must_sign_one_signature_is_too_few(tmp_path: Path) -> None:
    a_promotion(tmp_path)

    with pytest.raises(PointerRefusedError, match=r"1 trusted signature.* needs 2"):
        load_champion(tmp_path, trusted=TRUSTED, signatures_needed=2)


def test_two_names_for_one_key_are_one_person(tmp_path: Path) -> None:
    a_promotion(tmp_path)
    twice = (STEWARD.public_key(), STEWARD.public_key())

    with pytest.raises(PointerRefusedError):
        load_champion(tmp_path, trusted=twice, signatures_needed=2)


def propose(trained: Path, *, version: str) -> None:
    manifest_sha256 = save_head(a_head(version=version), trained / "consignment-arms")
    heads = {"consignment-arms": manifest_sha256}
    write_pointer(trained, heads=heads, key=STEWARD, version=version, role="challenger")


def test_a_challenger_exchanged_while_it_was_judged_is_not_promoted(tmp_path: Path) -> None:
    propose(tmp_path, version="2")
    judged = read_pointer(tmp_path, "challenger")
    assert judged is not None
    propose(tmp_path, version="3")

    with pytest.raises(PointerRefusedError, match="exchanged"):
        promote_challenger(tmp_path, key=SECOND, pointer_sha256=judged.sha256)


def test_the_champion_before_serves_again_at_once_and_what_served_does_not_come_back(
    tmp_path: Path,
) -> None:
    a_promotion(tmp_path, version="1")
    propose(tmp_path, version="2")
    promote_challenger(tmp_path, key=SECOND)

    before = roll_back(tmp_path, key=SECOND, trusted=TRUSTED)

    assert before.version == loaded(tmp_path).version == "1"
    with pytest.raises(PointerRefusedError, match="Nothing served before"):
        roll_back(tmp_path, key=SECOND, trusted=TRUSTED)


def test_what_served_before_is_not_let_back_altered(tmp_path: Path) -> None:
    first = a_promotion(tmp_path, version="1")
    propose(tmp_path, version="2")
    promote_challenger(tmp_path, key=SECOND)
    card = tmp_path / "promoted" / first / "card.json"
    card.write_text(card.read_text().replace("0.007", "0.001"))

    with pytest.raises(HeadRefusedError, match=r"card\.json"):
        roll_back(tmp_path, key=SECOND, trusted=TRUSTED)
    assert loaded(tmp_path).version == "2"
