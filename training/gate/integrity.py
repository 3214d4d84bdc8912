"""Whether the challenger is to the byte what a trusted person proposed, and another person asks for it."""

from __future__ import annotations

from pathlib import Path

from models.champion import Champion, Signed, load_champion, read_pointer
from models.errors import ModelError
from training.errors import GateRefused
from training.gate.signers import Signer, trusted, trusted_keys
from training.gate.verdicts import Check


def proposed(trained: Path) -> Signed:
    """The pointer to the challenger, whoever signed it.

    Raises:
        GateRefused: when there is none.
        PointerRefusedError: when it cannot be read.
    """
    found = read_pointer(trained, "challenger")
    if found is None:
        raise GateRefused(f"There is no challenger in {trained}; propose one with: vardar register")
    return found


def integrity_check(trained: Path, home: Path) -> tuple[Check, Champion | None]:
    """Every file of every head against its manifest, and the pointer against its signatures.

    Returns:
        The check, and the challenger if it could be loaded.
    """
    try:
        challenger = load_champion(trained, trusted=trusted_keys(home), role="challenger")
    except ModelError as error:
        return Check("integrity", "", "refused", str(error), acceptable=False), None
    names = {signer.key_id: signer.name for signer in trusted(home)}
    if challenger.signer not in challenger.signed_by:
        why = f"Key {challenger.signer} is said to have proposed this challenger, but did not sign it."
        return Check("integrity", "", "refused", why, acceptable=False), None
    by = names.get(challenger.signer, challenger.signer)
    why = (
        f"{len(challenger.heads)} heads, each file as its manifest says, signed by {by} "
        f"({challenger.signer})."
    )
    return Check("integrity", "", "ok", why, {"heads": len(challenger.heads)}, acceptable=False), (
        challenger
    )


def second_person_check(found: Signed, asking: Signer) -> Check:
    """Refused where whoever asks has proposed the challenger themselves."""
    if asking.key_id == found.pointer.signer:
        why = f"Key {asking.key_id} proposed this challenger; another person must ask for it."
        return Check("second person", "", "refused", why, acceptable=False)
    why = f"Proposed by key {found.pointer.signer}, asked for by {asking.name} ({asking.key_id})."
    return Check("second person", "", "ok", why, acceptable=False)
