"""Usage totals for invoicing, computed by DuckDB over the exact files of a lake version."""

from __future__ import annotations

import polars as pl

from belnota.tables import UsageTotal, schema_of
from warehouse.duck import attach_lake, connect, quoted, sql_text
from warehouse.lake import Lake


def usage_totals(lake: Lake, version: int, billing_period: str) -> pl.DataFrame:
    """Return what each number used per call type on the invoices of a period, as contract UsageTotal (R3.7).

    Rated and free calls count; unrated calls, written-off ones and calls of nobody have no place on an invoice.
    """
    schema = schema_of(UsageTotal)
    with connect() as connection:
        attach_lake(connection, lake, {"rated_calls": version})
        connection.execute(f"SET VARIABLE billing_period = {quoted(billing_period)}")
        totals: pl.DataFrame = connection.sql(sql_text("totals", "usage_total")).pl()
    return UsageTotal.validate(totals.select(pl.col(name).cast(dtype) for name, dtype in schema.items()))
