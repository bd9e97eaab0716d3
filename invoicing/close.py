"""The month-end close: draft -> approved -> committed -> sent; each function is a step inside the caller's transaction.

What is approved is the hash of the drafts; a commit makes invoices of exactly those, or refuses. A step done twice
does nothing the second time. A killed run leaves the step before, whole.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from belnota import wording
from belnota.errors import Refused
from belnota.periods import Period
from belnota.store.schema import closes, events, invoice_drafts, invoices
from invoicing import canonical, numbering
from invoicing.closing import CloseDraft, close_of, find
from invoicing.drafts import Draft, differences, hash_of
from invoicing.model import Invoice

_CLOSED = ("committed", "sent")


def save_draft(
    tx: sa.Connection,
    period: Period,
    drafts: Sequence[Draft],
    table_versions: Mapping[str, int],
    *,
    actor: str,
    at: dt.datetime,
) -> CloseDraft:
    """Keep a period's drafts in place of earlier ones; an approval stays only when their hash is the same.

    Refused once the period is committed: its invoices never change.
    """
    old = find(tx, period, lock=True)
    if old is not None and old["state"] in _CLOSED:
        raise Refused(f"period {period} is {old['state']}: its invoices are final, credit notes are not built yet")
    digest = hash_of(drafts)
    if old is None or old["draft_hash"] != digest:
        tx.execute(sa.delete(invoice_drafts).where(invoice_drafts.c.period == str(period)))
        tx.execute(sa.delete(closes).where(closes.c.period == str(period)))
        tx.execute(sa.insert(closes), [_new_close(period, digest)])
        rows = [_draft_row(period, draft) for draft in drafts]
        if rows:
            tx.execute(sa.insert(invoice_drafts), rows)
        _note(tx, period, "close.draft", actor=actor, at=at, detail={"draft_hash": digest, "customers": len(rows)})
    _update(tx, period, table_versions=json.dumps(dict(table_versions), sort_keys=True))
    return close_of(tx, period)


def approve(tx: sa.Connection, period: Period, draft_hash: str, *, actor: str, at: dt.datetime) -> CloseDraft:
    """Approve a period's drafts as they were shown, named by their hash; another hash is refused."""
    close = _existing(tx, period)
    _refuse_another_hash(period, draft_hash, close["draft_hash"], "approve")
    if close["state"] == "draft":
        _update(tx, period, state="approved", approved_hash=draft_hash, approved_by=actor, approved_at=at)
        _note(tx, period, "close.approve", actor=actor, at=at, detail={"draft_hash": draft_hash})
    return close_of(tx, period)


def commit(
    tx: sa.Connection,
    period: Period,
    draft_hash: str,
    fresh: Sequence[Draft],
    *,
    issued_on: dt.date,
    number_format: str,
    actor: str,
    at: dt.datetime,
) -> list[str]:
    """Make numbered invoices of the approved drafts, all in this transaction; returns their numbers by customer id.

    `fresh` are the drafts as today's data gives them; when they differ from the approved ones nothing is made and
    the refusal says what changed. Parked customers get no invoice. A second commit returns the same numbers.
    """
    close = _existing(tx, period)
    _refuse_another_hash(period, draft_hash, close["draft_hash"], "commit")
    if close["state"] not in _CLOSED:
        approved = close_of(tx, period)
        if close["state"] != "approved" or close["approved_hash"] != draft_hash:
            raise Refused(f"period {period} is not approved; run: belnota close approve {period} {draft_hash}")
        _refuse_changes(period, approved, fresh)
        made = _issue(tx, approved, issued_on, number_format)
        _update(tx, period, state="committed", issued_on=issued_on)
        _note(tx, period, "close.commit", actor=actor, at=at, detail={"draft_hash": draft_hash, "invoices": made})
    numbers = sa.select(invoices.c.invoice_number).where(invoices.c.period == str(period))
    return list(tx.scalars(numbers.order_by(invoices.c.customer_id)))


def mark_sent(tx: sa.Connection, period: Period, *, actor: str, at: dt.datetime) -> None:
    """Note that all mails of a committed period have gone out; refused before the commit."""
    close = _existing(tx, period)
    if close["state"] not in _CLOSED:
        raise Refused(f"period {period} is {close['state']}, so nothing can have been sent; commit it first")
    if close["state"] == "committed":
        _update(tx, period, state="sent")
        _note(tx, period, "close.sent", actor=actor, at=at, detail={})


def _issue(tx: sa.Connection, close: CloseDraft, issued_on: dt.date, number_format: str) -> int:
    """Insert the invoices with the next numbers, by customer id; the one place where numbers are given."""
    series = str(issued_on.year)
    ready = sorted((draft.invoice for draft in close.invoices), key=lambda invoice: invoice.buyer.customer_id)
    sequences = numbering.next_sequences(tx, series, len(ready))
    _refuse_date(tx, close.period, issued_on)
    rows = []
    for sequence, draft in zip(sequences, ready, strict=True):
        invoice = draft.issued(numbering.written(number_format, series, sequence), issued_on)
        rows.append({"series": series, "sequence": sequence, **_invoice_row(invoice)})
    if rows:
        tx.execute(sa.insert(invoices), rows)
    return len(rows)


def _invoice_row(invoice: Invoice) -> dict[str, Any]:
    totals = dataclasses.asdict(invoice.totals)
    return {
        "invoice_number": invoice.invoice_number,
        "period": invoice.period,
        "customer_id": invoice.buyer.customer_id,
        "issued_on": invoice.issued_on,
        "content": invoice.to_json(),
        **{name: totals[name] for name in ("net_cents", "vat_cents", "gross_cents", "usage_micro_eur")},
    }


def _draft_row(period: Period, draft: Draft) -> dict[str, str]:
    return {
        "period": str(period),
        "customer_id": draft.customer_id,
        "content": draft.invoice.to_json(),
        "problems": canonical.dumps(draft.problems),
    }


def _new_close(period: Period, digest: str) -> dict[str, str]:
    return {"period": str(period), "state": "draft", "draft_hash": digest, "table_versions": "{}"}


def _existing(tx: sa.Connection, period: Period) -> sa.RowMapping:
    close = find(tx, period, lock=True)
    if close is None:
        raise Refused(f"period {period} has no drafts yet; run: belnota close draft {period}")
    return close


def _refuse_another_hash(period: Period, given: str, stored: str, step: str) -> None:
    if given != stored:
        raise Refused(
            f"cannot {step} {period}: you name drafts {given}, but the drafts now are {stored}; "
            f"look at them again with: belnota close show {period}"
        )


def _refuse_changes(period: Period, approved: CloseDraft, fresh: Sequence[Draft]) -> None:
    if hash_of(fresh) != approved.draft_hash:
        changes = differences(approved.drafts, fresh)
        listed = "; ".join(changes[:10]) + (f"; and {len(changes) - 10} more" if len(changes) > 10 else "")
        raise Refused(
            f"period {period} changed since it was approved: {listed}. "
            f"Draft and approve again: belnota close draft {period}"
        )


def _refuse_date(tx: sa.Connection, period: Period, issued_on: dt.date) -> None:
    if issued_on < period.end_on:
        raise Refused(f"period {period} is not over on {wording.date(issued_on, 'en')}; commit from {period.end_on} on")
    last = tx.scalar(sa.select(sa.func.max(invoices.c.issued_on)))
    if last is not None and issued_on < last:
        raise Refused(f"an invoice was issued on {last} already, so none can be dated {issued_on}; check the clock")


def _update(tx: sa.Connection, period: Period, **values: object) -> None:
    tx.execute(sa.update(closes).where(closes.c.period == str(period)).values(**values))


def _note(
    tx: sa.Connection, period: Period, action: str, *, actor: str, at: dt.datetime, detail: Mapping[str, object]
) -> None:
    text = json.dumps(dict(detail), sort_keys=True)
    tx.execute(sa.insert(events).values(at=at, actor=actor, action=action, subject=str(period), detail=text))
