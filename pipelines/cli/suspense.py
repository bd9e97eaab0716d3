"""Commands about calls that wait for a price or an owner: list, write off, restore."""

from __future__ import annotations

import getpass
from typing import Annotated

import polars as pl
import typer

from belnota import wording
from belnota.errors import Refused
from pipelines import suspense_list
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show_records, workspace_of
from pipelines.suspense import Selection
from pipelines.suspense import restore as take_back
from pipelines.suspense import write_off as do_write_off

suspense = typer.Typer(name="suspense", help="Calls that could not be priced.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(suspense)


@suspense.command(name="list")
def list_suspense(
    written_off: Annotated[bool, typer.Option("--written-off", help="List what was written off instead.")] = False,
    older_than: Annotated[int, typer.Option(metavar="DAYS", help="Only what waits for more than so many days.")] = 0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the calls that could not be priced, why, and what to do about it; they hold up their customer's invoice.

    Example: belnota suspense list
    """
    with workspace_of(workspace) as opened:
        rows = suspense_list.write_offs(opened) if written_off else suspense_list.overview(opened)
    if written_off:
        headings = ["period", "customer", "number", "called", "by", "on", "because", "state", "call_id"]
        show_records(rows, headings, as_json=as_json, empty="nothing was written off")
        return
    if older_than:
        rows = [row for row in rows if row["age_days"] > older_than]
    headings = ["period", "customer", "number", "called", "call_type", "calls", "used", "since", "age_days", "reason"]
    headings.append("call_id")
    show_records(rows, headings, as_json=as_json, empty="the suspense is empty")
    if rows and not as_json:
        show_remedies([str(row["reason"]) for row in rows])


def show_remedies(reasons: list[str]) -> None:
    """Print each reason in words and what to do about it."""
    for reason in sorted(set(reasons)):
        means, remedy = suspense_list.meaning(reason)
        console.print(f"  {reason}: {means}; {remedy}", markup=False)
    console.print(
        "  Then: belnota nightly. What will never be billed: "
        "belnota suspense write-off CALL_ID --by NAME --because TEXT",
        markup=False,
    )


@suspense.command(name="write-off")
def write_off(
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides; kept in the audit trail.")],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the audit trail.")],
    call_ids: Annotated[
        list[str] | None, typer.Argument(metavar="CALL_ID", help="Calls by name.", show_default=False)
    ] = None,
    reason_code: Annotated[str, typer.Option(help="All calls with this reason, as `suspense list` says.")] = "",
    number: Annotated[str, typer.Option(help="All calls of this number of ours.")] = "",
    called: Annotated[str, typer.Option(help="All calls with this number at the other end.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Write off calls in suspense: they become free, draw from no bundle and hold up nobody; restore takes it back.

    Calls are named, or chosen by all that is given of reason, number and called number. A call that gets a price later,
    while its month is open, is billed after all.

    Example: belnota suspense write-off --reason-code no_price --called "+688 00101" --by Anna --because "test calls"
    """
    chosen_by = (reason_code, number, called)
    if bool(call_ids) == any(chosen_by):
        raise Refused(
            "name the calls, or choose them by --reason-code, --number or --called; not both, and not neither"
        )
    selection = Selection(tuple(call_ids or ()), reason_code, number, called)
    with workspace_of(workspace) as opened, opened.held():
        done = do_write_off(opened, selection, actor=by, because=because)
    console.print(
        f"{_counted(done)} written off: free from the next night or draft on; "
        "take back with: belnota suspense restore CALL_ID",
        markup=False,
    )


def _counted(calls: pl.DataFrame) -> str:
    sums = calls.group_by(pl.col("service").cast(pl.String)).agg(pl.col("quantity").sum()).sort("service")
    used = ", ".join(wording.quantity(quantity, service, "en") for service, quantity in sums.rows())
    return f"{calls.height:,} {'call' if calls.height == 1 else 'calls'} ({used})"


@suspense.command()
def restore(
    call_ids: Annotated[list[str], typer.Argument(metavar="CALL_ID", help="Calls that were written off.")],
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; default: the user of this machine.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take write-offs back while their month is open: the calls wait for a price again.

    Example: belnota suspense restore pbx/1727943000.17
    """
    with workspace_of(workspace) as opened, opened.held():
        count = take_back(opened, call_ids, actor=by or getpass.getuser())
    told = "from the next night or draft on those without a price wait for one again"
    console.print(f"{count:,} restored: {told}", markup=False)
