"""Vardar's command line: `vardar --help`."""

from __future__ import annotations

import sys

import typer

from features import catalogue_commands as catalogue
from features import commands as records
from features.errors import VardarError
from models import commands as models
from serving import catalogue_commands
from serving import commands as serving
from serving import office_commands as office
from serving.access.commands import access_app
from serving.review.commands import states
from training import commands as training
from training.assurance import alarm_commands
from training.assurance import commands as assurance
from training.assurance.closed_loop.commands import simulate_policy
from training.assurance.skill_command import skill
from training.comparing import commands as comparing
from training.documents.commands import documents
from training.gate import commands as gate
from training.policy_value import commands as policy_value
from training.scenario.commands import scenario_app
from training.watching import commands as watching

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
app.command("coverage")(policy_value.coverage)
app.command("report")(comparing.report)
app.command("prequential")(comparing.prequential)
app.command("register")(training.register)
app.command("shadow")(gate.shadow)
app.command("promote")(gate.promote)
app.command("rollback")(gate.rollback)
app.command("fairness")(gate.fairness)
app.command("abstention")(assurance.abstention)
app.command("alarms")(alarm_commands.alarms)
app.command("calibration")(assurance.calibration)
app.command("faithfulness")(assurance.faithfulness)
app.command("skill")(skill)
app.command("swap")(assurance.swap)
app.command("transfer")(assurance.transfer)
app.command("simulate-policy")(simulate_policy)
app.command("documents")(documents)
app.command("watch")(watching.watch)
app.command("acknowledge")(watching.acknowledge)
app.command("serve")(serving.serve)
app.command("configure")(office.configure)
app.command("switch")(office.switch)
app.command("score")(models.score)
app.command("submit")(serving.submit)
app.command("replay")(serving.replay)
app.command("verify-features")(serving.verify_features)
app.command("rebuild")(records.rebuild_states)
app.command("compact")(records.compact_states)
app.command("export")(records.export_ledger)
app.command("features")(catalogue.feature_tables)
app.command("catalogue")(catalogue_commands.catalogue)
app.command("dictionary")(catalogue.write_dictionary)
app.command("states")(states)
app.add_typer(records.quarantine_app, name="quarantine")
app.add_typer(records.keys_app, name="keys")
app.add_typer(access_app, name="access")
app.add_typer(gate.signers_app, name="signers")
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
