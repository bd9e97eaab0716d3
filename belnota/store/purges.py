"""Tables of the store: what was purged, and the counters that stay so that the controls go on tying out."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from belnota.store.base import Instant, metadata

purges = Table(
    "purges",
    metadata,
    Column("purge_id", Integer, primary_key=True, autoincrement=False),
    Column("calls_through", Text, nullable=False),  # newest month whose call details go; empty = none
    Column("invoices_through", Integer, nullable=False),  # newest year whose invoices go; 0 = none
    Column("state", Text, nullable=False),  # begun | done
    Column("actor", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("report", Text, nullable=False),  # JSON list: what went and what stayed, as it was told
)


def _of_purge() -> Column[int]:
    return Column("purge_id", Integer, sa.ForeignKey("purges.purge_id"), nullable=False, index=True)


purged_usage = Table(
    "purged_usage",  # rated calls that were purged, summed (PurgedUsage)
    metadata,
    Column("row_id", Integer, primary_key=True),
    _of_purge(),
    Column("billing_period", Text, nullable=False),
    Column("customer_id", Text),
    Column("usage_period", Text, nullable=False),
    Column("own_number", Text),
    Column("service", Text, nullable=False),
    Column("call_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("calls", BigInteger, nullable=False),
    Column("stored_calls", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("stored_quantity", BigInteger, nullable=False),
    Column("in_bundle_quantity", BigInteger, nullable=False),
    Column("charge_micro_eur", BigInteger),
    Column("information_charge_micro_eur", BigInteger),
)

purged_draws = Table(
    "purged_draws",  # what purged calls took from bundles, summed (PurgedDraw)
    metadata,
    Column("row_id", Integer, primary_key=True),
    _of_purge(),
    Column("billing_period", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("pool_id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
)

purged_files = Table(
    "purged_files",  # what a purge took of one raw file, in rows of the lake (PurgedFile)
    metadata,
    Column("purge_id", Integer, sa.ForeignKey("purges.purge_id"), primary_key=True),
    Column("file_id", Text, primary_key=True),
    Column("feed", Text),
    Column("is_raw_gone", Boolean, nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("retried_calls", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("retried_parts", BigInteger, nullable=False),
    Column("assembled_calls", BigInteger, nullable=False),
    Column("assembled_equal", BigInteger, nullable=False),
    Column("quarantined_rows", BigInteger, nullable=False),
    Column("never_decided", BigInteger, nullable=False),
    Column("still_open", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("became_call", BigInteger, nullable=False),
    Column("became_part", BigInteger, nullable=False),
    Column("became_duplicate", BigInteger, nullable=False),
    Column("left_out", BigInteger, nullable=False),
)
