"""Commands over the catalogue of features: its data dictionary, and its tables of whole ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from features.commands import (
    HomeOption,
    JsonOption,
    StoreOption,
    console,
    open_store,
    write_figures,
)

if TYPE_CHECKING:
    from features.engines import Engine

EngineOption = Annotated[
    str, typer.Option("--engine", help="duckdb, or spark where one machine is too small.")
]
MasterOption = Annotated[
    str,
    typer.Option("--master", help="Where Spark runs: local[2], or a cluster's spark:// address."),
]
MemoryOption = Annotated[
    str, typer.Option("--memory", help="What the engine may hold in memory before it spills.")
]


def write_dictionary(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the file is out of date.")
    ] = False,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the entries to this file as JSON.")
    ] = None,
) -> None:
    """Write the data dictionary of all features, features/DICTIONARY.md, from the catalogue.

    Example: vardar dictionary --json dictionary.json
    """
    from features.dictionary import COMMAND, PATH, as_json, entries, markdown
    from features.errors import VardarError
    from features.registry import SUBJECTS, FeatureSet

    features = FeatureSet()
    text = markdown(features)
    if json is not None:
        json.write_bytes(orjson.dumps(as_json(features), option=orjson.OPT_INDENT_2) + b"\n")
    if check:
        if not PATH.exists() or PATH.read_text("utf-8") != text:
            raise VardarError(f"{PATH} is out of date; write it anew: {COMMAND}")
        typer.echo(f"{PATH} is up to date.")
        return
    PATH.write_text(text, "utf-8")
    told = " and ".join(f"{len(entries(features, s))} features of a {s}" for s in SUBJECTS)
    typer.echo(f"Wrote {PATH}: {told}.")


def feature_tables(
    folder: Annotated[Path, typer.Argument(help="Where the tables go, a file for each month.")],
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    events: Annotated[
        Path | None,
        typer.Option(help="An export to read instead of the store.", exists=True, file_okay=False),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="As it was known then, such as 2026-05-01T00:00:00Z; by default now."
        ),
    ] = None,
    subject: Annotated[
        list[str] | None, typer.Option(help="consignment or crossing; by default both.")
    ] = None,
    engine: EngineOption = "duckdb",
    master: MasterOption = "local[2]",
    memory: MemoryOption = "3GiB",
    json: JsonOption = None,
) -> None:
    """Make the table of features of every movement, each as of the moment it became known.

    The integers that scores and training are made of, one row a version of a movement. An
    interrupted run goes on where it stopped. Outcomes known by then are in FOLDER/events.

    Example: vardar features data/tables --home var/demo --as-of 2026-05-01T00:00:00Z
    """
    from features.errors import VardarError
    from features.ledger.export import export, load_features
    from features.registry import SUBJECTS
    from features.table import write_table

    if unknown := sorted(set(subject or ()) - set(SUBJECTS)):
        raise VardarError(f"There is no subject {unknown[0]}; use {' or '.join(SUBJECTS)}.")
    if events is not None and as_of is not None:
        raise VardarError("--as-of reads the store; leave out --events, or export until then.")
    until_u = None if as_of is None else _moment(as_of)
    if events is None:
        events = folder / "events"
        ledger = open_store(home, store)
        try:
            with console.status("Exporting"):
                exported = export(ledger, events, until_u=until_u)
        finally:
            ledger.close()
        console.print(f"Exported {exported.rows:,} rows.")
    features = load_features(events)
    figures = {}
    for one in subject or SUBJECTS:
        chosen = engine_of(engine, master=master, memory=memory)
        with console.status(f"Features of {one}s") as status:
            # What is told is each step by itself: it names what it is about.
            written = write_table(
                events, folder, features, one, engine=chosen, progress=status.update
            )
        console.print(f"{written.rows:,} {one}s in {len(written.files)} files in {folder}.")
        figures[f"{one}_rows"] = written.rows
    write_figures(json, figures)


def engine_of(name: str, *, master: str, memory: str) -> Engine:
    """The engine of that name.

    Raises:
        VardarError: if there is none.
    """
    from features.engines import Engine
    from features.errors import VardarError

    match name:
        case "duckdb" | "spark":
            return Engine(kind=name, master=master, memory=memory)
        case _:
            raise VardarError(f"There is no engine {name}; use duckdb or spark.")


def _moment(text: str) -> int:
    """Microseconds since 1970 UTC."""
    from datetime import datetime

    from features.errors import VardarError
    from features.ledger.arrivals import microseconds

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise VardarError(f"{text} is no moment; write it as 2026-05-01T00:00:00Z.") from None
    if at.tzinfo is None:
        raise VardarError(f"{text} has no zone; end it with Z for UTC.")
    return microseconds(at)
