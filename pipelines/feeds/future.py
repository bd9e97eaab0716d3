"""Calls that lie after their file arrived: a clock is wrong somewhere, and a bill must not follow it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

import polars as pl

from pipelines.feeds.result import REJECT, ReadResult, as_rejects

ALLOWED: Final = dt.timedelta(minutes=5)
"""How far the clock of a source may run ahead of ours (reliability.md D9)."""


def without_future(result: ReadResult, *, latest: dt.datetime) -> ReadResult:
    """Turn records of more than five minutes after `latest`, when their file arrived, into rejects (`time`)."""
    limit = (latest + ALLOWED).astimezone(dt.UTC)
    is_future = pl.col("answered_at") > pl.lit(limit).cast(pl.Datetime("us", "UTC"))
    future = result.records.filter(is_future)
    if future.is_empty():
        return result
    written = pl.col("answered_at").dt.strftime("%Y-%m-%d %H:%M:%S UTC")
    sentence = f": is later than the file itself, which arrived by {latest.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    rejects = future.select(
        "line_number",
        reason=pl.lit("time"),
        detail=pl.lit("time = '") + written + pl.lit("'" + sentence),
        raw_line="raw_line",
    )
    return replace(
        result, records=result.records.filter(~is_future), rejects=as_rejects(result.rejects, rejects.cast(REJECT))
    )
