"""Commands about calls of which a part is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines import parts_list
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show_records, workspace_of

parts = typer.Typer(name="parts", help="Calls that wait for a part.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(parts)


@parts.command(name="list")
def list_parts(
    feed: Annotated[str, typer.Option(help="Only calls of this feed.")] = "",
    older_than: Annotated[
        int, typer.Option(metavar="DAYS", min=0, help="Only calls of which nothing came for this many days.")
    ] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the calls of which parts came and others are still missing; they are billed when those come.

    Example: belnota parts list --older-than 2
    """
    with workspace_of(workspace) as opened:
        rows = parts_list.overview(opened, feed=feed, at_least_days=older_than)
    headings = ["feed", "number", "missing", "since", "days", "parts", "so_far", "file_name", "line_number", "key"]
    show_records(rows, headings, as_json=as_json, empty="no call waits for a part")
    if rows and not as_json:
        console.print("  A missing file? See the gaps: belnota controls. Else ask the source.", markup=False)
