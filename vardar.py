"""Vardar's command line: `vardar --help`."""

from __future__ import annotations

import sys

import typer

from features import catalogue_commands as catalogue
from features import commands as records
from features.errors import VardarError
from models import commands as models
from serving import commands as serving
from training import commands as training
from training.scenario.commands import scenario_app

app = typer.Typer(
    name="vardar",
    help="Scores consignments and border crossings for arms and smuggling risk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("import")(records.import_files)
app.command("map")(records.map_line)
app.command("train")(training.train)
app.command("evaluate")(training.evaluate)
app.command("register")(training.register)
app.command("serve")(serving.serve)
app.command("score")(models.score)
app.command("submit")(serving.submit)
app.command("replay")(serving.replay)
app.command("verify-features")(serving.verify_features)
app.command("rebuild")(records.rebuild_states)
app.command("compact")(records.compact_states)
app.command("export")(records.export_ledger)
app.command("features")(catalogue.feature_tables)
app.command("dictionary")(catalogue.write_dictionary)
app.add_typer(records.quarantine_app, name="quarantine")
app.add_typer(records.keys_app, name="keys")
app.add_typer(scenario_app, name="scenario")


def main() -> None:
    """Run a command; what the user can mend is told in one line."""
    try:
        app()
    except VardarError as error:
        sys.stderr.write(f"vardar: {error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
