"""Calls of months whose details were purged: they are not taken in again, and nothing of their lines is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass
class PurgedMonths:
    """The calls of purged months in one raw file, whether it is read whole or block by block."""

    through: str
    """Months up to this one (YYYY-MM) are purged; empty = none."""
    _old: int = 0
    _others: int = 0

    def without(self, result: ReadResult) -> ReadResult:
        """Return one block, or the whole, without them (see `without_purged`)."""
        kept = without_purged(result, through=self.through)
        self._old += kept.rejects.height - result.rejects.height
        self._others += kept.records.height + kept.parts.height
        return kept

    def refuse_all(self) -> None:
        """Raise FileRefused when all calls that were read are of purged months: such a file is not archived either."""
        if self._old and not self._others:
            said = f"all its {self._old:,} calls are of months up to {self.through}, whose call details were purged"
            raise FileRefused(REASON, f"{said}; nothing of it was kept")
