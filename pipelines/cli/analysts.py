"""The command of analysts: sql."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import warehouse
from belnota.errors import Refused
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show, show_json, workspace_of

FIRST_LOOK = "select view, grain from meta.views order by view"
MOST_ROWS = 200
"""So many rows of an answer are printed as a table; more of them nobody reads on a screen."""


def register(app: typer.Typer) -> None:
    app.command()(sql)


def sql(
    query: Annotated[str, typer.Argument(help="One query; without it, the published views are listed.")] = FIRST_LOOK,
    workspace: WorkspaceOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the published figures a question in SQL; nothing can be changed by it.

    Example: belnota sql "select sum(charge_eur) from report.calls where billing_period = '2026-10'"
    """
    with workspace_of(workspace) as opened:
        path = opened.settings.published
    if not path.exists():
        raise Refused(f"{path} does not exist: nothing is published yet; run: belnota nightly")
    answer = warehouse.query(path, query)
    if as_csv:
        sys.stdout.write(answer.write_csv())
    elif as_json:
        show_json(answer.to_dicts())
    else:
        show(answer.head(MOST_ROWS).rows(), answer.columns)
        more = f"{MOST_ROWS} of {answer.height:,} rows; all of them with --csv or --json"
        console.print(more if answer.height > MOST_ROWS else f"{answer.height:,} rows", style="dim")
