"""Commands over records and the ledger: import, quarantine, rebuild, export, keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

if TYPE_CHECKING:
    from features.ledger.staging import Counts
    from features.ledger.store import Ledger
    from features.records.mapping import ImportMapping

HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="VARDAR_HOME", help="Where the deployment's secrets lie."),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="VARDAR_STORE",
        help="sqlite:///FILE or postgresql://…; by default HOME/ledger.db.",
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write the figures to this file as JSON.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for machines.")]

console = Console()
#: What is said of work under way: beside the answer, not in it.
_aside = Console(stderr=True)


def open_store(home: Path, store: str | None, *, create: bool = False) -> Ledger:
    """The ledger of a deployment, by its home and its store's address."""
    from features.ledger.keyring import load_keyring
    from features.ledger.store import open_ledger

    keyring = load_keyring(home / "secret.key", create=create)
    return open_ledger(store or f"sqlite:///{home}/ledger.db", keyring)


def write_figures(path: Path | None, figures: dict[str, Any]) -> None:
    """Write an object whose key `figures` maps flat names to numbers."""
    if path is not None:
        path.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2) + b"\n")


def answer(told: object, text: str, *, as_json: bool) -> None:
    """Print what was done: as JSON for machines, or as a text for people."""
    typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() if as_json else text)


def import_files(
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files.", exists=True)],
    mapping: Annotated[Path, typer.Option(help="The import mapping (YAML).", exists=True)],
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    stage_only: Annotated[
        bool, typer.Option("--stage-only", help="More files follow: do not seal yet.")
    ] = False,
    backfill: Annotated[
        bool,
        typer.Option(
            "--backfill", help="Old events take their place in time, in a new ledger epoch."
        ),
    ] = False,
    json: JsonOption = None,
) -> None:
    """Import records from files and seal them into the ledger.

    Every line ends as accepted, accepted with flags, quarantined or duplicate. An interrupted
    import goes on where it stopped when it is started again.

    Example: vardar import --mapping seeds/mappings/kcs.yaml --home var/kcs train.csv.gz
    """
    from features.ledger.sealing import seal
    from features.ledger.staging import Counts
    from features.records.mapping import load_mapping

    loaded = load_mapping(mapping)
    ledger = open_store(home, store, create=True)
    total = Counts()
    try:
        for path in files:
            counts = _staged(ledger, loaded, path)
            total += counts
        figures = _counts(total)
        if not stage_only:
            with console.status("Sealing") as status:
                sealed = seal(
                    ledger,
                    features=_features(ledger, loaded),
                    backfill=backfill,
                    progress=lambda count: status.update(f"Sealing: {count:,} records"),
                )
            console.print(f"Sealed {sealed.records:,} records; {sealed.left_out:,} stood already.")
            figures["sealed_records"] = sealed.records
    finally:
        ledger.close()
    if len(files) > 1:
        _print_counts("all files", total)
    write_figures(json, figures)


def map_line(
    file: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", exists=True)],
    mapping: Annotated[Path, typer.Option(help="The import mapping (YAML).", exists=True)],
    line: Annotated[int, typer.Option(min=1, help="Which line of data; the first is 1.")] = 1,
    kind: Annotated[
        str, typer.Option(help="Which of the records the line becomes.")
    ] = "consignment",
    as_id: Annotated[
        str | None, typer.Option(help="Print it under another source_record_id.")
    ] = None,
) -> None:
    """Print the record that a file's line becomes, as JSON that the service takes.

    Example: vardar map test.csv.gz --mapping seeds/mappings/kcs.yaml --line 5 | curl --json @- URL
    """
    from itertools import islice

    from features.errors import VardarError
    from features.records.mapping import load_mapping, payloads

    loaded = load_mapping(mapping)
    for found in islice(loaded.lines(file, skip=line - 1), 1):
        made = dict(payloads(loaded.input_of(file), found))
        if kind not in made:
            raise VardarError(f"Line {line} becomes {', '.join(made)}; choose with --kind.")
        changes = {} if as_id is None else {"source_record_id": as_id}
        typer.echo(orjson.dumps(made[kind] | changes, option=orjson.OPT_INDENT_2))
        return
    raise VardarError(f"The file {file.name} has no line {line}.")


def rebuild_states(
    home: HomeOption = Path("var"), store: StoreOption = None, json: JsonFlag = False
) -> None:
    """Derive every event anew and build all feature states, after the features have changed.

    Example: vardar rebuild --home var/demo
    """
    from features.ledger.rebuilding import rebuild

    ledger = open_store(home, store)
    try:
        with _aside.status("Rebuilding") as status:
            count = rebuild(ledger, progress=lambda n: status.update(f"Rebuilding: {n:,} rows"))
    finally:
        ledger.close()
    answer({"rows": count}, f"Rebuilt the states of {count:,} ledger rows.", as_json=json)


def compact_states(
    home: HomeOption = Path("var"), store: StoreOption = None, json: JsonOption = None
) -> None:
    """Throw away feature states that nothing reads any more; scores stay what they would be.

    Those of keys that no window and no "ever seen" remembers. The service may go on meanwhile;
    an SQLite file keeps its size and uses the space again.

    Example: vardar compact --home var/demo --json compacted.json
    """
    from dataclasses import asdict

    from features.ledger.compaction import compact

    ledger = open_store(home, store)
    try:
        with console.status("Compacting") as status:
            done = compact(ledger, progress=lambda n: status.update(f"Compacting: {n:,} keys"))
    finally:
        ledger.close()
    console.print(
        f"Looked at {done.keys:,} keys; removed {done.rows:,} rows, {done.bytes:,} bytes."
    )
    write_figures(json, asdict(done))


def export_ledger(
    folder: Annotated[Path, typer.Argument(help="Where the Parquet files go.")],
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Export the ledger to Parquet, a file for each month.

    Example: vardar export data/events --home var/demo
    """
    from features.ledger.export import export

    ledger = open_store(home, store)
    try:
        exported = export(ledger, folder)
    finally:
        ledger.close()
    answer(
        {"rows": exported.rows, "files": [str(file) for file in exported.files]},
        f"Exported {exported.rows:,} rows to {len(exported.files)} files in {folder}.",
        as_json=json,
    )


quarantine_app = typer.Typer(
    help="What was not taken, why, and how to hand it in again.", no_args_is_help=True
)


@quarantine_app.command("list")
def quarantine_list(
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    most: Annotated[int, typer.Option(min=1, help="How many to list, oldest first.")] = 50,
    json: JsonOption = None,
) -> None:
    """List what waits to be mended.

    Example: vardar quarantine list --home var/demo
    """
    from dataclasses import asdict

    from rich.table import Table

    from features.ledger.connection import reading
    from features.ledger.quarantine import count_waiting, waiting

    ledger = open_store(home, store)
    try:
        with reading(ledger.engine) as connection:
            rows = waiting(connection, most=most)
            total = count_waiting(connection)
    finally:
        ledger.close()
    if json is not None:
        json.write_bytes(orjson.dumps([asdict(row) for row in rows]))
    table = Table("number", "door", "line", "field", "rule", "message")
    for row in rows:
        for problem in row.problems:
            table.add_row(
                str(row.quarantine_id),
                row.door,
                "" if row.line is None else str(row.line),
                problem["field"],
                problem["rule"],
                problem["message"],
            )
    console.print(table)
    console.print(f"{len(rows):,} of {total:,} that wait; more with --most.")


@quarantine_app.command("show")
def quarantine_show(number: int, home: HomeOption = Path("var"), store: StoreOption = None) -> None:
    """Print a quarantined line as it came in, as JSON that can be mended and resubmitted.

    Example: vardar quarantine show 17 > line.json
    """
    typer.echo(_opened(number, home, store))


@quarantine_app.command("resubmit")
def quarantine_resubmit(
    number: int,
    file: Annotated[Path, typer.Argument(help="The mended line, as `show` printed it.")],
    mapping: Annotated[Path, typer.Option(help="The import mapping (YAML).", exists=True)],
    home: HomeOption = Path("var"),
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Hand in a mended line; it is known from now on.

    Example: vardar quarantine resubmit 17 line.json --mapping seeds/mappings/kcs.yaml
    """
    from features.errors import VardarError
    from features.ledger.connection import reading, writing
    from features.ledger.quarantine import mark_resubmitted, waiting_under
    from features.ledger.sealing import seal
    from features.ledger.staging import stage_lines
    from features.records.mapping import Line, load_mapping

    loaded = load_mapping(mapping)
    ledger = open_store(home, store)
    try:
        with reading(ledger.engine) as connection:
            found = waiting_under(connection, number)
        if found is None:
            raise VardarError(f"No line waits under number {number}; see: vardar quarantine list")
        source = loaded.input_of(Path(found.door))
        line = Line(found.line or 0, orjson.loads(file.read_bytes()))
        counts = stage_lines(ledger, source, [line], door=found.door)
        with writing(ledger.engine) as connection:
            mark_resubmitted(connection, number, at=ledger.clock())
        seal(ledger, features=_features(ledger, loaded))
    finally:
        ledger.close()
    answer(_counts(counts), _counts_in_words(f"number {number}", counts), as_json=json)


keys_app = typer.Typer(help="The secrets of a deployment.", no_args_is_help=True)


@keys_app.command("create")
def keys_create(home: HomeOption = Path("var"), json: JsonFlag = False) -> None:
    """Create the secret that pseudonyms and sealed identifiers depend on. Keep a copy of it.

    Example: vardar keys create --home var
    """
    from features.errors import VardarError
    from features.ledger.keyring import load_keyring

    path = home / "secret.key"
    if path.exists():
        raise VardarError(f"There is a secret at {path} already; it is never overwritten.")
    load_keyring(path, create=True)
    text = f"Wrote {path}. Without it no identifier can be opened: keep a copy apart."
    answer({"file": str(path)}, text, as_json=json)


def _staged(ledger: Ledger, mapping: ImportMapping, path: Path) -> Counts:
    from features.ledger.staging import stage_file

    dropped = mapping.unmapped_columns(path)
    if dropped:
        console.print(f"{path.name}: columns not mapped and dropped: {', '.join(dropped)}")
    with console.status(path.name) as status:
        counts = stage_file(
            ledger,
            mapping,
            path,
            progress=lambda c: status.update(f"{path.name}: {c.lines_read:,} lines"),
        )
    _print_counts(path.name, counts)
    return counts


def _features(ledger: Ledger, mapping: ImportMapping) -> Any:
    """The ledger's features and what the mapping adds to them."""
    from features.errors import VardarError
    from features.ledger.connection import reading
    from features.ledger.store import current_epoch
    from features.registry import FeatureSet

    with reading(ledger.engine) as connection:
        epoch = current_epoch(connection)
    there = epoch.features if epoch else FeatureSet()
    for name, kind in there.extension:
        if mapping.extension.get(name, kind) != kind:
            raise VardarError(
                f"The attribute {name} is {kind} in this ledger; give it another name in the "
                "mapping, or the same kind."
            )
    return FeatureSet(
        extra_keys=tuple(sorted({*there.extra_keys, *mapping.extra_keys})),
        extension=tuple(sorted({**dict(there.extension), **mapping.extension}.items())),
    )


def _opened(number: int, home: Path, store: str | None) -> str:
    from features.errors import VardarError
    from features.ledger.connection import reading
    from features.ledger.quarantine import opened

    ledger = open_store(home, store)
    try:
        with reading(ledger.engine) as connection:
            raw = opened(connection, ledger.sealer, number)
    finally:
        ledger.close()
    if raw is None:
        raise VardarError(f"There is no quarantined line {number}; see: vardar quarantine list")
    return raw.decode("utf-8", "replace")


def _counts(counts: Counts) -> dict[str, int]:
    from dataclasses import asdict

    return asdict(counts)


def _print_counts(what: str, counts: Counts) -> None:
    console.print(_counts_in_words(what, counts))


def _counts_in_words(what: str, counts: Counts) -> str:
    told = ", ".join(
        f"{number:,} {name.replace('_', ' ')}" for name, number in _counts(counts).items()
    )
    return f"{what}: {told}"
