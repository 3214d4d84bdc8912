"""Is a made-up period fair? Neither noise nor a giveaway, as asked for, and its shocks visible.

`check_folder` judges one drawn period by the files and the truth beside them; `check_profile` draws
periods of a profile, judges each, and compares draws with and without each shock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from training.scenario.check.columns import column_findings
from training.scenario.check.controls import control_findings, controlled
from training.scenario.check.door import accounting, entered
from training.scenario.check.fields import single_field_auc
from training.scenario.check.models import oracle_share
from training.scenario.check.movements import movements_of
from training.scenario.check.oracle import oracle_findings
from training.scenario.check.ranking import apart_over_seeds
from training.scenario.check.rates import rate_findings
from training.scenario.check.report import CheckReport, Finding, joined_reports, report_from
from training.scenario.check.shocks import shock_findings
from training.scenario.describe.files import load_drawn
from training.scenario.files.draw import draw
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
    findings += column_findings(drawn, movements, imported, progress=tell)
    return CheckReport(f"{drawn.profile['name']}, seed {drawn.seed}", tuple(findings))


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
    title = f"{profile.name}, {len(seeds)} seeds"
    together = apart_over_seeds([one for report in reports for one in report.findings])
    reports.append(CheckReport(title, tuple(together)))
    reports += [check_shocks(profile, seed, work, tell) for seed in seeds[:1]]
    return joined_reports(title, reports)


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
    program = Path(__file__).parents[3]
    for folder, pattern in (("features", "**/*.py"), ("training", "**/*.py"), ("models", "*.py")):
        for path in sorted((program / folder).glob(pattern)):
            digest.update(path.read_bytes())
    for path in sorted(p for p in SEEDS.rglob("*") if p.suffix in (".yaml", ".csv")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
