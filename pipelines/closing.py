"""The close as plain steps: draft, then (after a person approved its hash) number, render, publish, send.

Preview and commit build invoices by one function from the newest release, so what was approved is what is issued.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

import accounts
import alerts
import invoicing
import warehouse
from belnota.errors import Refused
from belnota.people import Recipient
from belnota.periods import Period, local_day
from pipelines.carry_over import fees_due, settle
from pipelines.publishing import publish_release
from pipelines.rate_periods import rate_open_periods
from pipelines.register import source_files
from pipelines.warn import deliver
from pipelines.workspace import Progress, Workspace


@dataclass(frozen=True)
class CloseOrder:
    """What to commit: a period, the approved draft's hash, the date on the invoices, and who says so."""

    period: Period
    draft_hash: str
    issued_on: dt.date
    actor: str


@dataclass(frozen=True)
class CloseSummary:
    """What the commit of a period came to."""

    period: str
    invoices: int
    rendered: int
    mails: int
    release_id: int
    unmailed: tuple[str, ...]
    """Customers whose invoice goes to nobody by mail: no user is registered for it (R9.15)."""


def build_drafts(workspace: Workspace, period: Period) -> tuple[list[invoicing.Draft], Mapping[str, int]]:
    """Build the invoices of a period from the newest release; returns them and the table versions they rest on."""
    month = str(period)
    with workspace.store.reading() as tx:
        release = warehouse.newest(tx)
        if release is None:
            raise Refused("nothing is published yet, so there is nothing to invoice; run: belnota nightly")
        previous = invoicing.gross_by_customer(tx, period.previous())
        people = accounts.customers(tx)
        fees = fees_due(tx, period)
    lake, versions = workspace.lake, release.table_versions
    rated = lake.scan("rated_calls", version=versions["rated_calls"], periods=[month])
    unrated = rated.filter((pl.col("status") == "unrated") & pl.col("customer_id").is_not_null())
    drafts = invoicing.draft_invoices(
        period=period,
        company=workspace.settings.company,
        customers=people,
        totals=warehouse.usage_totals(lake, versions["rated_calls"], month),
        fees=fees,
        bundles=lake.scan("bundle_usage", version=versions["bundle_usage"], periods=[month]).collect(),
        unrated=unrated.group_by("customer_id").agg(calls=pl.len().cast(pl.Int64)).collect(),
        previous=previous,
        payment_days=workspace.settings.invoicing.payment_days,
    )
    return drafts, versions


def draft(workspace: Workspace, period: Period, actor: str) -> invoicing.CloseDraft:
    """Make (or make anew) the draft of a period; nothing is numbered and nothing leaves the house."""
    with workspace.held():
        drafts, versions = build_drafts(workspace, period)
        with workspace.store.writing() as tx:
            return invoicing.save_draft(tx, period, drafts, versions, actor=actor, at=workspace.clock())


def approve(workspace: Workspace, period: Period, draft_hash: str, actor: str) -> None:
    """Record that a person approved exactly this draft."""
    with workspace.held(), workspace.store.writing() as tx:
        invoicing.approve(tx, period, draft_hash, actor=actor, at=workspace.clock())


def number(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Give the approved invoices their numbers, in one transaction; a repeat finds them numbered."""
    now = local_day(workspace.clock())
    if order.issued_on > now:
        raise Refused(f"an invoice cannot be dated {order.issued_on}: that is after today, {now}; check --on")
    progress("numbering", 0, 1)
    with workspace.store.reading() as tx:
        is_closed = str(order.period) in invoicing.closed_periods(tx)
    fresh = [] if is_closed else build_drafts(workspace, order.period)[0]
    with workspace.store.writing() as tx:
        numbers = invoicing.commit(
            tx,
            order.period,
            order.draft_hash,
            fresh,
            issued_on=order.issued_on,
            number_format=workspace.settings.invoicing.number_format,
            actor=order.actor,
            at=workspace.clock(),
        )
    progress("numbering", 1, 1)
    return len(numbers)


def carry_over(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Leave in the month what its invoices carry, and rate the next one with the rest; returns its unrated calls."""
    settle(workspace, order.period)
    return rate_open_periods(workspace, progress).unrated


def render(workspace: Workspace, _order: CloseOrder, progress: Progress) -> int:
    """Render the PDFs that are not in the archive yet."""
    return invoicing.write_pdfs(
        workspace.store, workspace.settings.invoices, lambda done, total: progress("rendering", done, total)
    )


def publish(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Publish the invoices for analysts and the portal; the controls must balance with them in."""
    return publish_release(workspace, order.issued_on, progress).release_id


def queue_mails(workspace: Workspace, order: CloseOrder, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """Put each invoice in the outbox for the users registered for it (R9.15); a repeat queues nothing anew.

    Returns how many mails are new, and the customers who get none.
    """
    with workspace.store.writing() as tx:
        issued = invoicing.issued(tx, order.period)
        people = accounts.recipients(tx, "invoice")
        queued, unmailed = 0, []
        for index, invoice in enumerate(issued):
            progress("invoice mails", index, len(issued))
            to = [person for person in people if person.customer_id == invoice.buyer.customer_id]
            unmailed += [] if to else [invoice.buyer.customer_id]
            pdf = invoicing.read_pdf(tx, workspace.settings.invoices, str(invoice.invoice_number)) if to else b""
            mails = [_invoice_mail(workspace, invoice, pdf, person) for person in to]
            queued += alerts.queue(tx, mails, workspace.clock())
    progress("invoice mails", len(issued), len(issued))
    return queued, tuple(unmailed)


def _invoice_mail(workspace: Workspace, invoice: invoicing.Invoice, pdf: bytes, recipient: Recipient) -> alerts.Mail:
    if invoice.invoice_number is None or invoice.issued_on is None or invoice.due_on is None:
        raise ValueError(f"an invoice of {invoice.buyer.customer_id} was read back without number or dates")
    return alerts.invoice_mail(
        invoice_number=invoice.invoice_number,
        period=invoice.period,
        gross_cents=invoice.totals.gross_cents,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        customer_name=invoice.buyer.name,
        pdf=pdf,
        recipient=recipient,
        company=workspace.settings.company,
        portal_url=workspace.settings.portal.url,
    )


def send(workspace: Workspace, order: CloseOrder, progress: Progress) -> alerts.DeliverySummary:
    """Deliver the outbox and mark the period sent when nothing of it waits any more."""
    summary = deliver(workspace, order.issued_on, progress)
    with workspace.store.writing() as tx:
        if not summary.waiting:
            invoicing.mark_sent(tx, order.period, actor=order.actor, at=workspace.clock())
    return summary


CLOSE: Mapping[str, Callable[[Workspace, CloseOrder, Progress], Any]] = {
    "number": number,
    "carry over": carry_over,
    "render": render,
    "publish": publish,
    "queue mails": queue_mails,
    "send": send,
}


def close_summary(order: CloseOrder, results: Mapping[str, Any]) -> CloseSummary:
    """Gather the steps' results."""
    mails, unmailed = results["queue mails"]
    return CloseSummary(str(order.period), results["number"], results["render"], mails, results["publish"], unmailed)


def commit(workspace: Workspace, order: CloseOrder, progress: Progress) -> CloseSummary:
    """Commit an approved period in this process, without Prefect; a repeat only finishes what is not done."""
    with workspace.held():
        return close_summary(order, {name: step(workspace, order, progress) for name, step in CLOSE.items()})


def loose_ends(workspace: Workspace, period: Period) -> list[str]:
    """Return what whoever approves a month should know: figures that are not in it, one sentence each."""
    rated = workspace.lake.scan("rated_calls", periods=[str(period)]).filter(pl.col("status") == "unrated")
    nobody = rated.filter(pl.col("customer_id").is_null()).select(pl.len()).collect().item()
    bad_lines = workspace.lake.scan("quarantine").select(pl.len()).collect().item()
    with workspace.store.reading() as tx:
        register = source_files(tx)
    read = register.filter(pl.col("status") == "accepted")["file_id"]
    refused = register.filter((pl.col("status") == "refused") & ~pl.col("file_id").is_in(read.implode()))
    counted = {
        "calls of unknown numbers wait in suspense; see: belnota suspense list": nobody,
        "lines wait in quarantine; see: belnota quarantine list": bad_lines,
        "raw files were refused; see: belnota sql \"from core.source_files where status = 'refused'\"": (
            refused["file_id"].n_unique()
        ),
    }
    return [f"{count:,} {what}" for what, count in counted.items() if count]
