"""The command line: `belnota`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from belnota import __version__
from pipelines.cli.menu import MenuGroup
from pipelines.cli.shell import run

app = typer.Typer(
    name="belnota",
    cls=MenuGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"belnota {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """From raw call detail records to correct bills.

    Start with: belnota demo
    """


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(app))
