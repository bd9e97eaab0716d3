"""The close as plain steps: draft, then (after a person approved its hash) number, render, publish, send.

Preview and commit build invoices by one function from today's data, so what was approved is what is issued.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

import accounts
import invoicing
import warehouse
from belnota.errors import Refused
from belnota.periods import Period, local_day
from pipelines import quarantine
from pipelines.issuing import CloseOrder, carry_over, finish_commits, publish, queue_mails, render, send
from pipelines.months import committed_months, open_before
from pipelines.nights_run import judged_on
from pipelines.publishing import publish_release
from pipelines.rate_periods import rate_open_periods
from pipelines.register import source_files
from pipelines.workspace import Progress, Workspace, silent


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
    """Build the invoices of a period from today's data; returns them and the table versions they rest on.

    Everything open is rated and published first: a draft never mixes today's accounts with yesterday's rating.
    """
    rate_open_periods(workspace, silent)
    publish_release(workspace, judged_on(workspace), silent)
    month = str(period)
    with workspace.store.reading() as tx:
        release = warehouse.newest(tx)
        if release is None:
            raise Refused("nothing is published, so there is nothing to invoice; run: belnota nightly")
        previous = invoicing.gross_by_customer(tx, period.previous())
        people = accounts.customers(tx)
        fees = accounts.fees(tx, period)
        parked_fees = invoicing.parked_fees(tx, period)
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
        parked_fees=parked_fees,
        payment_days=workspace.settings.invoicing.payment_days,
    )
    return drafts, versions


def draft(workspace: Workspace, period: Period, actor: str) -> invoicing.CloseDraft:
    """Make (or make anew) the draft of a period; nothing is numbered and nothing leaves the house."""
    with workspace.held():
        finish_commits(workspace, None, silent)
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
    finish_commits(workspace, None, silent, other_than=order.period)
    committed = committed_months(workspace)
    is_closed = str(order.period) in committed
    if not is_closed:
        _refuse_out_of_turn(workspace, order.period, committed)
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


def _refuse_out_of_turn(workspace: Workspace, period: Period, committed: set[str]) -> None:
    """Months are closed in their order: what one leaves behind is billed in the next."""
    earlier = open_before(workspace, period)
    if earlier:
        raise Refused(
            f"{', '.join(earlier)} has calls and is not closed; close it first, or, when months before {period} were "
            f'billed elsewhere, set first_period = "{period}" in [invoicing] of belnota.toml'
        )
    later = sorted(month for month in committed if month > str(period))
    if later:
        raise Refused(
            f"{later[0]} is closed already; calls of {period} are billed as late usage in the next open month"
        )


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
    bad_lines = quarantine.lines(workspace, quarantine.Selection()).height
    with workspace.store.reading() as tx:
        register = source_files(tx)
    read = register.filter(pl.col("status") == "accepted")["file_id"]
    refused = register.filter((pl.col("status") == "refused") & ~pl.col("file_id").is_in(read.implode()))
    counted = {
        "calls of unknown numbers wait in suspense; see: belnota suspense list": nobody,
        "lines wait in quarantine; see: belnota quarantine list": bad_lines,
        "raw files were refused; see: belnota files list": (refused["file_id"].n_unique()),
    }
    return [f"{count:,} {what}" for what, count in counted.items() if count]
