"""The gate: every check is run, none stops the others, and what they say together is kept and signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.ledger.store import Ledger
from models.champion import Champion, Signed, load_champion, read_pointer
from models.errors import ModelError
from training.errors import GateRefused, TrainingError
from training.gate.calibrated import calibration_check
from training.gate.fairness import Plates, fairness_checks, swap_check, vehicles_of
from training.gate.integrity import integrity_check, proposed, second_person_check
from training.gate.plate_countries import plate_countries
from training.gate.posts import posts_check
from training.gate.served import parity_check, replay_check, stored_scores
from training.gate.shadow import shadow_check
from training.gate.signers import Signer, signers_of, trusted_keys
from training.gate.unseen import judged, window_of
from training.gate.value import value_check
from training.gate.verdicts import Check
from training.material import Material
from training.params import Params
from training.register import outdated

#: What a signed justification may answer for.
_JUSTIFIABLE = "selection rates"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """Who asks the gate, and what they take on themselves.

    Attributes:
        by: The second person.
        accept: Why checks that cannot tell are taken as they are; None to refuse on them.
        justification: A signed file that answers for selection rates; None without one.
        at: When.
    """

    by: Signer
    accept: str | None
    justification: Path | None
    at: datetime


@dataclass(frozen=True)
class Decision:
    """What the gate says.

    Attributes:
        challenger: The pointer that was judged.
        champion_sha256: The pointer it was judged against; None without a champion.
        window: The days it was judged on, in words; "" where it could not be loaded.
        checks: All of them.
        reasons: Why it is refused; none where it may serve.
        record: Everything, as it is kept.
    """

    challenger: Signed
    champion_sha256: str | None
    window: str
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
    record: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the challenger may serve."""
        return not self.reasons


def decide(
    trained: Path,
    *,
    home: Path,
    ledger: Ledger,
    material: Material,
    params: Params,
    asked: Asked,
    progress: Progress,
) -> Decision:
    """Judge the challenger against the champion.

    Args:
        trained: The folder of trained heads, with the pointers.
        home: The deployment's home: keys, shadow records.
        ledger: The store: stored scores, countries of plates.
        material: Its export, with features.
        params: The parameter file.
        asked: Who asks.
        progress: Told each step.

    Raises:
        GateRefused: when there is no challenger, or a justification answers for nothing.
    """
    found = proposed(trained)
    justified = _justified(asked, found, home)
    progress("Checking files and signatures")
    integrity, challenger = integrity_check(trained, home)
    checks = [integrity, second_person_check(found, asked.by)]
    champion, champion_check = _champion(trained, home, ledger)
    checks.append(champion_check)
    window = ""
    if challenger is not None and champion_check.verdict == "ok":
        try:
            window, judging = _judging(
                champion, challenger, home=home, ledger=ledger, material=material, params=params,
                progress=progress,
            )  # fmt: skip
            checks += judging
        except TrainingError as error:
            checks.append(Check("unseen movements", "", "refused", str(error), acceptable=False))
    reasons = tuple(_reasons(checks, asked, justified=justified))
    record = _record(found, champion, window, checks, reasons, asked, justified=justified)
    return Decision(
        challenger=found,
        champion_sha256=champion.pointer_sha256 if champion else None,
        window=window,
        checks=tuple(checks),
        reasons=reasons,
        record=record,
    )


def _judging(
    champion: Champion | None,
    challenger: Champion,
    *,
    home: Path,
    ledger: Ledger,
    material: Material,
    params: Params,
    progress: Progress,
) -> tuple[str, list[Check]]:
    gate, features = params.gate, material.features
    progress("Deriving served integers anew")
    stored = stored_scores(ledger, sample=gate.parity_sample, seed=params.seed)
    checks = [
        parity_check(challenger, ledger, stored),
        replay_check(champion, stored[: gate.replay_sample]),
    ]
    if checks[0].verdict == "refused":
        # Nothing can be scored by heads that read other features.
        return "", checks
    window = window_of(champion, challenger, material, params=params)
    progress("Scoring movements neither has learnt from")
    everything = list(judged(champion, challenger, material, window=window, params=params))
    if not everything:
        raise GateRefused(f"No movement lies in {window.words}.")
    checks.append(
        shadow_check(champion, challenger, everything, home=home, window=window, params=params)
    )
    progress("Comparing finds and calibration")
    for one in everything:
        checks += [value_check(one, gate), calibration_check(one, gate)]
    progress("Comparing posts")
    checks.append(posts_check(everything, gate))
    progress("Auditing what scores tell of plates")
    plates = Plates(
        plate_countries(ledger, since_u=window.since, until_u=2**63 - 1),
        vehicles_of(material.events, since_u=window.since),
    )
    checks += fairness_checks(everything, plates, features, params=gate, seed=params.seed)
    progress("Exchanging countries of plates")
    checks.append(swap_check(challenger, features, gate))
    return window.words, checks


def _champion(trained: Path, home: Path, ledger: Ledger) -> tuple[Champion | None, Check]:
    if read_pointer(trained, "champion") is None:
        why = "There is no champion to be worse than."
        return None, Check("champion", "", "ok", why, acceptable=False)
    try:
        champion = load_champion(trained, trusted=trusted_keys(home))
    except ModelError as error:
        return None, Check("champion", "", "refused", str(error), acceptable=False)
    if why_not := outdated(champion, ledger.features):
        return None, Check("champion", "", "ok", f"It is not compared with. {why_not}")
    return champion, Check("champion", "", "ok", f"{champion.version} serves.", acceptable=False)


def _justified(asked: Asked, found: Signed, home: Path) -> list[Signer]:
    """Everybody but the proposer who signed the justification, if it is about this challenger.

    Raises:
        GateRefused: when it is not.
    """
    if asked.justification is None:
        return []
    if found.sha256 not in asked.justification.read_text("utf-8"):
        raise GateRefused(
            f"{asked.justification} does not name the challenger it is about: {found.sha256}."
        )
    signed = [
        signer
        for signer in signers_of(asked.justification, home=home)
        if signer.key_id != found.pointer.signer
    ]
    if not signed:
        raise GateRefused(
            f"Nobody we trust but the proposer has signed {asked.justification}; sign it with: "
            "vardar signers sign FILE --key KEY"
        )
    return signed


def _reasons(checks: Sequence[Check], asked: Asked, *, justified: Sequence[Signer]) -> list[str]:
    reasons = []
    for check in checks:
        name = f"{check.name}, {check.about}" if check.about else check.name
        if check.verdict == "refused" and not (check.name == _JUSTIFIABLE and justified):
            reasons.append(f"{name}: {check.sentence}")
        if check.verdict == "insufficient" and not _accepted(check, asked):
            way_out = (
                " Wait for more inspections, or take it on you with --accept-insufficient REASON."
                if check.acceptable
                else ""
            )
            reasons.append(f"{name}: {check.sentence}{way_out}")
    return reasons


def _accepted(check: Check, asked: Asked) -> bool:
    return check.verdict == "insufficient" and check.acceptable and asked.accept is not None


def _record(
    found: Signed,
    champion: Champion | None,
    window: str,
    checks: Sequence[Check],
    reasons: Sequence[str],
    asked: Asked,
    *,
    justified: Sequence[Signer],
) -> dict[str, Any]:
    justification = None
    if asked.justification is not None:
        justification = {
            "file": asked.justification.name,
            "text": asked.justification.read_text("utf-8"),
            "sha256": sha256(asked.justification.read_bytes()).hexdigest(),
            "signed_by": [signer.key_id for signer in justified],
        }
    return {
        "format": 1,
        "verdict": "refused" if reasons else "passed",
        "reasons": list(reasons),
        "challenger": {"sha256": found.sha256, **found.pointer.model_dump(mode="json")},
        "champion": champion and {"sha256": champion.pointer_sha256, "version": champion.version},
        "asked_by": {"name": asked.by.name, "key_id": asked.by.key_id},
        "asked_at": asked.at.isoformat(timespec="seconds"),
        "window": window,
        "accepted": [f"{c.name}, {c.about}" for c in checks if _accepted(c, asked)],
        "accept_reason": asked.accept,
        "justification": justification,
        "checks": [asdict(check) for check in checks],
    }
