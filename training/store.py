"""Where training keeps heads and their baselines: a folder each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from shutil import rmtree

from models.champion import RulesOnly
from models.files import canonical_json, write_whole
from models.heads import MANIFEST, load_head, save_head
from training.errors import HeadsMissing
from training.heads import TrainedHead

#: In a head's folder instead of a head: why rules and chance serve.
RULES_ONLY = "rules_only.json"
BASELINES = "baselines"


def save_trained(trained: Mapping[str, TrainedHead | RulesOnly], folder: Path) -> None:
    """Write heads and baselines; a head that there is no longer leaves nothing behind."""
    for name, made in trained.items():
        rmtree(folder / name, ignore_errors=True)
        rmtree(folder / BASELINES / name, ignore_errors=True)
        if isinstance(made, RulesOnly):
            write_whole(folder / name / RULES_ONLY, canonical_json(made.model_dump()))
            continue
        save_head(made.head, folder / name)
        save_head(made.logistic, folder / BASELINES / name)
    (folder / BASELINES).mkdir(parents=True, exist_ok=True)


def load_trained(
    folder: Path, names: Collection[str] | None = None
) -> dict[str, TrainedHead | RulesOnly]:
    """The heads in a folder and their baselines, by name.

    Args:
        folder: Where they lie.
        names: Only heads of these names.

    Raises:
        HeadsMissing: if there are none.
        ModelError: if one is not whole.
    """
    found: dict[str, TrainedHead | RulesOnly] = {}
    for path in sorted([*folder.glob(f"*/{RULES_ONLY}"), *folder.glob(f"*/{MANIFEST}")]):
        name = path.parent.name
        if names is not None and name not in names:
            continue
        if path.name == RULES_ONLY:
            found[name] = RulesOnly.model_validate_json(path.read_bytes())
            continue
        found[name] = TrainedHead(
            head=load_head(path.parent, manifest_sha256=None),
            logistic=load_head(folder / BASELINES / name, manifest_sha256=None),
        )
    if not found:
        raise HeadsMissing(f"There are no trained heads in {folder}; make some with: vardar train")
    return found
