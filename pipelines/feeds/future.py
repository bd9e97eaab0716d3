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
    """Turn records and parts later than five minutes after `latest`, when the file arrived, into rejects (`time`)."""
    limit = pl.lit((latest + ALLOWED).astimezone(dt.UTC)).cast(pl.Datetime("us", "UTC"))
    sentence = f": is later than the file itself, which arrived by {latest.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
    held = {"records": "answered_at", "parts": "happened_at"}
    future = [
        getattr(result, name)
        .filter(pl.col(time) > limit)
        .select(
            "line_number",
            reason=pl.lit("time"),
            detail=pl.lit("time = '") + pl.col(time).dt.strftime("%Y-%m-%d %H:%M:%S UTC") + pl.lit("'" + sentence),
            raw_line="raw_line",
        )
        .cast(REJECT)
        for name, time in held.items()
    ]
    if all(lines.is_empty() for lines in future):
        return result
    return replace(
        result,
        records=result.records.filter(pl.col("answered_at") <= limit),
        parts=result.parts.filter(pl.col("happened_at") <= limit),
        rejects=as_rejects(result.rejects, *future),
    )
