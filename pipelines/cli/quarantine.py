"""Commands about lines that could not become calls: list, show, retry, drop, restore."""

from __future__ import annotations

import getpass
from typing import Annotated

import polars as pl
import typer

from belnota.errors import Refused
from pipelines import quarantine as places
from pipelines import quarantine_drop, quarantine_show
from pipelines.cli.lines import show_facts, show_lines
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, progress_bar, show, show_json, workspace_of
from pipelines.quarantine import STATES, Selection
from pipelines.quarantine_retry import retry as read_again
from pipelines.screen import printable

quarantine = typer.Typer(name="quarantine", help="Lines that could not become calls.", no_args_is_help=True)

FeedOption = Annotated[str, typer.Option(help="Only lines of this feed.")]
FileOption = Annotated[
    str, typer.Option("--file", metavar="FILE", help="Only of this file: name, pattern of names, or first digits.")
]
ReasonOption = Annotated[str, typer.Option(help="Only with this reason, as `quarantine list` says.")]
OlderOption = Annotated[int, typer.Option(metavar="DAYS", help="Only of files that came more than so many days ago.")]
FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Its name, or the first digits of its content.")]
ByOption = Annotated[str, typer.Option(metavar="NAME", help="Who decides; kept for good.")]
BecauseOption = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept for good.")]
_HEADINGS = ("feed", "file_name", "line_number", "reason", "detail", "age_days")
_DECIDED = ("feed", "file_name", "line_number", "state", "became", "decided_by", "because", "decided_at")


def register(app: typer.Typer) -> None:
    app.add_typer(quarantine)


@quarantine.command(name="list")
def list_quarantine(
    *,
    feed: FeedOption = "",
    file: FileOption = "",
    reason_code: ReasonOption = "",
    older_than: OlderOption = 0,
    state: Annotated[str, typer.Option(help="open, retried, dropped, or all.")] = "open",
    counts: Annotated[bool, typer.Option("--counts", help="Count by file and reason instead.")] = False,
    most: Annotated[int, typer.Option(help="Show at most so many lines; 0 = all.")] = 100,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the lines that could not become calls, with file, line and reason, and what was decided about them.

    Example: belnota quarantine list --reason-code time --counts
    """
    if state not in (*STATES, "all"):
        raise Refused(f"--state {state!r}: write one of {', '.join(STATES)} or all")
    chosen = Selection(feed, file, reason_code, "" if state == "all" else state, older_than_days=older_than)
    with workspace_of(workspace) as opened:
        found = places.lines(opened, chosen)
    rows = _counted(found) if counts else found
    if as_json:
        show_json(rows.to_dicts())
        return
    if found.is_empty():
        console.print("the quarantine is empty" if chosen == Selection() else "no line in quarantine is like that")
        return
    headings = rows.columns if counts else _HEADINGS if state == "open" else _DECIDED
    shown = rows.head(most) if most else rows
    show(([_said(row[name]) for name in headings] for row in shown.iter_rows(named=True)), headings)
    if shown.height < rows.height:
        console.print(f"  ... and {rows.height - shown.height:,} more; all of them: --most 0", markup=False)
    if state == "open":
        console.print("  One line with its file: belnota quarantine show FILE LINE", markup=False)
        console.print("  After a fix of a mapping or of a feed's options: belnota quarantine retry", markup=False)


def _said(value: object) -> object:
    return printable(value) if isinstance(value, str) else value


def _counted(found: pl.DataFrame) -> pl.DataFrame:
    by = ("feed", "file_name", "state", "reason")
    sums = found.group_by(by).agg(lines=pl.len(), oldest_days=pl.col("age_days").max())
    return sums.sort("lines", *by, descending=[True, False, False, False, False])


@quarantine.command(name="show")
def show_line(
    file: FileArgument,
    line: Annotated[int, typer.Argument(metavar="LINE", help="Its number, from 1.", min=1)],
    around: Annotated[int, typer.Option(help="Show so many lines before and after it.", min=0, max=50)] = 2,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one line as it arrived, with its neighbours, what is wrong with it and what was decided.

    Example: belnota quarantine show asterisk-20260908.csv 41
    """
    with workspace_of(workspace) as opened:
        told = quarantine_show.told_of(opened, file, line, around=around)
    if as_json:
        show_json(told.record())
        return
    show_facts(told.facts())
    console.print()
    if told.problem:
        console.print(f"  {told.problem}", markup=False)
    rows = [[">" if number == line else "", f"{number:,}", text] for number, text in told.context]
    show_lines(rows, ["", "line", "as it arrived"])
    for decision in told.decisions:
        console.print(f"  {decision}", markup=False)


@quarantine.command()
def retry(
    *,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who; default: the user of this machine.")] = None,
    because: Annotated[str, typer.Option(metavar="TEXT", help="What was mended; kept for good.")] = "read again",
    feed: FeedOption = "",
    file: FileOption = "",
    reason_code: ReasonOption = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read open lines again from the archived files, after a mapping, an option or a reader was mended.

    What is a call now is billed from the next night on, once; what is still bad stays, with its new reason.

    Example: belnota quarantine retry --file "mobiel-*" --because "mapping knows FAX now"
    """
    chosen = Selection(feed, file, reason_code)
    with workspace_of(workspace) as opened, opened.held(), progress_bar() as progress:
        done = read_again(opened, chosen, actor=by or getpass.getuser(), because=because, progress=progress)
    if as_json:
        show_json(vars(done))
        return
    if not done.tried:
        console.print("nothing to read again: no open line in quarantine is like that")
        return
    figures = {"lines read again": done.tried, "calls now": done.calls}
    figures |= {"parts of calls now": done.parts} if done.parts else {}
    figures |= {"known already": done.duplicates, "left out by the feed": done.left_out, "still bad": done.still_bad}
    show([list(figures.values())], list(figures))
    if done.parts:
        console.print(f"  {done.assembled:,} calls are whole with these parts; what waits: belnota parts list")
    for name, why in done.problems:
        console.print(f"  look: {name}: {why}", markup=False)
    if done.calls or done.assembled:
        console.print("  The new calls are rated and published by the next: belnota nightly", markup=False)


@quarantine.command()
def drop(
    *,
    by: ByOption,
    because: BecauseOption,
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The file of the lines.", show_default=False)] = "",
    line: Annotated[
        list[int] | None, typer.Argument(metavar="[LINE]...", help="Lines by number.", show_default=False)
    ] = None,
    feed: FeedOption = "",
    reason_code: ReasonOption = "",
    count: Annotated[
        int | None, typer.Option(help="With a choice instead of lines: how many you mean.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Drop lines that will never be a call: they leave the open ones, stay visible with your reason; restore undoes it.

    Lines are named, or chosen by all that is given of file, feed and reason together with their count.

    Example: belnota quarantine drop asterisk-20260908.csv 41 --by Anna --because "test call"
    """
    if not (file or feed or reason_code):
        raise Refused("name a file and its lines, or choose by FILE, --feed or --reason-code with --count")
    chosen = Selection(feed, file, reason_code, line_numbers=tuple(line or ()))
    with workspace_of(workspace) as opened, opened.held():
        done = quarantine_drop.drop(opened, chosen, actor=by, because=because, count=count)
    said = "1 line" if done.height == 1 else f"{done.height:,} lines"
    console.print(f"{said} dropped; take back with: belnota quarantine restore FILE LINE", markup=False)


@quarantine.command()
def restore(
    *,
    file: FileArgument,
    line: Annotated[list[int], typer.Argument(metavar="LINE...", help="Lines by number.")],
    by: ByOption,
    because: BecauseOption,
    workspace: WorkspaceOption = None,
) -> None:
    """Take the dropping of lines back: they are open again.

    Example: belnota quarantine restore asterisk-20260908.csv 41 --by Anna --because "was a call after all"
    """
    chosen = Selection(file=file, line_numbers=tuple(line))
    with workspace_of(workspace) as opened, opened.held():
        done = quarantine_drop.restore(opened, chosen, actor=by, because=because)
    console.print(f"{done.height:,} open again")
