"""The command line: `belnota`."""

from __future__ import annotations

import sys

import typer

from pipelines.cli import analysts, closes, nights, records, start
from pipelines.cli.shell import run

app = typer.Typer(
    name="belnota",
    help="From raw call detail records to correct bills.\n\nStart with: belnota demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (start, records, nights, closes, analysts):
    module.register(app)


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(app))
