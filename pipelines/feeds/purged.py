"""Calls of months whose details were purged: they are not taken in again, and nothing of their lines is kept."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from belnota.periods import period_of
from pipelines.feeds.result import REJECT, FileRefused, ReadResult, as_rejects

REASON = "purged_period"


def without_purged(result: ReadResult, *, through: str) -> ReadResult:
    """Turn records and parts of local months up to `through` (YYYY-MM; empty = none) into rejects without text."""
    if not through:
        return result
    held = {"records": "answered_at", "parts": "happened_at"}
    month = {name: period_of(pl.col(time)) for name, time in held.items()}
    old = [
        getattr(result, name)
        .filter(month[name] <= through)
        .select(
            "line_number",
            reason=pl.lit(REASON),
            detail=pl.lit("call details of ") + month[name] + pl.lit(" were purged, so it cannot be billed any more"),
            raw_line=pl.lit("(not kept)"),
        )
        .cast(REJECT)
        for name in held
    ]
    if all(lines.is_empty() for lines in old):
        return result
    return replace(
        result,
        records=result.records.filter(month["records"] > through),
        parts=result.parts.filter(month["parts"] > through),
        rejects=as_rejects(result.rejects, *old),
    )


def refuse_if_all_purged(result: ReadResult, *, through: str) -> ReadResult:
    """Return the result, unless all its calls are of purged months: such a file is refused, and not archived."""
    old = result.rejects.filter(pl.col("reason") == REASON).height
    if old and result.records.is_empty() and result.parts.is_empty():
        said = f"all its {old:,} calls are of months up to {through}, whose call details were purged"
        raise FileRefused(REASON, f"{said}; nothing of it was kept")
    return result
