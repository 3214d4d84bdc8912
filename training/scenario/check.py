"""Is a made-up period fair? Neither noise nor a giveaway, as asked for, and its shocks visible.

`check_folder` judges one drawn period by the files and the truth beside them; `check_profile` draws
periods of a profile, judges each, and compares draws with and without each shock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from features.table import matrix
from models.rules import load_rules
from training.intervals import Figure
from training.scenario.check_controls import control_findings, controlled
from training.scenario.check_door import Entered, accounting, entered
from training.scenario.check_fields import giveaways, recorded_fields, single_field_auc
from training.scenario.check_models import TARGETS, oracle_share, ranked
from training.scenario.check_movements import Movements, movements_of, recorded_lines
from training.scenario.check_oracle import oracle_findings
from training.scenario.check_ranking import ranking_findings
from training.scenario.check_rates import rate_findings
from training.scenario.check_report import CheckReport, Finding, joined_reports, report_from
from training.scenario.check_shocks import shock_findings
from training.scenario.describe_files import Drawn, load_drawn
from training.scenario.draw import draw
from training.scenario.profile import SEEDS, Profile, load_profile

__all__ = [
    "CheckReport",
    "Finding",
    "check_folder",
    "check_profile",
    "check_shocks",
    "oracle_share",
    "single_field_auc",
]

_RULE_ARRIVES = "Every movement of the truth is in the ledger"

Progress = Callable[[str], None]


def check_folder(
    folder: Path, *, work: Path | None = None, progress: Progress | None = None
) -> CheckReport:
    """Checks one drawn period: every rule but that about shocks.

    It holds the whole period in memory and imports it: minutes and 3 GB for half a million
    movements.

    Args:
        folder: Where the period was drawn to.
        work: Where the import puts its ledger, which is removed in the end; by default where the
            system keeps temporary files.
        progress: Told what is under way.

    Raises:
        VardarError: There is no whole period in the folder.
    """
    tell = progress or (lambda _: None)
    drawn = load_drawn(folder)
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    movements = movements_of(folder)
    findings = [
        *oracle_findings(movements, drawn.profile, seed=drawn.seed),
        *rate_findings(movements, drawn.profile, drawn.configured, drawn.planted, seed=drawn.seed),
        *control_findings(
            {kind: controlled(folder, of, drawn.profile) for kind, of in movements.items()},
            drawn.profile,
            seed=drawn.seed,
        ),
    ]
    with TemporaryDirectory(dir=work) as temporary:
        imported = entered(drawn, Path(temporary), progress=tell)
    findings += accounting(imported.counts, drawn.planted, seed=drawn.seed)
    findings += _by_columns(drawn, movements, imported, tell)
    return CheckReport(f"{drawn.profile['name']}, seed {drawn.seed}", _in_order(findings))


def check_profile(
    profile_name: str, seeds: Sequence[int], work: Path, progress: Progress | None = None
) -> CheckReport:
    """Draws periods of a profile, checks each, and the shocks with the first seed.

    What an earlier run has finished is read from `work`, unless the profile, the generator or what
    it is judged by has changed since.

    Args:
        profile_name: A profile of `seeds/scenario.yaml`.
        seeds: Seeds of the periods.
        work: Where they are drawn, a folder a seed, and where the findings are kept.
        progress: Told what is under way.

    Raises:
        VardarError: There is no such profile.
    """
    profile = load_profile(profile_name)
    tell = progress or (lambda _: None)
    work.mkdir(parents=True, exist_ok=True)
    reports = [_checked(profile, seed, work, tell) for seed in seeds]
    reports += [check_shocks(profile, seed, work, tell) for seed in seeds[:1]]
    return joined_reports(f"{profile.name}, {len(seeds)} seeds", reports)


def check_shocks(
    profile: Profile, seed: int, work: Path, progress: Progress | None = None
) -> CheckReport:
    """Compares draws of a profile without and with each shock; kept in `work` like the others."""
    kept = work / f"{profile.name}-{seed}-shocks.json"

    def made() -> CheckReport:
        found = shock_findings(profile, seed=seed, work=work, progress=progress or (lambda _: None))
        return CheckReport(f"{profile.name}, shocks", tuple(found))

    return _resumed(kept, profile, made)


def _checked(profile: Profile, seed: int, work: Path, progress: Progress) -> CheckReport:
    def told(text: str) -> None:
        progress(f"{profile.name}, seed {seed}: {text}")

    def made() -> CheckReport:
        folder = work / f"{profile.name}-{seed}"
        told("Drawing")
        draw(profile, seed=seed, out=folder, processes=1)
        return check_folder(folder, work=work, progress=told)

    return _resumed(work / f"{profile.name}-{seed}.json", profile, made)


def _resumed(kept: Path, profile: Profile, made: Callable[[], CheckReport]) -> CheckReport:
    """The report kept there if it is of the same profile, generator and rules; else made anew."""
    mark = _fingerprint(profile)
    if kept.exists():
        stored = json.loads(kept.read_text(encoding="utf-8"))
        if stored.pop("fingerprint", None) == mark:
            return report_from(stored)
    report = made()
    text = json.dumps({"fingerprint": mark, **report.as_dict()}, indent=1)
    kept.write_text(text + "\n", encoding="utf-8")
    return report


def _fingerprint(profile: Profile) -> str:
    """Pins the profile, the program that draws and judges, and the files both read."""
    digest = sha256(json.dumps(asdict(profile), default=str, sort_keys=True).encode())
    program = Path(__file__).parents[2]
    for folder, pattern in (("features", "**/*.py"), ("training", "**/*.py"), ("models", "*.py")):
        for path in sorted((program / folder).glob(pattern)):
            digest.update(path.read_bytes())
    for path in sorted(p for p in SEEDS.rglob("*") if p.suffix in (".yaml", ".csv")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _by_columns(
    drawn: Drawn, movements: dict[str, Movements], imported: Entered, progress: Progress
) -> Iterator[Finding]:
    """What needs the registry's columns: giveaways, and what models and the rule list find."""
    columns = {
        kind: [column.name for column in imported.features.columns(kind, TARGETS["arms"])]
        for kind in movements
    }
    rules = load_rules(SEEDS / "rules.yaml", columns=columns)
    ranks = []
    for kind, mine in movements.items():
        row = _first_versions(imported.integers[kind], mine)
        missing = Figure(float((row < 0).sum()), np.nan, np.nan)
        yield Finding(_RULE_ARRIVES, drawn.seed, kind, "", missing, "0 missing", (row >= 0).all())
        if (row < 0).any():
            continue
        integers = imported.integers[kind].take(pa.array(row))
        progress(f"Single fields of {kind}s")
        fields = recorded_fields(recorded_lines(drawn.folder, mine))
        fields = {f"recorded {name}": values for name, values in fields.items()}
        fields |= _registry_fields(integers, imported.features, kind)
        yield from giveaways(mine, fields, seed=drawn.seed)
        del fields
        for risk in TARGETS:
            if mine.carries[risk].any():
                progress(f"Trees for {kind}s and {risk}")
                ranks.append(ranked(mine, risk, integers, features=imported.features, rules=rules))
    yield from ranking_findings(ranks, seed=drawn.seed)


def _registry_fields(
    integers: pa.Table, features: FeatureSet, kind: str
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.object_]]]:
    """Every column of the registry (n,), categories as texts; those of finds for each risk."""
    made = {}
    for risk, results in TARGETS.items():
        columns = features.columns(kind, results)
        X = matrix(integers, columns)
        for j, column in enumerate(columns):
            own = f"{column.name}" if "find" not in column.name else f"{column.name} ({risk})"
            values = X[:, j].copy()
            made[own] = _as_texts(values) if column.categorical else values
    return made


def _as_texts(codes: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray:
    texts = pd.Series(codes).astype("Int64").astype(object)
    return texts.where(texts.notna(), None).to_numpy()


def _first_versions(integers: pa.Table, movements: Movements) -> np.ndarray:
    """The row (n,) of the first version of each movement; -1 where there is none."""
    versions = pd.DataFrame(
        {
            "number": integers["source_record_id"].to_numpy(zero_copy_only=False),
            "version": integers["record_version"].to_numpy(),
        }
    )
    first = versions.sort_values("version", kind="stable").drop_duplicates("number")
    row = pd.Series(first.index.to_numpy(), index=first["number"])
    return row.reindex(movements.number).fillna(-1).to_numpy(dtype=np.int64)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings of a rule stand together, in the order in which rules first appear."""
    order = list(dict.fromkeys(finding.rule for finding in findings))
    return tuple(sorted(findings, key=lambda finding: order.index(finding.rule)))
