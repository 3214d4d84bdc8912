"""Promises as commands: each measures one, prints a table, and says its figures to a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.commands import JsonOption, console, write_figures
from training.commands import ParamsOption

if TYPE_CHECKING:
    from training.assurance.abstention import Silence
    from training.assurance.period_heads import Learnt

SeedsOption = Annotated[
    int, typer.Option("--seeds", min=1, help="How many made-up periods, from --first-seed on.")
]
FirstSeedOption = Annotated[int, typer.Option("--first-seed", help="The first period's seed.")]
ProfileOption = Annotated[str, typer.Option("--profile", help="Which made-up periods.")]
WorkOption = Annotated[
    Path,
    typer.Option(
        "--work",
        envvar="VARDAR_PERIODS",
        help="Where made-up periods and their heads are kept for later runs.",
    ),
]
KcsOption = Annotated[
    Path | None,
    typer.Option("--kcs", help="Folder of the published Korean declarations (see README)."),
]
ModelsOption = Annotated[
    Path | None, typer.Option("--models", help="Test these heads, on the records of --home.")
]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The deployment that --models were trained in.")
]
WORK, PARAMS = Path("var/periods"), Path("params.yaml")


def abstention(
    seeds: SeedsOption = 1,
    first_seed: FirstSeedOption = 1,
    profile: ProfileOption = "measure",
    work: WorkOption = WORK,
    params: ParamsOption = PARAMS,
    kcs: KcsOption = None,
    models: ModelsOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Count how often heads keep silent about movements unlike any they learnt from, and about others.

    Ordinary movements of the test days must be scored; the same movements changed into another
    regime must not. Each family of changes counts alike. With --kcs, real declarations of another
    country are one more family. Figures in the JSON are shares: 0.95 is 95 %.

    Example: vardar abstention --seeds 1 --json abstention.json
    """
    from training.assurance.abstention import (
        abstention_figures,
        abstention_tables,
        pooled,
        silences,
    )
    from training.params import load_params

    asked = load_params(params)
    found: list[Silence] = []
    with steps() as progress:
        foreign = None
        if kcs is not None:
            from training.assurance.korean import SUBJECT, korean_declarations

            foreign = korean_declarations(kcs, work, progress=progress).movements[SUBJECT]
        for learnt in _learnt(seeds, first_seed, profile, work, params, models, home, progress):
            for name, made in learnt.heads.items():
                progress(f"{learnt.name}: asking {name}")
                subject = made.head.card.subject
                found += silences(
                    made.head,
                    learnt.movements[subject],
                    learnt.outcomes,
                    features=learnt.features,
                    params=asked,
                    seed=learnt.seed,
                    foreign=foreign if subject == "consignment" else None,
                )
    for table in abstention_tables(pooled(found)):
        console.print(table)
    write_figures(json, abstention_figures(pooled(found)))


def calibration(
    seeds: SeedsOption = 1,
    first_seed: FirstSeedOption = 1,
    profile: ProfileOption = "measure",
    work: WorkOption = WORK,
    params: ParamsOption = PARAMS,
    json: JsonOption = None,
) -> None:
    """Compare heads' probabilities with the true risk of every movement, band by band.

    "Off by" is the expected calibration error as a share of the true rate: over the bands for a
    whole head, within the band for one. "To be found" is the true risk times the chance that an
    inspection, at the levels at which each stratum is controlled, finds and records what is there;
    "carried" is the true risk itself. Intervals are over periods where there are several, else over
    the movements of the only one.

    Example: vardar calibration --seeds 5 --json calibration.json
    """
    from training.assurance.calibration_by_truth import judged
    from training.assurance.calibration_table import (
        calibration_figures,
        calibration_table,
        lines_of,
    )
    from training.params import load_params
    from training.scenario.profile import load_profile

    asked, outcomes = load_params(params), load_profile(profile).outcomes
    found = []
    with steps() as progress:
        for learnt in _learnt(seeds, first_seed, profile, work, params, None, None, progress):
            for name in learnt.heads:
                progress(f"{learnt.name}: {name} by the truth")
                found.append(judged(learnt, name, params=asked, outcomes=outcomes))
        lines = lines_of(found)
    console.print(calibration_table(lines))
    write_figures(json, calibration_figures(lines))


def faithfulness(
    movements: Annotated[
        int, typer.Option(min=10, help="How many movements each head explains.")
    ] = 2000,
    seeds: SeedsOption = 1,
    first_seed: FirstSeedOption = 1,
    profile: ProfileOption = "measure",
    work: WorkOption = WORK,
    params: ParamsOption = PARAMS,
    models: ModelsOption = None,
    home: HomeOption = None,
    json: JsonOption = None,
) -> None:
    """Put the reasons heads give to the test, on movements of the test days.

    Contributions must sum to the margin; each printed reason must be true of the record, with its
    value derived anew and its sentence read back; and deleting the three reasons that raise a score
    most must lower it more than deleting three others. A deleted reason's columns take the values of
    other movements, all of them together, and the margin is averaged over fifty. "Others that raise"
    are the harder comparison.

    Example: vardar faithfulness --movements 2000 --json faithfulness.json
    """
    from training.assurance.faithfulness import faithful
    from training.assurance.faithfulness_table import (
        added_up,
        faithfulness_figures,
        faithfulness_table,
    )
    from training.params import load_params

    asked = load_params(params)
    found = []
    with steps() as progress:
        for learnt in _learnt(seeds, first_seed, profile, work, params, models, home, progress):
            for name in learnt.heads:
                progress(f"{learnt.name}: explaining {movements:,} movements by {name}")
                found.append(
                    faithful(learnt, name, movements=movements, params=asked, seed=learnt.seed)
                )
    console.print(faithfulness_table(added_up(found)))
    for fault in [fault for of in found for fault in of.untrue][:10]:
        console.print(f"Not true: {fault}")
    write_figures(json, faithfulness_figures(added_up(found)))


def swap(
    movements: Annotated[
        int, typer.Option(min=1, help="How many different crossings; half have a past.")
    ] = 50,
    countries: Annotated[
        int, typer.Option(min=2, help="How many countries each crossing's plate is of.")
    ] = 40,
    models: Annotated[
        Path, typer.Option("--models", envvar="VARDAR_MODELS", help="The folder of trained heads.")
    ] = Path("models/trained"),
    seed: Annotated[int, typer.Option(help="Another seed, other crossings.")] = 1,
    json: JsonOption = None,
) -> None:
    """Send crossings to two real services, the plates' countries exchanged, and compare the answers.

    Both have the same secret, heads, history and clock; every byte of an answer but ids and moments
    must be the same. Two minutes for 50 crossings with 40 countries each. Ends with status 1 if any
    answer differs.

    Example: vardar swap --movements 50 --countries 40 --json swap.json
    """
    from tempfile import TemporaryDirectory

    from rich.table import Table

    from training.assurance.swap import swapped

    with steps() as progress, TemporaryDirectory() as work:
        found = swapped(
            models, Path(work), crossings=movements, plates=countries, seed=seed, progress=progress
        )
    table = Table("answers compared", "countries", "different risks told", "answers that differ")
    table.add_row(
        f"{found.answers:,}",
        f"{found.countries:,}",
        f"{found.distinct:,}",
        f"{found.differing:,}",
    )
    console.print(table)
    write_figures(
        json,
        {
            "differing": found.differing,
            "answers": found.answers,
            "countries": found.countries,
            "distinct": found.distinct,
        },
    )
    if found.first is not None:
        console.print("The first that differ:", *(answer.decode() for answer in found.first))
        raise typer.Exit(1)


def transfer(
    draws: Annotated[
        int, typer.Option(min=1, help="How often rows are shuffled, or few hits drawn.")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Another seed, other draws.")] = 1,
    params: ParamsOption = PARAMS,
    work: WorkOption = WORK,
    kcs: KcsOption = Path("kcs"),
    json: JsonOption = None,
) -> None:
    """Compare the default head with its parts on data nobody tuned the settings to.

    Tables that scikit-learn carries, and the Korean declarations where --kcs has them: the head as
    the default settings make it, trees alone, and logistic regression, learning from all hits and
    from 150, 50 and 20. "Loses" is the regression's AUC less the head's; intervals by DeLong.

    Example: vardar transfer --kcs kcs --json transfer.json
    """
    from training.assurance.korean import korean_declarations, korean_params
    from training.assurance.plain_tables import carried_tables, korean_table
    from training.assurance.transfer import all_compared, transfer_figures, transfer_table
    from training.errors import NothingToLearn
    from training.params import load_params

    fit = load_params(params).fit
    shuffled = (carried_tables(seed + i) for i in range(draws))
    tables = [list(of) for of in zip(*shuffled, strict=True)]
    left_out = None
    found = []
    with steps() as progress:
        if kcs is not None:
            try:
                read = korean_declarations(kcs, work, progress=progress)
                tables += [[korean_table(read, name)] * draws for name in korean_params().targets]
            except NothingToLearn as error:
                left_out = f"Left out: {error}"
        for made in all_compared(tables, params=fit, seed=seed):
            progress(f"{made.table}: {made.hits:,} hits")
            found.append(made)
    console.print(transfer_table(found))
    if left_out:
        console.print(left_out)
    write_figures(json, transfer_figures(found))


def _learnt(
    seeds: int,
    first_seed: int,
    profile: str,
    work: Path,
    params: Path,
    models: Path | None,
    home: Path | None,
    progress: Callable[[str], None],
) -> Iterator[Learnt]:
    """The heads a command tests: those of a deployment if it names one, else of made-up periods."""
    from training.assurance.period_heads import learnt_home, learnt_period
    from training.errors import HeadsMissing
    from training.params import load_params
    from training.scenario.profile import load_profile

    asked = load_params(params)
    if models is not None and home is not None:
        yield learnt_home(home, models, params=asked, progress=progress)
        return
    if models is not None or home is not None:
        raise HeadsMissing("Give --models and --home together, or neither for made-up periods.")
    drawn = load_profile(profile)
    for seed in range(first_seed, first_seed + seeds):
        yield learnt_period(drawn, seed, work, params=asked, progress=progress)


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Something to tell each step to; it shows on the terminal's other stream."""
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield status.update
