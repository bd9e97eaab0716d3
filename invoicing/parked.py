"""Fees that a closed month drafted for a parked customer, until an invoice carries them.

They are taken from the frozen drafts, so what accounts change later neither loses nor doubles them.
"""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from belnota.periods import Period
from invoicing.closing import close_of, closed_periods
from invoicing.model import Line
from invoicing.register import invoice_lines


def parked_fees(tx: sa.Connection, period: Period) -> dict[str, list[Line]]:
    """Return per customer the fee lines of closed months before `period` that no invoice carries, oldest first."""
    fees = invoice_lines(tx).filter(pl.col("kind") == "fee").select("customer_id", "usage_period")
    billed = set(fees.rows())
    waiting: dict[str, list[Line]] = {}
    for month in sorted(closed_periods(tx)):
        if month >= str(period):
            continue
        for draft in close_of(tx, Period.parse(month)).parked:
            own = [line for line in draft.invoice.lines if line.kind == "fee" and line.period == month]
            if own and (draft.customer_id, month) not in billed:
                waiting.setdefault(draft.customer_id, []).extend(own)
    return waiting
