"""A small month, published: the file that the tests of analysts ask."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from tests.lib.warehouse_data import calls, draws, invoices, part, published_frames, quarantined, rated, usage
from warehouse import Lake, Release, publish

TABLES = ("calls", "call_parts", "quarantine", "rated_calls", "bundle_draws", "bundle_usage")


def release_of(lake: Lake, number: int = 1) -> Release:
    controls = pl.DataFrame(
        [("C1", "all", "files", 3, 3, True, "3 accepted", "balance")],
        schema=["control", "scope", "unit", "left", "right", "is_balanced", "detail", "kind"],
        orient="row",
    )
    made_at = dt.datetime(2026, 11, 1, 3, 0, tzinfo=dt.UTC)
    versions = {table: lake.version(table) for table in TABLES}
    return Release(number, f"key {number}", made_at, dt.date(2026, 11, 1), versions, controls)


def publish_month(root: Path) -> tuple[Path, pl.DataFrame, pl.DataFrame]:
    """Publish 60 calls of October and 6 late ones of September; returns the file, rated calls and invoices."""
    lake = Lake(root / "lake")
    frame = pl.concat([calls(60), calls(6, period="2026-09", feed="late")])
    lake.append("calls", frame, batch="1")
    lake.append("quarantine", quarantined(2), batch="1")
    lake.append("call_parts", part("waits"), batch="1")
    out = pl.concat([rated(calls(60)), rated(calls(6, period="2026-09", feed="late"), billing_period="2026-10")])
    lake.replace("rated_calls", "2026-10", out)
    lake.replace("bundle_draws", "2026-10", draws(out))
    lake.replace("bundle_usage", "2026-10", usage(out, draws(out)))
    bills = invoices(out, period="2026-10", customers=["C1", "C2"])
    publish(root / "analytics.duckdb", lake, release_of(lake, 7), published_frames(out, ["C1", "C2"]))
    return root / "analytics.duckdb", out, bills
