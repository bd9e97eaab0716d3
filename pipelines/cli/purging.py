"""The command `purge`: what is past its time goes for good."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from belnota.errors import Refused
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, progress_bar, show, show_json, workspace_of
from pipelines.purge import run_purge
from pipelines.purge_plan import Plan, plan_of

_UNITS = ("B", "kB", "MB", "GB", "TB")


def register(app: typer.Typer) -> None:
    app.command()(purge)


def purge(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go and what stays, and why.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody can answer.")] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who; default: the user of this machine.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove call details and invoices that are past the times of [retention] in belnota.toml, for good.

    Call details go when the month that billed them is closed and past its months: calls, parts, rated calls, raw files,
    quarantined lines, also from replaced files and from the store. Sums stay, so that the controls go on tying out.
    What is not closed, or still waits for a price, stays and is named. Invoices go after their years; number, date and
    amounts stay. A purged file that is sent again is refused.

    Killed at any moment, the same command or the next night ends it; when nothing is due, nothing is changed.

    Example: belnota purge --dry-run
    """
    with workspace_of(workspace) as opened:
        if dry_run or not (yes or as_json):
            plan = plan_of(opened)
            _tell(plan, "would go", as_json=as_json)
            if dry_run or plan.is_empty:
                return
            if not sys.stdin.isatty():
                raise Refused("nothing was purged: nobody can be asked here; look at the report, then add --yes")
            if not typer.confirm("This cannot be undone. Remove all that?"):
                console.print("nothing was purged")
                return
        elif not yes:
            raise Refused("nothing was purged: with --json nobody is asked; add --dry-run, or --yes")
        with opened.held(), progress_bar() as progress:
            done = run_purge(opened, actor=by or getpass.getuser(), progress=progress)
    _tell(done, "went", as_json=as_json)


def _tell(plan: Plan, went: str, *, as_json: bool) -> None:
    if as_json:
        show_json(
            {"calls_through": plan.through or None, "invoices_through": plan.year or None, "report": plan.records()}
        )
        return
    for goes, title in ((True, went), (False, "stays")):
        rows = [
            [row.what.replace("_", " "), row.month, row.rows, row.files, _size(row.bytes), row.why]
            for row in plan.report
            if row.goes == goes
        ]
        if rows:
            show(rows, ["what", "month or year", "rows", "files", "on disk", "why"], title=title)
            console.print()
    if plan.is_empty:
        console.print("nothing is past its time, so nothing is purged")


def _size(size: int) -> str:
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
