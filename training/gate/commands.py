"""Commands of the gate: shadow, promote, rollback, fairness, and the keys of those who sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from features.commands import (
    HomeOption,
    JsonFlag,
    JsonOption,
    StoreOption,
    answer,
    console,
    write_figures,
)
from training.commands import ModelsOption, ParamsOption

KeyOption = Annotated[Path, typer.Option("--key", help="Your private key (PEM).", exists=True)]
EventsOption = Annotated[
    Path | None,
    typer.Option("--events", help="An export of the ledger; by default one is made.", exists=True),
]
TablesOption = Annotated[
    Path | None,
    typer.Option(
        "--tables", help="Features of that export, <subject>.parquet; by default they are made."
    ),
]

signers_app = typer.Typer(help="Who may sign heads, decisions and files.", no_args_is_help=True)


@signers_app.command("create")
def signers_create(
    name: Annotated[str, typer.Argument(help="A name for the key, such as second.")],
    home: HomeOption = Path("var"),
    json: JsonFlag = False,
) -> None:
    """Make a key for a person and trust it here. They take the private half away with them.

    Example: vardar signers create second --home var/demo
    """
    from training.gate.signers import create_signer

    made = create_signer(home, name)
    folder = home / "signers"
    private, public = folder / f"{name}.key", folder / f"{name}.key.pub"
    told = {"key_id": made.key_id, "name": name, "private": str(private), "public": str(public)}
    text = (
        f"Key {made.key_id} of {name}: {private}. Move it to where only {name} can read it; "
        f"{public} stays."
    )
    answer(told, text, as_json=json)


@signers_app.command("list")
def signers_list(home: HomeOption = Path("var"), json: JsonFlag = False) -> None:
    """List everybody whose signature counts here.

    Example: vardar signers list --home var/demo
    """
    from training.gate.signers import PROPOSER, trusted

    told = [
        {"key_id": s.key_id, "name": s.name, "may": "propose" if s.name == PROPOSER else "approve"}
        for s in trusted(home)
    ]
    may = {"propose": "proposes", "approve": "approves, rolls back"}
    lines = [f"{one['key_id']}  {one['name']}  ({may[one['may']]})" for one in told]
    answer(told, "\n".join(lines), as_json=json)


@signers_app.command("sign")
def signers_sign(
    file: Annotated[Path, typer.Argument(help="What to sign.", exists=True)],
    key: KeyOption,
    home: HomeOption = Path("var"),
    json: JsonFlag = False,
) -> None:
    """Sign a file, such as a justification; the signature lies beside it.

    Example: vardar signers sign justification.txt --key second.key --home var/demo
    """
    from training.gate.signers import sign_file, trusted_signer

    private, signer = trusted_signer(home, key)
    signature = sign_file(file, private)
    told = {"key_id": signer.key_id, "name": signer.name, "signature": str(signature)}
    answer(told, f"Signed by {signer.name} ({signer.key_id}): {signature}", as_json=json)


def shadow(
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    since: Annotated[
        str | None,
        typer.Option(
            help="From this UTC day on, YYYY-MM-DD; by default the first neither has learnt from."
        ),
    ] = None,
    events: EventsOption = None,
    tables: TablesOption = None,
    json: JsonOption = None,
) -> None:
    """Score the ledger's movements by challenger and champion, and say how far they agree.

    Nothing the challenger says is acted upon. The gate asks for at least 14 days of it.

    Example: vardar shadow --home var/demo
    """
    from dataclasses import replace
    from datetime import UTC, date, datetime, time

    from rich.table import Table

    from features.errors import VardarError
    from features.ledger.arrivals import microseconds
    from training.gate.log import append_decision
    from training.gate.reading import both_sides, material_of, opened
    from training.gate.shadow import run_shadow, shadow_days
    from training.gate.unseen import to_the_end, window_of
    from training.params import load_params

    asked = load_params(params)
    champion, challenger = both_sides(models, home, role="challenger")
    with opened(home, store) as ledger:
        material = material_of(
            ledger, home, params=asked, events=events, tables=tables, console=console
        )
    window = to_the_end(window_of(champion, challenger, material, params=asked), material)
    if since is not None:
        try:
            start = datetime.combine(date.fromisoformat(since), time(), tzinfo=UTC)
        except ValueError:
            raise VardarError(f"{since} is not a day; write it as YYYY-MM-DD.") from None
        window = replace(window, since=microseconds(start))
    now = datetime.now(UTC)
    with console.status("Scoring"):
        agreements = run_shadow(
            champion, challenger, material, home=home, window=window, params=asked, now=now
        )
    days = shadow_days(home, challenger.pointer_sha256)
    told = {"challenger": challenger.pointer_sha256, "days": days}
    append_decision(home, action="shadow", now=now, told=told)
    table = Table(
        "head", "scores", "rank correlation", "selected by both", "bands moved", "abstained"
    )
    figures: dict[str, float] = {"days": days}
    for of in agreements:
        table.add_row(
            of.head, f"{of.rows:,}", f"{of.rank_correlation:.3f}", f"{of.selected_by_both:.0%}",
            f"{of.bands_moved:.1%}", f"{of.abstained:.1%}",
        )  # fmt: skip
        name = of.head.replace("-", "_")
        figures[f"{name}_rank_correlation"] = of.rank_correlation
        figures[f"{name}_selected_by_both"] = of.selected_by_both
        figures[f"{name}_bands_moved"] = of.bands_moved
    console.print(table)
    console.print(f"{challenger.version} ran in shadow over {window.words}: {days} with movements.")
    write_figures(json, figures)


def promote(
    key: KeyOption,
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    accept_insufficient: Annotated[
        str | None,
        typer.Option(
            help="Take on you what too few hits cannot tell, for this reason; it is kept."
        ),
    ] = None,
    justification: Annotated[
        Path | None,
        typer.Option(help="A signed file that answers for selection rates.", exists=True),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge and keep the record, but change nothing.")
    ] = False,
    events: EventsOption = None,
    tables: TablesOption = None,
    json: JsonOption = None,
) -> None:
    """Ask the gate to let the challenger serve, under a second person's key.

    Every check is run and told; the record is kept whatever it says. Ends with status 1 if the
    challenger is refused.

    Example: vardar promote --home var/demo --key second.key
    """
    from datetime import UTC, datetime
    from hashlib import sha256

    from models.champion import promote_challenger
    from training.gate.deciding import Asked, decide
    from training.gate.integrity import proposed
    from training.gate.log import append_decision
    from training.gate.printed import flat_figures, print_checks
    from training.gate.reading import material_of, opened
    from training.gate.record import keep_record
    from training.gate.signers import trusted_signer
    from training.mirror import keep_aliases
    from training.params import load_params

    asked = load_params(params)
    private, signer = trusted_signer(home, key)
    proposed(models)
    who = Asked(signer, accept_insufficient, justification, datetime.now(UTC))
    with opened(home, store) as ledger:
        material = material_of(
            ledger, home, params=asked, events=events, tables=tables, console=console
        )
        with console.status("Judging") as status:
            decision = decide(
                models,
                home=home,
                ledger=ledger,
                material=material,
                params=asked,
                asked=who,
                progress=status.update,
            )
    path = keep_record(home, decision.record, decision.checks, key=private)
    print_checks(decision.checks, console)
    told = {
        "challenger": decision.challenger.sha256,
        "version": decision.challenger.pointer.version,
        "champion": decision.champion_sha256,
        "by": signer.key_id,
        "record_sha256": sha256(path.read_bytes()).hexdigest(),
    }
    action = "pass" if decision.passed else "refuse"
    append_decision(home, action=action, now=who.at, told=told)
    write_figures(json, flat_figures(decision.checks) | {"passed": decision.passed})
    console.print(f"The record: {path} and {path.with_suffix('.html').name}")
    if not decision.passed:
        typer.echo("Refused.")
        for reason in decision.reasons:
            typer.echo(f"- {reason}")
        raise typer.Exit(1)
    if dry_run:
        typer.echo("It would pass; nothing was changed.")
        return
    promote_challenger(models, key=private, pointer_sha256=decision.challenger.sha256)
    append_decision(home, action="promote", now=datetime.now(UTC), told=told)
    keep_aliases(home, models)
    typer.echo(
        f"{decision.challenger.pointer.version} serves from now on, signed by both; restart the "
        "service. The way back: vardar rollback"
    )


def rollback(
    key: KeyOption,
    home: HomeOption = Path("var"),
    models: ModelsOption = Path("models/trained"),
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    json: JsonOption = None,
) -> None:
    """Let the previous champion serve again, at once, under an operator's key.

    Example: vardar rollback --home var/demo --key second.key --reason "too many false alarms"
    """
    from datetime import UTC, datetime
    from time import perf_counter

    from models.champion import roll_back
    from training.gate.log import append_decision
    from training.gate.signers import trusted_keys, trusted_signer
    from training.mirror import keep_aliases

    start = perf_counter()
    private, signer = trusted_signer(home, key)
    before = roll_back(models, key=private, trusted=trusted_keys(home))
    seconds = perf_counter() - start
    told = {"champion": before.pointer_sha256, "by": signer.key_id, "reason": reason}
    append_decision(home, action="roll back", now=datetime.now(UTC), told=told)
    typer.echo(f"{before.version} serves again after {seconds:.2f} s; restart the service.")
    write_figures(json, {"seconds": seconds})
    # People's mirror comes last: the heads are back already.
    keep_aliases(home, models)


def fairness(
    params: ParamsOption = Path("params.yaml"),
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    models: ModelsOption = Path("models/trained"),
    role: Annotated[
        Literal["champion", "challenger"], typer.Option(help="Whom to audit.")
    ] = "champion",
    swaps: Annotated[
        int | None, typer.Option(min=2, help="How many plate countries to exchange.")
    ] = None,
    events: EventsOption = None,
    tables: TablesOption = None,
    json: JsonOption = None,
) -> None:
    """Audit what scores tell of the plate's country: areas, selection rates, exchanged plates.

    The country is read by this audit alone. Ends with status 1 if the audit refuses.

    Example: vardar fairness --home var/demo
    """
    from training.gate.fairness import Plates, fairness_checks, swap_check, vehicles_of
    from training.gate.plate_countries import plate_countries
    from training.gate.printed import flat_figures, print_checks
    from training.gate.reading import both_sides, material_of, opened
    from training.gate.unseen import judged, window_of
    from training.params import load_params

    asked = load_params(params)
    gate = asked.gate if swaps is None else asked.gate.model_copy(update={"swaps": swaps})
    champion, audited = both_sides(models, home, role=role)
    with opened(home, store) as ledger:
        material = material_of(
            ledger, home, params=asked, events=events, tables=tables, console=console
        )
        window = window_of(champion, audited, material, params=asked)
        everything = list(judged(champion, audited, material, window=window, params=asked))
        plates = Plates(
            plate_countries(ledger, since_u=window.since, until_u=2**63 - 1),
            vehicles_of(material.events, since_u=window.since),
        )
        checks = [
            *fairness_checks(everything, plates, material.features, params=gate, seed=asked.seed),
            swap_check(audited, material.features, gate),
        ]
    console.print(f"The {role}, {audited.version}, on movements of {window.words}:")
    print_checks(checks, console)
    write_figures(json, flat_figures(checks))
    if any(check.verdict == "refused" for check in checks):
        raise typer.Exit(1)
