"""Which heads are proposed: signed for the service, mirrored in MLflow for people.

Outside the pipeline, since it marks a decision. Where nothing can serve yet, or what served reads
features that are no longer there, the heads serve at once under one signature (cold start): rules
and chance would be worse judged than they are. In every other case they become the challenger, and
only the gate (`vardar promote`) lets them serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features.registry import FeatureSet
from models.card import Card
from models.champion import (
    Champion,
    Pointer,
    Role,
    RulesOnly,
    keep_previous,
    load_champion,
    read_pointer,
    write_pointer,
)
from models.errors import (
    ColumnsDifferError,
    InvalidCalibrationError,
    InvalidCardError,
    InvalidLinearError,
    ModelError,
)
from models.risk_model import RiskModel
from models.signature import create_signing_key, load_signing_key
from training.errors import ChampionInTheWay
from training.gate.signers import trusted_keys
from training.heads import TrainedHead
from training.mirror import keep_aliases, mirror
from training.params import Params

#: Whole, signed and as they were written, but not what this program reads.
_OF_ANOTHER_PROGRAM = (
    ColumnsDifferError,
    InvalidCalibrationError,
    InvalidCardError,
    InvalidLinearError,
)


@dataclass(frozen=True)
class Registered:
    """What was signed, and where it is mirrored.

    Attributes:
        role: Whether the heads serve from now on or run in shadow.
        why: Why that role, in a sentence.
        changed: False where these very heads had this role already.
        run_id: Of the run in MLflow; None where nothing was mirrored.
    """

    version: str
    pointer_sha256: str
    role: Role
    why: str
    changed: bool
    run_id: str | None

    @property
    def told(self) -> str:
        """What was done, in sentences."""
        serves = "serves" if self.role == "champion" else "is the challenger"
        if not self.changed:
            return f"{self.why} Version {self.version} {serves}."
        now = f"Version {self.version} {serves} from now on; signed as {self.pointer_sha256}."
        return f"{now}\n{self.why}"


def register(
    trained: Mapping[str, TrainedHead | RulesOnly],
    folder: Path,
    *,
    home: Path,
    params: Params,
    reports: Path,
    features: FeatureSet | None = None,
    mirrored: bool = True,
) -> Registered:
    """Sign a pointer to the heads: as the challenger, or as the champion where none can serve.

    Args:
        trained: The heads, as `training.store.load_trained` gives them.
        folder: Where they lie.
        home: Holds the signing key (made on first use), the keys of those trusted, and MLflow.
        params: What they were trained with.
        reports: Folder of the evaluation.
        features: The ledger's features; None where no ledger is at hand.
        mirrored: Whether to write to MLflow.

    Raises:
        ModelError: when a head or the key is refused; nothing is signed then.
        ChampionInTheWay: when there is a champion that was altered or that a stranger signed.
    """
    heads = {name: made.head for name, made in trained.items() if isinstance(made, TrainedHead)}
    hashes = {name: head.manifest_sha256 or "" for name, head in heads.items()}
    rules_only = tuple(made for made in trained.values() if isinstance(made, RulesOnly))
    version = _version(heads, hashes)
    key = signing_key(home)
    cold = why_cold(folder, home=home, features=features)
    role: Role = "challenger" if cold is None else "champion"
    if cold is None:
        # What serves already is not proposed again, and what was proposed is proposed once.
        roles: tuple[Role, ...] = ("champion", "challenger")
        for there in roles:
            stands = read_pointer(folder, there)
            if stands and _says(stands.pointer, hashes, rules_only):
                return Registered(
                    stands.pointer.version, stands.sha256, there,
                    why="Nothing has changed.", changed=False, run_id=None,
                )  # fmt: skip
    run_id = None
    if mirrored:
        run_id = mirror(heads, folder, home=home, params=params, reports=reports, version=version)
    if role == "champion":
        keep_previous(folder)
    pointer = write_pointer(
        folder,
        heads=hashes,
        key=key,
        version=version,
        rules_only=rules_only,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        role=role,
    )
    if mirrored:
        keep_aliases(home, folder)
    return Registered(version, pointer, role, cold or _PROPOSED, True, run_id)


_PROPOSED = (
    "Another champion serves. Run the challenger in shadow (vardar shadow), then let a second "
    "person ask the gate (vardar promote)."
)


def signing_key(home: Path) -> Ed25519PrivateKey:
    """The proposer's signing key, made on first use."""
    path = home / "signing.key"
    return load_signing_key(path) if path.exists() else create_signing_key(path)


def why_cold(folder: Path, *, home: Path, features: FeatureSet | None) -> str | None:
    """Why no champion can serve, so that new heads serve under one signature; None where one can.

    Raises:
        ChampionInTheWay: when there is one that was altered or that a stranger signed: that is no
            reason to let other heads serve unjudged.
    """
    if not (folder / "champion.json").exists():
        return "Cold start: no champion serves yet."
    try:
        champion = load_champion(folder, trusted=trusted_keys(home))
    except _OF_ANOTHER_PROGRAM as error:
        return f"Cold start: this program cannot read the champion. {error}"
    except ModelError as error:
        raise ChampionInTheWay(
            f"{error} Let the one before serve again (vardar rollback), or move "
            f"{folder / 'champion.json'} away to start anew."
        ) from error
    old = outdated(champion, features)
    return old and f"Cold start: {old}"


def outdated(champion: Champion, features: FeatureSet | None) -> str | None:
    """Why heads cannot serve with this program and this ledger; None where they can.

    Args:
        champion: The heads.
        features: The ledger's; None to look at the program alone.
    """
    for head in champion.heads.values():
        needed = features_of(head.card) if features is None else features
        if head.card.spec_sha256 != needed.sha256:
            return (
                f"{head.card.name} {head.card.version}, which served, reads features "
                f"{head.card.spec_sha256[:12]}…, and there are {needed.sha256[:12]}… now."
            )
    return None


def features_of(card: Card) -> FeatureSet:
    """The features that a card declares, as this program would make them."""
    return FeatureSet(card.extra_keys, tuple(sorted(card.extension.items())))


def _says(pointer: Pointer, hashes: Mapping[str, str], rules_only: Sequence[RulesOnly]) -> bool:
    return pointer.heads == dict(hashes) and set(pointer.rules_only) == set(rules_only)


def _version(heads: Mapping[str, RiskModel], hashes: Mapping[str, str]) -> str:
    """The last day trained on, and a hash of the heads: the same heads, the same version."""
    last = max((head.card.trained_to[:10] for head in heads.values()), default="rules-only")
    digest = sha256(orjson.dumps(sorted(hashes.items()))).hexdigest()
    return f"{last}-{digest[:8]}"
