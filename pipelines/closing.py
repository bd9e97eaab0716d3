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
from belnota.periods import Period, local_day
from pipelines.publishing import publish_release
from pipelines.warn import deliver
from pipelines.workspace import Progress, Workspace


@dataclass(frozen=True)
class CloseOrder:
    """What to commit: a period, the approved draft's hash, and the date on the invoices."""

    period: str
    draft_hash: str
    issued_on: dt.date


@dataclass(frozen=True)
class CloseSummary:
    """What the commit of a period came to."""

    period: str
    invoices: int
    rendered: int
    mails: int
    release_id: int


def build_drafts(workspace: Workspace, period: str) -> tuple[list[invoicing.Draft], Mapping[str, int]]:
    """Build the invoices of a period from the newest release; returns them and the table versions they rest on."""
    with workspace.store.reading() as tx:
        release = warehouse.newest(tx)
        if release is None:
            raise Refused("nothing is published yet, so there is nothing to invoice; run: belnota nightly")
        before = invoicing.invoices(tx, str(Period.parse(period).previous()))
        people = accounts.customers(tx)
        fees = accounts.fees(tx, Period.parse(period))
    lake, versions = workspace.lake, release.table_versions
    rated = lake.scan("rated_calls", version=versions["rated_calls"], periods=[period])
    unrated = rated.filter((pl.col("status") == "unrated") & pl.col("customer_id").is_not_null())
    drafts = invoicing.draft_invoices(
        period=Period.parse(period),
        company=workspace.settings.company,
        customers=people,
        totals=warehouse.usage_totals(lake, versions["rated_calls"], period),
        fees=fees,
        bundles=lake.scan("bundle_usage", version=versions["bundle_usage"], periods=[period]).collect(),
        unrated=unrated.group_by("customer_id").agg(calls=pl.len().cast(pl.Int64)).collect(),
        previous=dict(zip(before["customer_id"], before["gross_cents"], strict=True)),
        payment_days=workspace.settings.invoicing.payment_days,
    )
    return drafts, versions


def draft(workspace: Workspace, period: str) -> invoicing.CloseDraft:
    """Make (or make anew) the draft of a period; nothing is numbered and nothing leaves the house."""
    with workspace.held():
        drafts, versions = build_drafts(workspace, period)
        with workspace.store.writing() as tx:
            return invoicing.save_draft(tx, period, drafts, table_versions=versions)


def approve(workspace: Workspace, period: str, draft_hash: str, actor: str) -> None:
    """Record that a person approved exactly this draft."""
    with workspace.held(), workspace.store.writing() as tx:
        invoicing.approve(tx, period, draft_hash, actor=actor, at=workspace.clock())


def number(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Give the approved invoices their numbers, in one transaction; a repeat finds them numbered."""
    period = Period.parse(order.period)
    if local_day(workspace.clock()) < period.end_on and order.issued_on < period.end_on:
        raise Refused(f"{order.period} is not over yet; it can be committed from {period.end_on} on")
    progress("numbering", 0, 1)
    with workspace.store.reading() as tx:
        committed = order.period in invoicing.closed_periods(tx)
    drafts = [] if committed else build_drafts(workspace, order.period)[0]
    with workspace.store.writing() as tx:
        numbers = invoicing.commit(
            tx,
            order.period,
            order.draft_hash,
            fresh=drafts,
            issued_on=order.issued_on,
            number_format=workspace.settings.invoicing.number_format,
            at=workspace.clock(),
        )
    progress("numbering", 1, 1)
    return len(numbers)


def render(workspace: Workspace, _order: CloseOrder, progress: Progress) -> int:
    """Render the PDFs that are not in the archive yet."""
    return invoicing.write_pdfs(workspace.store, workspace.settings.invoices, progress)


def publish(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Publish the invoices for analysts and the portal; the controls must balance with them in."""
    return publish_release(workspace, order.issued_on, progress).release_id


def queue_mails(workspace: Workspace, order: CloseOrder, progress: Progress) -> int:
    """Put each invoice in the outbox for the users registered for it (R9.15); a repeat queues nothing anew."""
    settings = workspace.settings
    with workspace.store.writing() as tx:
        issued = invoicing.issued(tx, order.period)
        people = accounts.recipients(tx, "invoice")
        mails = []
        for index, invoice in enumerate(issued):
            progress("invoice mails", index, len(issued))
            pdf = invoicing.read_pdf(settings.invoices, invoice)
            mails += [
                alerts.invoice_mail(
                    invoice_number=invoice.number,
                    period=invoice.period,
                    gross_cents=invoice.gross_cents,
                    issued_on=invoice.issued_on,
                    due_on=invoice.due_on,
                    customer_name=invoice.customer_name,
                    pdf=pdf,
                    recipient=person,
                    company=settings.company,
                    portal_url=settings.portal.url,
                )
                for person in people
                if person.customer_id == invoice.customer_id
            ]
        queued = alerts.queue(tx, mails, at=workspace.clock())
    progress("invoice mails", len(issued), len(issued))
    return queued


def send(workspace: Workspace, order: CloseOrder, progress: Progress) -> alerts.DeliverySummary:
    """Deliver the outbox and mark the period sent when nothing of it waits any more."""
    summary = deliver(workspace, order.issued_on, progress)
    with workspace.store.writing() as tx:
        if not summary.waiting:
            invoicing.mark_sent(tx, order.period)
    return summary


CLOSE: Mapping[str, Callable[[Workspace, CloseOrder, Progress], Any]] = {
    "number": number,
    "render": render,
    "publish": publish,
    "queue mails": queue_mails,
    "send": send,
}


def close_summary(order: CloseOrder, results: Mapping[str, Any]) -> CloseSummary:
    return CloseSummary(
        order.period, results["number"], results["render"], results["queue mails"], results["publish"]
    )


def commit(workspace: Workspace, order: CloseOrder, progress: Progress) -> CloseSummary:
    """Commit an approved period in this process, without Prefect; a repeat only finishes what is not done."""
    with workspace.held():
        return close_summary(order, {name: step(workspace, order, progress) for name, step in CLOSE.items()})


