"""Keys are private, never overwritten, and sign only what they signed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from models.errors import KeyRefusedError
from models.signature import (
    create_signing_key,
    key_id,
    load_public_key,
    load_signing_key,
    public_path,
    sign,
    verify,
)


def test_a_key_reads_back_as_it_was_made(tmp_path: Path) -> None:
    made = create_signing_key(tmp_path / "steward")

    private, public = (
        load_signing_key(tmp_path / "steward"),
        load_public_key(public_path(tmp_path / "steward")),
    )

    assert key_id(private.public_key()) == key_id(public) == key_id(made.public_key())


def test_a_private_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    create_signing_key(tmp_path / "steward")

    assert (tmp_path / "steward").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("there", ["steward", "steward.pub"])
def test_a_key_is_never_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious")

    with pytest.raises(KeyRefusedError, match="exists already"):
        create_signing_key(tmp_path / "steward")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_a_signature_holds_for_what_was_signed_and_nothing_else(tmp_path: Path) -> None:
    key, other = create_signing_key(tmp_path / "a"), create_signing_key(tmp_path / "b")
    signature = sign(key, b"pointer")

    assert verify(key.public_key(), signature=signature, content=b"pointer")
    assert not verify(key.public_key(), signature=signature, content=b"Pointer")
    assert not verify(key.public_key(), signature=signature[:-1], content=b"pointer")
    assert not verify(other.public_key(), signature=signature, content=b"pointer")


def test_a_file_that_is_no_key_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "steward").write_text("no key")

    for load in (load_signing_key, load_public_key):
        with pytest.raises(KeyRefusedError, match="steward"):
            load(tmp_path / "steward")
        with pytest.raises(KeyRefusedError, match="absent"):
            load(tmp_path / "absent")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = generate_private_key(SECP256R1())
    pem = serialization.Encoding.PEM
    (tmp_path / "private").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "public").write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    with pytest.raises(KeyRefusedError, match="Ed25519"):
        load_signing_key(tmp_path / "private")
    with pytest.raises(KeyRefusedError, match="Ed25519"):
        load_public_key(tmp_path / "public")
