"""The command that prints what a case can be and what can be done with it."""

from __future__ import annotations

from typing import Annotated

import typer


def states(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the file is out of date.")
    ] = False,
) -> None:
    """Print the states of a case and the steps between them, and write serving/review/STATES.md.

    Example: vardar states --check
    """
    from features.errors import VardarError
    from serving.review import states_document as document

    text = document.markdown()
    if check:
        if not document.PATH.exists() or document.PATH.read_text("utf-8") != text:
            raise VardarError(f"{document.PATH} is out of date; write it anew: {document.COMMAND}")
        typer.echo(f"{document.PATH} is up to date.")
        return
    document.PATH.write_text(text, "utf-8")
    typer.echo(text)
    typer.echo(f"Wrote {document.PATH}.")
