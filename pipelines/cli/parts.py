"""Commands about calls of which a part is missing: list, drop, restore."""

from __future__ import annotations

from typing import Annotated

import typer

from belnota.errors import Refused
from pipelines import parts_drop, parts_list
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, show_records, workspace_of
from pipelines.parts_drop import Chosen
from pipelines.parts_list import STATES

parts = typer.Typer(name="parts", help="Calls that wait for a part.", no_args_is_help=True)

_HEADINGS = ("feed", "number", "missing", "since", "days", "parts", "so_far", "file_name", "line_number", "call_id")
_DROPPED = ("feed", "number", "missing", "since", "state", "decided_by", "because", "call_id")
ByOption = Annotated[str, typer.Option(metavar="NAME", help="Who decides; kept for good.")]
BecauseOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept for good.")]
_OF_FEED = Annotated[str, typer.Option(help="Only calls of this feed.")]


def register(app: typer.Typer) -> None:
    app.add_typer(parts)


@parts.command(name="list")
def list_parts(
    *,
    feed: _OF_FEED = "",
    older_than: Annotated[
        int, typer.Option(metavar="DAYS", min=0, help="Only calls of which nothing came for this many days.")
    ] = 0,
    state: Annotated[str, typer.Option(help="waiting, dropped, or all.")] = "waiting",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the calls of which parts came and others are still missing; they are billed when those come.

    Example: belnota parts list --older-than 2
    """
    if state not in (*STATES, "all"):
        raise Refused(f"--state {state!r}: write one of {', '.join(STATES)} or all")
    with workspace_of(workspace) as opened:
        wanted = "" if state == "all" else state
        rows = parts_list.overview(opened, feed=feed, at_least_days=older_than, state=wanted)
    empty = "no call waits for a part" if state == "waiting" else "no call is like that"
    show_records(rows, list(_HEADINGS if state == "waiting" else _DROPPED), as_json=as_json, empty=empty)
    if rows and state == "waiting" and not as_json:
        console.print("  A missing file? See the gaps: belnota controls. Else ask the source.", markup=False)
        console.print("  What will never come: belnota parts drop CALL --by NAME --because TEXT", markup=False)


@parts.command()
def drop(
    *,
    by: ByOption,
    because: BecauseOption,
    call: Annotated[
        list[str] | None, typer.Argument(metavar="[CALL]...", help="Calls by call_id.", show_default=False)
    ] = None,
    feed: _OF_FEED = "",
    older_than: Annotated[
        int, typer.Option(metavar="DAYS", min=0, help="Only calls of which nothing came for this many days.")
    ] = 0,
    count: Annotated[
        int | None, typer.Option(help="With a choice instead of calls: how many you mean.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Drop calls whose missing part will never come: they wait no more and are not billed; restore undoes it.

    Calls are named, or chosen by --feed and --older-than together with their --count.

    Example: belnota parts drop --feed sip --older-than 90 --count 12 --by Anna --because "switch was restarted"
    """
    if bool(call) == bool(feed or older_than):
        raise Refused("name calls by their call_id, or choose by --feed and --older-than with --count; see: parts list")
    chosen = Chosen(tuple(call or ()), feed, older_than)
    with workspace_of(workspace) as opened, opened.held():
        done = parts_drop.drop(opened, chosen, actor=by, because=because, count=count)
    said = "1 call" if len(done) == 1 else f"{len(done):,} calls"
    console.print(f"{said} dropped; take back with: belnota parts restore CALL", markup=False)


@parts.command()
def restore(
    *,
    call: Annotated[list[str], typer.Argument(metavar="CALL...", help="Calls by call_id.")],
    by: ByOption,
    because: BecauseOption,
    workspace: WorkspaceOption = None,
) -> None:
    """Take the dropping of calls back: they wait again.

    Example: belnota parts restore 'sip/a@pbx|x|y' --by Anna --because "the hangup came after all"
    """
    with workspace_of(workspace) as opened, opened.held():
        done = parts_drop.restore(opened, call, actor=by, because=because)
    console.print(f"{len(done):,} waiting again", markup=False)
