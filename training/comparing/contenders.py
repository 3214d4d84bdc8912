"""Which heads are compared: those that serve, and those that would replace them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.champion import RulesOnly, read_pointer
from models.heads import load_head
from models.risk_model import RiskModel
from training.heads import TrainedHead
from training.store import load_trained


@dataclass(frozen=True)
class Contenders:
    """Heads by name.

    Attributes:
        champions: The heads that serve, each with its logistic baseline, or why there is none.
        challengers: Those that would replace them.
        about: Sentences that say which is which.
    """

    champions: Mapping[str, TrainedHead | RulesOnly]
    challengers: Mapping[str, RiskModel]
    about: tuple[str, ...]


def contenders(models: Path, names: Collection[str], *, challenger: Path | None) -> Contenders:
    """The heads to compare.

    The champion is what the pointer names, or what training wrote last where there is no pointer.
    The challenger is what lies in the folder given; else what the challenger's pointer names; else
    what training wrote last, where that is another head than the champion. Every byte of a head is
    held against its hash; who signed a pointer is the service's and the gate's business.

    Args:
        models: The folder of trained heads.
        names: Only heads of these names.
        challenger: A folder of trained heads.

    Raises:
        HeadsMissing: if a folder holds none.
        ModelError: if a head or a pointer is not whole.
    """
    last = load_trained(models, names)
    serving, version = _pointed(models, "champion", names)
    champions: dict[str, TrainedHead | RulesOnly] = {
        name: replace(made, head=serving[name])
        if isinstance(made, TrainedHead) and name in serving
        else made
        for name, made in last.items()
    }
    if challenger is not None:
        found = load_trained(challenger, names)
        challengers = {n: m.head for n, m in found.items() if isinstance(m, TrainedHead)}
        come_from = f"the heads in {challenger.name}"
    else:
        challengers, proposed = _pointed(models, "challenger", names)
        come_from = f"version {proposed}, which runs in shadow"
        if not challengers:
            come_from = "what training wrote last"
            challengers = {
                name: made.head
                for name, made in last.items()
                if isinstance(made, TrainedHead)
                and name in serving
                and made.head.manifest_sha256 != serving[name].manifest_sha256
            }
    about = [
        f"Head: version {version}, which serves." if serving else "Head: the one trained last."
    ]
    about.append(
        f"Challenger: {come_from} ({', '.join(sorted(challengers))})."
        if challengers
        else "There is no challenger."
    )
    return Contenders(champions, challengers, tuple(about))


def _pointed(models: Path, role: str, names: Collection[str]) -> tuple[dict[str, RiskModel], str]:
    """Heads that a pointer names, and its version; none where there is no pointer."""
    found = read_pointer(models, "champion" if role == "champion" else "challenger")
    if found is None:
        return {}, ""
    heads = {
        name: load_head(models / "promoted" / digest, manifest_sha256=digest)
        for name, digest in found.pointer.heads.items()
        if name in names
    }
    return heads, found.pointer.version
