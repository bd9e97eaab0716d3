"""Commands for what the night stands on and leaves: accounts, mail, proof."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import accounts
import alerts
from belnota.errors import UnableToFinish
from pipelines.cli.shell import (
    JsonOption,
    WorkspaceOption,
    console,
    show,
    show_json,
    show_records,
    workspace_of,
)
from pipelines.proof import verify_workspace
from pipelines.warn import deliver
from pipelines.workspace import silent, today

accounts_app = typer.Typer(name="accounts", help="Who is billed.", no_args_is_help=True)
mail_app = typer.Typer(name="mail", help="The outbox.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    for group in (accounts_app, mail_app):
        app.add_typer(group)
    app.command()(verify)


@accounts_app.command(name="import")
def import_accounts(
    folder: Annotated[Path, typer.Argument(help="Folder with customers.csv, numbers.csv … and catalogue.toml.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import customers, numbers, subscriptions, users and the catalogue: all or nothing, and only what differs.

    Example: belnota accounts import accounts/
    """
    with workspace_of(workspace) as opened, opened.held(), opened.store.writing() as tx:
        done = accounts.import_folder(tx, folder)
    rows = [{"file": file, **asdict(counts)} for file, counts in done.files.items()]
    headings = ["file", "added", "changed", "unchanged", "not_in_folder"]
    show_records(rows, headings, as_json=as_json, empty="the folder is empty")


@mail_app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Count the mails by state; refused and unknown ones are listed with the server's answer.

    Example: belnota mail status
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        counts, troubled = alerts.status(tx), alerts.troubled(tx)
    if as_json:
        show_json({"states": counts, "troubled": troubled})
        return
    show(sorted(counts.items()), ["state", "mails"])
    if troubled:
        show(([row["mail_key"], row["state"], row["last_answer"]] for row in troubled), ["mail", "state", "answer"])


@mail_app.command()
def send(workspace: WorkspaceOption = None) -> None:
    """Deliver what waits in the outbox.

    Example: belnota mail send
    """
    with workspace_of(workspace) as opened, opened.held():
        done = deliver(opened, today(), silent)
    console.print(f"{done.sent} sent, {done.waiting} waiting, {done.refused} refused, {done.unknown} unknown")


@mail_app.command()
def retry(
    key: Annotated[str, typer.Argument(help="The mail, as `mail status` names it.")], workspace: WorkspaceOption = None
) -> None:
    """Queue one refused or unknown mail once more, under the same Message-ID.

    Example: belnota mail retry "invoice|2026-000001|…"
    """
    with workspace_of(workspace) as opened, opened.held(), opened.store.writing() as tx:
        alerts.retry(tx, key, at=opened.clock())
    console.print("queued; it goes with the next: belnota mail send")


def verify(workspace: WorkspaceOption = None) -> None:
    """Check every stored hash: raw files, tables, price lists, invoices and number series.

    Example: belnota verify
    """
    with workspace_of(workspace) as opened:
        checked, problems = verify_workspace(opened)
    if problems:
        raise UnableToFinish(
            "\n  ".join([f"{len(problems)} of {checked:,} things are not as they were stored:", *problems])
        )
    console.print(f"{checked:,} files, rows and number series are as they were stored")
