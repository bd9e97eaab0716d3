"""What a committed month leaves behind: whatever it did not bill is billed in the next one, once.

A parked customer gets no invoice, and a call of an unknown number or without a price has no charge. When a month is
committed those calls leave its partition, which then holds exactly what its invoices carry. From then on they are late
calls (rate_periods.py): the next open month prices them by their own date, with their own month's bundles. The
parked customers' fees follow them (invoicing/parked.py). So nothing is lost, nothing is billed twice, and a closed
month never changes.
"""

from __future__ import annotations

import polars as pl

import invoicing
from belnota.periods import Period
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
