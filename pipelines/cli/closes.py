"""Commands of finance: close draft, show, approve, commit, status; the invoices' archive."""

from __future__ import annotations

import datetime as dt
import getpass
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

import invoicing
from belnota.errors import Refused, UnableToFinish
from belnota.periods import Period
from pipelines import closing
from pipelines.cli.shell import (
    JsonOption,
    PrefectOption,
    WorkspaceOption,
    console,
    folder_of,
    progress_bar,
    show_json,
    show_records,
    workspace_of,
)
from pipelines.issuing import CloseOrder
from pipelines.workspace import today

PeriodArgument = Annotated[str, typer.Argument(help="The month, YYYY-MM.", metavar="PERIOD")]

close = typer.Typer(name="close", help="The month-end: draft, show, approve, commit.", no_args_is_help=True)
invoices = typer.Typer(name="invoices", help="The archive of invoices.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(close)
    app.add_typer(invoices)


def valid_period(text: str) -> Period:
    """Return the period in its written form, or refuse it."""
    try:
        return Period.parse(text)
    except ValueError as error:
        raise Refused(str(error)) from None


@close.command()
def draft(period: PeriodArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Make the invoices of a month as a draft: no numbers, nothing leaves the house.

    Example: belnota close draft 2026-10
    """
    with workspace_of(workspace) as opened:
        made = closing.draft(opened, valid_period(period), actor=getpass.getuser())
        loose = closing.loose_ends(opened, made.period)
    show_draft(made, loose, as_json=as_json)


@close.command(name="show")
def show_close(period: PeriodArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show the draft of a month: its hash, each invoice, and who is parked and why.

    Example: belnota close show 2026-10
    """
    with workspace_of(workspace) as opened:
        with opened.store.reading() as tx:
            made = invoicing.show(tx, valid_period(period))
        loose = closing.loose_ends(opened, made.period)
    show_draft(made, loose, as_json=as_json)


@close.command()
def approve(
    period: PeriodArgument,
    draft_hash: Annotated[str, typer.Argument(help="The hash that `close show` prints.", metavar="HASH")],
    by: Annotated[str | None, typer.Option(help="Who approves; default: the user of this machine.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Approve exactly the draft with this hash.

    Example: belnota close approve 2026-10 3f2a…
    """
    with workspace_of(workspace) as opened:
        closing.approve(opened, valid_period(period), draft_hash, actor=by or getpass.getuser())
    console.print(f"{period} approved; next: belnota close commit {period} {draft_hash}", markup=False)


@close.command()
def commit(
    period: PeriodArgument,
    draft_hash: Annotated[str, typer.Argument(help="The approved draft's hash.", metavar="HASH")],
    issued_on: Annotated[
        dt.datetime | None,
        typer.Option(
            "--on", metavar="DATE", formats=["%Y-%m-%d"], help="Invoice date; default: today.", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    prefect: PrefectOption = True,
) -> None:
    """Number, render, publish and send the approved invoices. Running it again finishes what is not done.

    Example: belnota close commit 2026-10 3f2a… --on 2026-11-02
    """
    day = issued_on.date() if issued_on else today()
    done = do_commit(folder_of(workspace), valid_period(period), draft_hash, day, prefect=prefect)
    console.print(
        f"{done.period}: {done.invoices} invoices, {done.rendered} rendered now, {done.mails} mails queued now, "
        f"release {done.release_id}"
    )
    if done.unmailed:
        console.print(f"  look: no user of {', '.join(done.unmailed)} is registered for invoices by mail", markup=False)


def do_commit(folder: Path, period: Period, draft_hash: str, on: dt.date, *, prefect: bool) -> closing.CloseSummary:
    """Commit as a flow or as plain steps."""
    actor = getpass.getuser()
    if prefect:
        from pipelines.month_end import month_end  # prefect takes seconds to import; only who asks for it waits

        return month_end(str(folder), str(period), draft_hash, on, actor)
    with workspace_of(folder) as opened, progress_bar() as progress:
        return closing.commit(opened, CloseOrder(period, draft_hash, on, actor), progress)


@close.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the months and how far each one is.

    Example: belnota close status
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        rows = invoicing.status(tx).to_dicts()
    show_records(
        rows, ["period", "state", "draft_hash", "approved_by", "issued_on"], as_json=as_json, empty="no close yet"
    )


def show_draft(made: invoicing.CloseDraft, loose: list[str], *, as_json: bool) -> None:
    """Print a close: what is or would be issued, what stays behind and why, and what is not in it."""
    rows = [
        {
            "customer": draft.customer_id,
            "name": draft.invoice.buyer.name,
            "net_eur": eur(draft.invoice.totals.net_cents),
            "vat_eur": eur(draft.invoice.totals.vat_cents),
            "total_eur": eur(draft.invoice.totals.gross_cents),
            "becomes": draft.fate,
            "problems": "; ".join(draft.problems),
        }
        for draft in made.drafts
    ]
    if as_json:
        head = {"period": str(made.period), "state": made.state, "draft_hash": made.draft_hash}
        show_json({**head, "look": loose, "invoices": rows})
        return
    headings = ["customer", "name", "net_eur", "vat_eur", "total_eur", "becomes", "problems"]
    show_records(rows, headings, as_json=False, empty="nobody is billed in this period")
    for sentence in loose:
        console.print(f"  look: {sentence}", markup=False)
    until = f"; issue them by {made.issue_by}" if made.state in {"draft", "approved"} else ""
    console.print(
        f"{made.period} is {made.state}: {len(made.invoices)} invoices of {eur(made.gross_cents)} EUR with VAT, "
        f"{len(made.parked)} parked{until}\nhash {made.draft_hash}"
    )


def eur(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):,}"


@invoices.command(name="list")
def list_invoices(
    period: Annotated[str | None, typer.Option(help="Only this month, YYYY-MM.", show_default=False)] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the issued invoices.

    Example: belnota invoices list --period 2026-10
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        issued = invoicing.invoices(tx, valid_period(period) if period else None)
    euro = {f"{part}_eur": pl.col(f"{part}_cents") for part in ("net", "vat", "gross")}
    rows = issued.with_columns(**euro).to_dicts()
    for row in rows:
        row.update({name: eur(row[name]) for name in euro})
    headings = ["invoice_number", "period", "customer_id", "issued_on", *euro]
    show_records(
        rows, headings, as_json=as_json, empty="no invoices were issued" + (f" for {period}" if period else " yet")
    )


NumberArgument = Annotated[str, typer.Argument(help="The invoice number.", metavar="NUMBER")]


@invoices.command(name="show")
def show_invoice(number: NumberArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show the lines of one invoice.

    Example: belnota invoices show 2026-000001
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        lines = invoicing.invoice_lines(tx)
        issued = invoicing.invoice(tx, number)
    rows = lines.filter(lines["invoice_number"] == number).to_dicts()
    for row in rows:
        row["amount_eur"] = eur(row["amount_cents"])
    headings = ["position", "kind", "usage_period", "own_number", "description", "amount_eur"]
    show_records(rows, headings, as_json=as_json, empty="")
    if not as_json:
        sums = issued.totals
        console.print(f"net {eur(sums.net_cents)}, VAT {eur(sums.vat_cents)}, total {eur(sums.gross_cents)} EUR")


@invoices.command(name="open")
def open_invoice(number: NumberArgument, workspace: WorkspaceOption = None) -> None:
    """Open an invoice's PDF in the viewer of this machine.

    Example: belnota invoices open 2026-000001
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        found = invoicing.invoice(tx, number)
        path = invoicing.path_of(opened.settings.invoices, found.period, number)
    console.print(str(path), markup=False)
    if shutil.which("xdg-open") or sys.platform in {"darwin", "win32"}:
        typer.launch(str(path))


@invoices.command(name="verify")
def verify_invoices(workspace: WorkspaceOption = None) -> None:
    """Check that each PDF is what was issued and that no number is missing.

    Example: belnota invoices verify
    """
    with workspace_of(workspace) as opened, opened.store.reading() as tx:
        problems = invoicing.verify(tx, opened.settings.invoices)
    if problems:
        raise UnableToFinish("\n  ".join(["the archive is not as it was issued:", *problems]))
    console.print("every invoice is as it was issued, and no number is missing")
