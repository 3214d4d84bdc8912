"""CLI."""
import typer
app=typer.Typer()
