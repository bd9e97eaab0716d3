"""The demo: files arrive as carriers would send them, nights and closes run, and the outcome is told in order."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import sqlalchemy as sa

import accounts
import invoicing
import tariffs.registry
import warehouse
from belnota import files
from belnota.periods import Period
from belnota.settings import SETTINGS_FILE
from belnota.store import schema
from pipelines import closing, controls_page
from pipelines.cli.closes import do_commit
from pipelines.cli.nights import do_night
from pipelines.cli.shell import console, show
from pipelines.demo import Arrival, demo_arrivals, nights, write_workspace
from pipelines.workspace import Workspace, opened

CLOSES = {dt.date(2026, 10, 2): Period(2026, 9), dt.date(2026, 11, 1): Period(2026, 10)}
"""On which night's morning finance closes which month."""


def run_demo(folder: Path, *, prefect: bool) -> None:
    """Run the demo in a folder; what is done already is not done again."""
    if not (folder / SETTINGS_FILE).exists():
        write_workspace(folder)
    arrivals = list(demo_arrivals())
    how = "as Prefect flows (its server takes some 15 seconds to start)" if prefect else "as plain steps"
    console.print(f"{len(arrivals)} raw files of two months, {len(nights())} nights and two closes, {how}:")
    prepare(folder)
    moved = 0
    for night in nights():
        moved += put_in_inbox(folder, [arrival for arrival in arrivals if arrival.arrives_on <= night])
        done = do_night(folder, night, prefect=prefect)
        moved += not done.is_idle
        console.print(
            f"  night of {night}: {done.ingested.calls_accepted:>6,} new calls, "
            f"{done.warned.mails} warning mails, {done.delivered.sent} mails sent"
        )
        if night in CLOSES:
            moved += close_month(folder, CLOSES[night], night, prefect=prefect)
    tell(folder, was_idle=not moved)


def prepare(folder: Path) -> None:
    """Import the demo's accounts and price lists."""
    with opened(folder, os.environ) as workspace, workspace.held(), workspace.store.writing() as tx:
        accounts.import_folder(tx, folder / "accounts")
        for deck in sorted((folder / "decks").iterdir()):
            tariffs.registry.import_deck(tx, workspace.settings.archive, deck, workspace.clock())


def put_in_inbox(folder: Path, arrivals: list[Arrival]) -> int:
    """Put files in the inbox that never arrived before; returns how many."""
    with opened(folder, os.environ) as workspace, workspace.store.reading() as tx:
        rows = tx.execute(sa.select(schema.source_files.c.file_name, schema.source_files.c.file_id))
        known = {(name, content) for name, content in rows}
        inbox = workspace.settings.inbox
    fresh = [a for a in arrivals if (a.name, hashlib.sha256(a.content).hexdigest()) not in known]
    for arrival in fresh:
        files.publish_bytes(inbox / arrival.name, arrival.content)
    return len(fresh)


def close_month(folder: Path, period: Period, on: dt.date, *, prefect: bool) -> int:
    """Draft, approve and commit a month as finance would; returns 1 when there was anything to do."""
    with opened(folder, os.environ) as workspace:
        with workspace.store.reading() as tx:
            states = dict(invoicing.status(tx).select("period", "state").iter_rows())
        state = states.get(str(period), "open")
        if state == "sent":
            return 0
        if state in {"open", "draft"}:
            draft = closing.draft(workspace, period, actor="demo")
            closing.approve(workspace, period, draft.draft_hash, actor="demo")
        with workspace.store.reading() as tx:
            draft_hash = invoicing.show(tx, period).draft_hash
    done = do_commit(folder, period, draft_hash, on, prefect=prefect)
    console.print(f"  close of {period}: {done.invoices} invoices, {done.mails} mails")
    return 1


def tell(folder: Path, *, was_idle: bool) -> None:
    """Print what came of it, from raw files to invoices, and what to try next."""
    with opened(folder, os.environ) as workspace:
        _tell_figures(workspace)
        settings = workspace.settings
    if was_idle:
        console.print("\n[bold]Nothing was done twice:[/bold] all of this was there already.")
    here = os.path.relpath(folder)
    console.print(f"\n[bold]Where things are[/bold] (below {here}/)", highlight=False)
    places = [
        ("invoices", f"{settings.invoices.relative_to(folder)}/{Period(2026, 10)}/*.pdf"),
        ("mails", f"{settings.outbox.relative_to(folder)}/*.eml"),
        ("for analysts", settings.published.name),
        ("controls", controls_page.PAGE),
        ("raw files, kept", "archive/raw/"),
    ]
    show(places, ["what", "where"])
    console.print("\n[bold]Try next[/bold]")
    question = "select call_type, calls, charge_eur from report.usage_by_call_type where billing_period = '2026-10'"
    call_id = warehouse.query(settings.published, _TOLD).item()
    for command in ("controls", "suspense list", f"explain '{call_id}'", "close show 2026-10", f'sql "{question}"'):
        console.print(f"  .venv/bin/belnota {command} --workspace {here}", markup=False)


def _tell_figures(workspace: Workspace) -> None:
    path = workspace.settings.published
    console.print("\n[bold]What arrived[/bold]")
    arrived = warehouse.query(path, _FILES).rows()[0]
    records = warehouse.query(path, _RECORDS).rows()[0]
    show([("files", *arrived), ("records", *records)], ["", "in", "accepted", "quarantined", "duplicate", "refused"])
    console.print("\n[bold]What it costs[/bold]")
    show(warehouse.query(path, _CALLS).rows(), ["month", "calls rated", "free", "unrated", "charge EUR"])
    console.print("\n[bold]Who was warned[/bold]")
    show(warehouse.query(path, _WARNINGS).rows(), ["month", "warnings", "at 80 %", "at 100 %"])
    console.print("\n[bold]Invoices[/bold]")
    show(
        warehouse.query(path, _INVOICES).rows(),
        ["month", "invoices", "first", "last", "net EUR", "VAT EUR", "total EUR"],
    )


_TOLD = """
select call_id from report.calls where in_bundle_quantity > 0 and charge_eur > 0 order by answered_at, call_id limit 1
"""
"""A call with something to explain: it crosses the end of a bundle."""
_FILES = """
select count(*), count(*) filter (status = 'accepted'), null, count(*) filter (status = 'duplicate'),
       count(*) filter (status = 'refused')
from core.source_files
"""
_RECORDS = """
select sum(accepted_calls + quarantined_lines + duplicate_calls), sum(accepted_calls), sum(quarantined_lines),
       sum(duplicate_calls), null
from core.source_files where status = 'accepted'
"""
_CALLS = """
select billing_period, count(*) filter (status = 'rated'), count(*) filter (status = 'free'),
       count(*) filter (status = 'unrated'), sum(charge_eur)::decimal(18, 4)
from report.calls group by all order by all
"""
_WARNINGS = """
select period, count(*), count(*) filter (level = 80), count(*) filter (level = 100)
from report.warnings where outcome = 'sent' group by all order by all
"""
_INVOICES = """
select period, count(*), min(invoice_number), max(invoice_number), sum(net_eur), sum(vat_eur), sum(gross_eur)
from report.invoices group by all order by all
"""
