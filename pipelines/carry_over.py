"""What a committed month leaves behind: whatever it did not bill is billed in the next one, once.

A parked customer gets no invoice, and a call of an unknown number or without a price has no charge. When a month is
committed those calls leave its partition, which then holds exactly what its invoices carry. From then on they are late
calls (rate_periods.py): the next open month prices them by their own date, with their own month's bundles. The
parked customers' fees follow them. So nothing is lost, nothing is billed twice, and a closed month never changes.
"""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

import accounts
import invoicing
from belnota.periods import Period
from belnota.tables import Fee, empty
from pipelines.workspace import Workspace


def settle(workspace: Workspace, period: Period) -> bool:
    """Take out of a committed month what its invoices do not carry; a repeat changes nothing."""
    with workspace.store.reading() as tx:
        parked = [draft.customer_id for draft in invoicing.show(tx, period).parked]
    month = str(period)
    lake = workspace.lake
    rated = lake.scan("rated_calls", periods=[month])
    is_billed = pl.col("customer_id").is_not_null() & ~pl.col("customer_id").is_in(parked)
    costs_nobody = pl.col("customer_id").is_null() & (pl.col("status") == "free")
    stays = is_billed | costs_nobody
    settled = rated.filter(stays).select("call_id")
    draws = lake.scan("bundle_draws", periods=[month]).join(settled, on="call_id", how="semi")
    usage = lake.scan("bundle_usage", periods=[month]).filter(~pl.col("customer_id").is_in(parked))
    changes = [
        lake.replace("rated_calls", month, rated.filter(stays).collect()),
        lake.replace("bundle_draws", month, draws.collect()),
        lake.replace("bundle_usage", month, usage.collect()),
    ]
    return any(changes)


def fees_due(tx: sa.Connection, period: Period) -> pl.DataFrame:
    """Return the fees that a month's invoices carry: its own, and those of earlier months that were parked (Fee)."""
    late = [_parked_fees(tx, Period.parse(closed), period) for closed in sorted(invoicing.closed_periods(tx))]
    return pl.concat([accounts.fees(tx, period), *late])


def _parked_fees(tx: sa.Connection, closed: Period, period: Period) -> pl.DataFrame:
    if closed >= period:
        return empty(Fee)
    parked = {draft.customer_id for draft in invoicing.show(tx, closed).parked}
    since = (pl.col("period") > str(closed)) & (pl.col("period") < str(period))
    billed = set(invoicing.invoices(tx).filter(since)["customer_id"])
    waiting = sorted(parked - billed)
    return accounts.fees(tx, closed).filter(pl.col("customer_id").is_in(waiting))
