"""What follows once invoices have numbers: carry over, render, publish, mail. Each step may be repeated.

A commit that was cut off here is finished by the next night or draft, so that nobody has to know that it was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

import accounts
import alerts
import invoicing
from belnota.people import Recipient
from belnota.periods import Period
from pipelines.carry_over import settle
from pipelines.publishing import publish_release
from pipelines.purge import finish_purge
from pipelines.rate_periods import rate_open_periods
from pipelines.warn import deliver
from pipelines.workspace import Progress, Workspace


@dataclass(frozen=True)
class CloseOrder:
    """What to commit: a period, the approved draft's hash, the date on the invoices, and who says so."""

    period: Period
    draft_hash: str
    issued_on: dt.date
    actor: str


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
    with workspace.store.reading() as tx:
        issued = invoicing.issued(tx, order.period)
        people = accounts.recipients(tx, "invoice")
    queued, unmailed = 0, []
    for index, invoice in enumerate(issued):
        progress("invoice mails", index, len(issued))
        to = [person for person in people if person.customer_id == invoice.buyer.customer_id]
        if not to:
            unmailed.append(invoice.buyer.customer_id)
            continue
        with workspace.store.reading() as tx:
            pdf = invoicing.read_pdf(tx, workspace.settings.invoices, str(invoice.invoice_number))
        mails = [_invoice_mail(workspace, invoice, pdf, person) for person in to]
        with workspace.store.writing() as tx:
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
    """Deliver the outbox, and mark committed months sent when nothing of it waits any more."""
    return deliver_all(workspace, order.issued_on, progress)


def deliver_all(workspace: Workspace, on: dt.date, progress: Progress) -> alerts.DeliverySummary:
    """Deliver the outbox; a month whose invoices are all queued and out is sent."""
    summary = deliver(workspace, on, progress)
    if not summary.waiting:
        for order in _committed(workspace):
            with workspace.store.writing() as tx:
                invoicing.mark_sent(tx, order.period, actor=order.actor, at=workspace.clock())
    return summary


def finish_commits(
    workspace: Workspace, _on: dt.date | None, progress: Progress, *, other_than: Period | None = None
) -> int:
    """Finish commits that were cut off after their numbers were given; returns how many months that were.

    The night, the next draft and the next commit do this first, so that nobody has to know that one was killed.
    """
    finish_purge(workspace, progress)
    orders = [order for order in _committed(workspace) if order.period != other_than]
    for order in orders:
        settle(workspace, order.period)
        render(workspace, order, progress)
        queue_mails(workspace, order, progress)
    return len(orders)


def _committed(workspace: Workspace) -> list[CloseOrder]:
    with workspace.store.reading() as tx:
        rows = invoicing.status(tx).filter(pl.col("state") == "committed").iter_rows(named=True)
        return [CloseOrder(Period.parse(row["period"]), row["draft_hash"], row["issued_on"], "night") for row in rows]
