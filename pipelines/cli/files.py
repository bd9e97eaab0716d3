"""Commands about raw files: list, show, retry."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any

import polars as pl
import typer

from belnota.errors import Refused
from belnota.periods import local_day
from pipelines import files_again
from pipelines.cli.lines import show_facts
from pipelines.cli.nights import show_ingest
from pipelines.cli.shell import JsonOption, WorkspaceOption, console, progress_bar, show, show_json, workspace_of
from pipelines.screen import printable

files = typer.Typer(name="files", help="Raw files that came, and those that were refused.", no_args_is_help=True)

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Its name, or the first digits of its content.")]
_HEADINGS = ("file_name", "feed", "state", "lines", "accepted_calls", "quarantined_lines", "age_days", "reason")


def register(app: typer.Typer) -> None:
    app.add_typer(files)


@files.command(name="list")
def list_files(
    *,
    state: Annotated[str, typer.Option(help="refused, mended, accepted, duplicate, or all.")] = "refused",
    feed: Annotated[str, typer.Option(help="Only files of this feed.")] = "",
    most: Annotated[int, typer.Option(help="Show at most so many, the newest; 0 = all.")] = 100,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the raw files that were refused and still are, with the reason; or any others by their state.

    Example: belnota files list --state all
    """
    if state not in (*files_again.STATES, "all"):
        raise Refused(f"--state {state!r}: write one of {', '.join(files_again.STATES)} or all")
    with workspace_of(workspace) as opened:
        found = files_again.files(opened)
    if state != "all":
        found = found.filter(found["state"] == state)
    if feed:
        found = found.filter(found["feed"].eq(feed).fill_null(value=False))
    if as_json:
        show_json(found.to_dicts())
        return
    if found.is_empty():
        console.print("no file is refused" if state == "refused" and not feed else "no file is like that")
        return
    shown = found.tail(most) if most else found
    rows = shown.iter_rows(named=True)
    show(([_said(row[name]) for name in _HEADINGS] for row in rows), [_heading(name) for name in _HEADINGS])
    if shown.height < found.height:
        console.print(f"  ... and {found.height - shown.height:,} older; all of them: --most 0", markup=False)
    if state == "refused":
        console.print("  Once the cause is mended: belnota files retry FILE", markup=False)


def _said(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


def _heading(name: str) -> str:
    return {"accepted_calls": "calls", "quarantined_lines": "quarantined"}.get(name, name)


@files.command(name="show")
def show_file(file: FileArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show every arrival of one raw file, where its lines went, and where its copy is.

    Example: belnota files show DDB-KPN-10022-20260915-004.CDR
    """
    with workspace_of(workspace) as opened:
        arrivals = files_again.named(files_again.files(opened), file)
        path, problem = files_again.copy_of(opened, arrivals[0]["file_id"])
    if as_json:
        show_json({"arrivals": arrivals, "path": str(path), "problem": problem})
        return
    for row in arrivals:
        came = "" if row["received_at"] is None else f" on {local_day(row['received_at'])}"
        parts = ", ".join(
            f"{row[name]:,} {said}"
            for name, said in (
                ("framing_lines", "framing"),
                ("filtered_lines", "left out"),
                ("quarantined_lines", "in quarantine"),
                ("duplicate_calls", "known already"),
                ("accepted_calls", "calls"),
            )
        )
        is_read = row["status"] == "accepted"
        show_facts(
            (name, said)
            for name, said in (
                (f"arrival {row['arrival']}", f"{row['status']}{came} as {printable(row['file_name'])}"),
                ("why", printable(row["reason"] or "")),
                ("lines", f"{row['lines']:,}: {parts}" if is_read else ""),
            )
            if said
        )
    last = arrivals[-1]
    number = "" if last["sequence"] is None else f"{last['sequence']:,}"
    feed = next((row["feed"] for row in reversed(arrivals) if row["feed"]), "none claims it")
    facts = [("feed", printable(feed)), ("file number", number)]
    facts += [("size", f"{last['size_bytes']:,} bytes"), ("content", last["file_id"]), ("copy", str(path))]
    show_facts((name, said) for name, said in facts if said)
    if problem:
        console.print(f"  look: {problem}", markup=False)


@files.command()
def retry(
    file: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Names, patterns of names (quotes!) or first digits.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All files that are refused and not mended.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read refused files again from the archive, once their cause is mended; each counts as one more arrival.

    Exit code 2 when one is refused again; the others are done all the same.

    Example: belnota files retry mobiel-20261001.csv
    """
    if bool(file) == every:
        raise Refused("name the files, or say --all; not both, and not neither")
    with workspace_of(workspace) as opened, opened.held(), progress_bar() as progress:
        found = files_again.files(opened)
        waiting = found.filter(found["state"] == "refused").unique("file_id", keep="last", maintain_order=True)
        chosen = waiting.to_dicts() if every else _chosen(found, waiting, file or [])
        done = files_again.retry(opened, chosen, progress)
    if as_json:
        show_json(vars(done))
    else:
        show_ingest(done)
    if done.refused:
        raise Refused(f"refused again: {len(done.refused)}, as said above; the others are done")


def _chosen(found: pl.DataFrame, waiting: pl.DataFrame, texts: list[str]) -> list[dict[str, Any]]:
    """Return the refused files of these names, patterns and digits, each once."""
    chosen: dict[str, dict[str, Any]] = {}
    for text in texts:
        is_pattern = any(mark in text for mark in "*?[")
        like = [row for row in waiting.to_dicts() if is_pattern and fnmatchcase(row["file_name"], text)]
        for row in like or [_refused(files_again.named(found, text))]:
            chosen[row["file_id"]] = row
    return list(chosen.values())


def _refused(arrivals: list[dict[str, Any]]) -> dict[str, Any]:
    if any(row["status"] != "refused" for row in arrivals):
        raise Refused(f"{arrivals[-1]['file_name']!r} was taken in; for its bad lines see: belnota quarantine retry")
    return [row for row in arrivals if row["status"] == "refused"][-1]
