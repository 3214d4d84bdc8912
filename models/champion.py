"""Which heads serve: a signed pointer to heads kept under the hash of their manifest.

In the folder of trained heads:

    consignment-arms/           what training wrote last
    promoted/<manifest hash>/   every head a pointer has named: retraining cannot touch it, and
                                rolling back is writing a pointer
    champion.json               the heads that serve
    champion.json.sig           who signed it: {hash of the pointer: {key id: signature}}
    challenger.json, .sig       the same for the heads that run in shadow
    previous.json, .sig         the heads that served before, for rolling back
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, get_args

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import HeadRefusedError, PointerRefusedError, first_fault
from models.files import canonical_json, write_whole
from models.heads import load_head, read_head_files, write_head_files
from models.risk_model import RiskModel
from models.signature import key_id, sign, signers

Role = Literal["champion", "challenger", "previous"]
ROLES: tuple[Role, ...] = get_args(Role)

_HeadName = Annotated[str, Field(pattern=r"^[a-z]+-[a-z_]+$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RulesOnly(BaseModel):
    """A subject and risk with too few hits for a model: rules and chance serve, and say so."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    subject: str
    risk: str
    reason: str


@dataclass(frozen=True, eq=False)
class Champion:
    """The heads that serve.

    Attributes:
        pointer_sha256: Hash of the pointer: it names model, version and every byte of each head.
        heads: By (subject, risk).
        rules_only: By (subject, risk): why there is no model.
        signed_by: Ids of the trusted keys that signed.
        signer: Id of the key that proposed the heads.
    """

    name: str
    version: str
    pointer_sha256: str
    heads: Mapping[tuple[str, str], RiskModel]
    rules_only: Mapping[tuple[str, str], str]
    signed_by: frozenset[str]
    created_at: str | None = None
    signer: str = ""


class Pointer(BaseModel):
    """What a pointer says.

    Attributes:
        created_at: ISO time; None where the pointer must come out the same each time.
        signer: Id of the key that proposed the heads.
        heads: Manifest hash by head name, such as "consignment-arms".
        rules_only: Heads served by rules and chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = 1
    name: str
    version: str
    created_at: str | None
    signer: str
    heads: dict[_HeadName, _Sha256]
    rules_only: tuple[RulesOnly, ...]


@dataclass(frozen=True)
class Signed:
    """A pointer as it lies on the disk: nothing of it is believed before its signatures are.

    Attributes:
        sha256: Of its bytes.
        claimed: Signatures (hex) claimed for just these bytes, by key id.
    """

    pointer: Pointer
    sha256: str
    claimed: Mapping[str, str]


def write_pointer(
    trained: Path,
    *,
    heads: Mapping[str, str],
    key: Ed25519PrivateKey,
    version: str,
    name: str = "vardar",
    rules_only: Sequence[RulesOnly] = (),
    created_at: str | None = None,
    role: Role = "champion",
) -> str:
    """Keep the heads, sign a pointer to them, and put it in place at one stroke.

    Args:
        trained: The folder of trained heads.
        heads: Manifest hash by head name, such as "consignment-arms".
        key: Who signs.
        version: The version answers will name.
        name: The model's name in answers.
        rules_only: Heads served by rules and chance.
        created_at: ISO time; left out when the pointer must come out the same each time.
        role: Whether the heads serve or run in shadow.

    Returns:
        The pointer's SHA-256.

    Raises:
        ModelError: when a head does not load or is not the one hashed; nothing is signed then.
    """
    pointer = Pointer(
        name=name,
        version=version,
        created_at=created_at,
        signer=key_id(key.public_key()),
        heads=dict(heads),
        rules_only=tuple(rules_only),
    )
    for head, manifest_sha256 in heads.items():
        _keep(trained, head=head, manifest_sha256=manifest_sha256)
    content = canonical_json(pointer.model_dump(mode="json"))
    signatures = {key_id(key.public_key()): sign(key, content).hex()}
    return _put(trained, content=content, signatures=signatures, role=role)


def promote_challenger(
    trained: Path, *, key: Ed25519PrivateKey, pointer_sha256: str | None = None
) -> str:
    """Make the challenger the champion, under a second person's signature.

    The champion until now is kept as `previous`; there is no challenger any more.

    Args:
        trained: The folder of trained heads.
        key: The second person's.
        pointer_sha256: Of the challenger that was judged; None for whichever there is.

    Returns:
        The pointer's SHA-256.

    Raises:
        PointerRefusedError: when there is no challenger, it is another than the one judged, or this
            key proposed it.
    """
    content, signatures = _read_pointer(trained, "challenger")
    second = key_id(key.public_key())
    if pointer_sha256 not in (None, sha256(content).hexdigest()):
        raise PointerRefusedError(
            "The challenger was exchanged while it was being judged; run the gate again."
        )
    if _parse(content, trained / "challenger.json").signer == second:
        raise PointerRefusedError(
            f"Key {second} proposed this challenger; another person must promote it."
        )
    keep_previous(trained)
    signatures = signatures | {second: sign(key, content).hex()}
    digest = _put(trained, content=content, signatures=signatures, role="champion")
    _drop(trained, "challenger")
    return digest


def roll_back(
    trained: Path, *, key: Ed25519PrivateKey, trusted: Sequence[Ed25519PublicKey]
) -> Champion:
    """Let the previous champion serve again, under its old signatures and an operator's.

    What served until now is not kept as `previous`: rolling back twice must not bring it back.

    Args:
        trained: The folder of trained heads.
        key: The operator's.
        trusted: Public keys of those who may sign.

    Returns:
        The champion from now on.

    Raises:
        ModelError: when nothing served before, or it was altered; the champion stays then.
    """
    if not (trained / "previous.json").exists():
        raise PointerRefusedError(f"Nothing served before {trained / 'champion.json'}.")
    before = load_champion(trained, trusted=trusted, role="previous")
    content, signatures = _read_pointer(trained, "previous")
    signatures = signatures | {key_id(key.public_key()): sign(key, content).hex()}
    _put(trained, content=content, signatures=signatures, role="champion")
    _drop(trained, "previous")
    return before


def keep_previous(trained: Path) -> None:
    """Keep the pointer to the champion as `previous`, if there is one, before it is replaced."""
    if (trained / "champion.json").exists():
        content, signatures = _read_pointer(trained, "champion")
        _put(trained, content=content, signatures=signatures, role="previous")


def read_pointer(trained: Path, role: Role) -> Signed | None:
    """What the pointer of a role says, whoever signed it; None where there is none.

    Raises:
        PointerRefusedError: when it or its signatures cannot be read.
    """
    if not (trained / f"{role}.json").exists():
        return None
    content, claimed = _read_pointer(trained, role)
    pointer = _parse(content, trained / f"{role}.json")
    return Signed(pointer, sha256(content).hexdigest(), claimed)


def load_champion(
    trained: Path,
    *,
    trusted: Sequence[Ed25519PublicKey],
    signatures_needed: int = 1,
    role: Role = "champion",
) -> Champion:
    """Read the heads that serve.

    Args:
        trained: The folder of trained heads.
        trusted: Public keys of those who may sign.
        signatures_needed: How many of them must have signed: 2 where promotion takes two persons.
        role: Whose pointer to read.

    Raises:
        PointerRefusedError: when the pointer is missing, altered, unsigned, or signed by others.
        ModelError: when one of its heads is refused.
    """
    path = trained / f"{role}.json"
    content, signatures = _read_pointer(trained, role)
    held = signers(signatures, content=content, trusted=trusted)
    if len(held) < max(1, signatures_needed):
        raise PointerRefusedError(_why_unsigned(path, signatures, held, trusted, signatures_needed))
    pointer = _parse(content, path)
    loaded: dict[tuple[str, str], RiskModel] = {}
    for head, manifest_sha256 in pointer.heads.items():
        model = load_head(_kept(trained, manifest_sha256), manifest_sha256=manifest_sha256)
        if model.card.name != head:
            raise PointerRefusedError(f"{path} calls {head} what its card calls {model.card.name}.")
        loaded[model.card.subject, model.card.risk] = model
    return Champion(
        name=pointer.name,
        version=pointer.version,
        pointer_sha256=sha256(content).hexdigest(),
        heads=loaded,
        rules_only={(r.subject, r.risk): r.reason for r in pointer.rules_only},
        signed_by=frozenset(held),
        created_at=pointer.created_at,
        signer=pointer.signer,
    )


def _parse(content: bytes, path: Path) -> Pointer:
    try:
        return Pointer.model_validate_json(content)
    except ValidationError as error:
        raise PointerRefusedError(f"{path} is invalid at {first_fault(error)}.") from error


def _kept(trained: Path, manifest_sha256: str) -> Path:
    return trained / "promoted" / manifest_sha256


def _keep(trained: Path, *, head: str, manifest_sha256: str) -> None:
    kept = _kept(trained, manifest_sha256)
    source = kept if kept.exists() else trained / head
    # Loaded, not only hashed: a pointer to a head that cannot serve must not be signed.
    model = load_head(source, manifest_sha256=manifest_sha256)
    if model.card.name != head:
        raise HeadRefusedError(f"The head to be signed as {head} calls itself {model.card.name}.")
    if source != kept:
        files, _ = read_head_files(source, manifest_sha256=manifest_sha256)
        write_head_files(kept, files)


def _put(trained: Path, *, content: bytes, signatures: dict[str, str], role: Role) -> str:
    path = trained / f"{role}.json"
    digest = sha256(content).hexdigest()
    by_pointer = {digest: signatures}
    # The signatures go first and cover the old pointer too: whenever a reader comes, or the power
    # fails, the pointer that is in place is signed.
    if path.exists():
        old, old_signatures = _read_pointer(trained, role)
        by_pointer = {sha256(old).hexdigest(): old_signatures} | by_pointer
    write_whole(_beside(path), canonical_json(by_pointer))
    write_whole(path, content)
    return digest


def _read_pointer(trained: Path, role: Role) -> tuple[bytes, dict[str, str]]:
    """The pointer's bytes, and whatever signatures are claimed for just these bytes."""
    path = trained / f"{role}.json"
    try:
        # In the reverse order of writing: what is read second knows what is read first.
        content = path.read_bytes()
        claimed = _beside(path).read_bytes()
    except OSError as error:
        raise PointerRefusedError(f"{error.filename} cannot be read: {error.strerror}.") from error
    try:
        signatures = orjson.loads(claimed).get(sha256(content).hexdigest(), {})
        return content, {str(key): str(signature) for key, signature in signatures.items()}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise PointerRefusedError(f"{_beside(path)} does not hold signatures.") from error


def _drop(trained: Path, role: Role) -> None:
    path = trained / f"{role}.json"
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".sig")


def _why_unsigned(
    path: Path,
    signatures: Mapping[str, str],
    held: set[str],
    trusted: Sequence[Ed25519PublicKey],
    needed: int,
) -> str:
    if not signatures:
        return f"{path} is not signed, or was altered after it was signed."
    known = {key_id(key) for key in trusted}
    if held:
        return f"{path} bears {len(held)} trusted signatures and needs {needed}."
    if strangers := sorted(signatures.keys() - known):
        return f"{path} is signed by {', '.join(strangers)}, whom we do not trust."
    return f"{path} bears a signature that does not hold: one of the two was altered."
