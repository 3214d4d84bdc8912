"""One head as documents tell it: what it is made of, how good it was, what it leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from models.errors import InvalidPolicyError
from models.heads import MANIFEST, read_head_files
from models.policy import Policy
from models.risk_model import RiskModel
from training.documents.deployment_form import Capacity
from training.documents.evaluation_file import read_evaluation
from training.documents.measured import Comparison, compared, in_groups
from training.documents.weighing import weighing
from training.report import EVALUATION


@dataclass(frozen=True, eq=False)
class Head:
    """One head, what it is made of, and how good it was.

    Attributes:
        files: SHA-256 of each of its files.
        figures: What was measured, slice by slice, beside what else an office could do.
        groups: The same by post, mode or class, band, and typology.
        unmeasured: Why there are no figures of it; "" if there are.
        weighs: Reason groups that decide most, with their share, most first.
        thresholds: Action and the probability from which it is recommended at the capacity given.
    """

    model: RiskModel
    files: Mapping[str, str]
    figures: Sequence[Comparison]
    groups: Sequence[Comparison]
    unmeasured: str
    weighs: Sequence[tuple[str, float]]
    thresholds: Sequence[tuple[str, float]]


def documented(
    model: RiskModel, among: Sequence[RiskModel], *, folder: Path, reports: Path, capacity: Capacity
) -> Head:
    """What there is to tell of a head.

    Args:
        model: The head.
        among: All heads that serve, it included: they share the capacity.
        folder: Of trained heads.
        reports: Folder of the evaluation.
        capacity: Of the deployment.

    Raises:
        VardarError: if its files were altered, or the report cannot be read.
    """
    name, manifest = model.card.name, model.manifest_sha256 or ""
    kept = folder / "promoted" / manifest
    latest = folder / name
    files, _ = read_head_files(kept if kept.exists() else latest, manifest_sha256=manifest)
    results = read_evaluation(reports / EVALUATION)
    figures, groups = compared(results, name), in_groups(results, name)
    unmeasured = "" if figures else "The report of the evaluation holds no figures of this head."
    manifest_of_latest = latest / MANIFEST
    if (
        not manifest_of_latest.exists()
        or manifest != sha256(manifest_of_latest.read_bytes()).hexdigest()
    ):
        figures, groups = [], []
        unmeasured = (
            "The report of the evaluation is about heads that training wrote later than this one; "
            "its figures are not told as this head's. Evaluate the head that serves."
        )
    return Head(
        model=model,
        files={file: sha256(content).hexdigest() for file, content in sorted(files.items())},
        figures=figures,
        groups=groups,
        unmeasured=unmeasured,
        weighs=weighing(model),
        thresholds=_thresholds(model, capacity, among),
    )


def _thresholds(
    model: RiskModel, capacity: Capacity, models: Sequence[RiskModel]
) -> list[tuple[str, float]]:
    shares = (capacity.inspect_share, capacity.document_share, capacity.random_share)
    if None in shares:
        return []
    inspect, documents, chance = (share or 0.0 for share in shares)
    same_subject = [m.card for m in models if m.card.subject == model.card.subject]
    try:
        policy = Policy.for_capacity(
            same_subject, inspect_share=inspect, document_share=documents, random_share=chance
        )
    except InvalidPolicyError:
        # A head from before thresholds were kept in cards.
        return []
    risk = model.card.risk
    return [("inspect", policy.inspect_at[risk]), ("check documents", policy.documents_at[risk])]
