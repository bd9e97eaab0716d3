"""Commands of operations: ingest, nightly, schedule."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from belnota.errors import Refused, UnableToFinish
from belnota.money import euros
from pipelines.cli.shell import (
    JsonOption,
    PrefectOption,
    WorkspaceOption,
    console,
    folder_of,
    progress_bar,
    show,
    show_json,
    workspace_of,
)
from pipelines.ingest import IngestSummary, ingest
from pipelines.night import NightSummary, run_night
from pipelines.quarantine import finish_retries
from pipelines.workspace import today

OnOption = Annotated[
    dt.datetime | None,
    typer.Option(
        "--on",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="The local date of the night; default: today.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    app.command(name="ingest")(ingest_files)
    app.command()(nightly)
    app.command()(schedule)


def ingest_files(
    files: Annotated[list[Path] | None, typer.Argument(help="Raw files; default: everything in inbox/.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read raw files into calls; bad lines go to quarantine, a file that is known does nothing.

    Exit code 2 when a file was refused; the others are done all the same.

    Example: belnota ingest inbox/mobiel-20261001.csv
    """
    with workspace_of(workspace) as opened, opened.held(), progress_bar() as progress:
        finish_retries(opened)
        done = ingest(opened.settings, opened.store, opened.lake, files=files, now=opened.clock(), progress=progress)
    if as_json:
        show_json(asdict(done))
    else:
        show_ingest(done)
    if done.failed:
        raise UnableToFinish("\n  ".join(["these files could not be taken in and wait; mend this:", *done.failed]))
    if done.refused:
        raise Refused(f"refused files: {len(done.refused)}, as said above; the others are done")


def nightly(
    on: OnOption = None, workspace: WorkspaceOption = None, prefect: PrefectOption = True, as_json: JsonOption = False
) -> None:
    """Do the whole night: ingest, rate, reconcile, publish, warn, deliver. Running it again is harmless.

    Example: belnota nightly --on 2026-10-01 --no-prefect
    """
    done = do_night(folder_of(workspace), on.date() if on else today(), prefect=prefect)
    if as_json:
        show_json(asdict(done))
    else:
        show_night(done)


def do_night(folder: Path, on: dt.date, *, prefect: bool) -> NightSummary:
    """Run the night as a flow or as plain steps."""
    if prefect:
        from pipelines.nightly import nightly as flow  # prefect takes seconds to import; only who asks for it waits

        return flow(str(folder), on)
    with workspace_of(folder) as opened, progress_bar() as progress:
        return run_night(opened, on, progress)


def ingest_rows(done: IngestSummary) -> list[dict[str, object]]:
    return [
        {"of": "files", "in": done.files_accepted + done.files_duplicate + done.files_refused,
         "accepted": done.files_accepted, "duplicate": done.files_duplicate, "refused": done.files_refused},
        {"of": "records", "in": done.records_in, "accepted": done.calls_accepted,
         "duplicate": done.calls_duplicate, "quarantined": done.lines_quarantined, "filtered": done.filtered,
         "parts": done.parts},
    ]  # fmt: skip


def show_ingest(done: IngestSummary) -> None:
    """Print what arrived and where it went."""
    columns = ["of", "in", "accepted", "quarantined", "duplicate", "refused", "filtered"] + ["parts"] * (done.parts > 0)
    show(([row.get(column) for column in columns] for row in ingest_rows(done)), ["", *columns[1:]])
    if done.parts:
        made = f"{done.calls_assembled:,} calls were made of parts; what waits for others: belnota parts list"
        console.print(f"  {made}", markup=False)
    for word, told in (("refused", done.refused), ("look", done.notes)):
        for name, sentence in told:
            console.print(f"  {word}: {name}: {sentence}", markup=False)


def show_night(done: NightSummary) -> None:
    """Print a night's figures in the order in which they came about."""
    console.print(f"[bold]Night of {done.on}[/bold]")
    if done.is_idle:
        console.print("Nothing to do: everything was done already, and nothing was done twice.")
    else:
        show_work(done)
    for alarm in done.published.alarms:
        console.print(f"  alarm: {alarm}", markup=False)
    for problem in (*done.rated.problems, done.delivered.trouble):
        if problem:
            console.print(f"  look: {problem}", markup=False)


def show_work(done: NightSummary) -> None:
    """Print what arrived, what it costs, and what went out."""
    show_ingest(done.ingested)
    rated = done.rated
    show(
        [[", ".join(rated.periods), rated.rated, rated.free, rated.unrated, f"{euros(rated.charge_micro_eur):,.4f}"]],
        ["periods rated", "rated", "free", "unrated", "charge EUR"],
    )
    release = "new release" if done.published.is_new else "release unchanged:"
    console.print(
        f"{release} {done.published.release_id}, {done.published.controls} controls balance; "
        f"warnings: {done.warned.warnings}, mails for them: {done.warned.mails}; mails: {done.delivered.sent} sent, "
        f"{done.delivered.waiting} waiting, {done.delivered.refused} refused, {done.delivered.unknown} unknown"
    )


def schedule(workspace: WorkspaceOption = None) -> None:
    """Serve the flows to a running Prefect server, on their schedules, until stopped.

    Example: PREFECT_API_URL=http://127.0.0.1:4200/api belnota schedule
    """
    from pipelines.deployments import serve_all

    serve_all(str(folder_of(workspace)))
