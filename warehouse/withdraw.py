"""What a killed run stored of a raw file and never registered: it goes out again, so that one reading decides it all.

Between the two readings a mapping may have been mended, or the clock have gone on: rows of the first and counts of the
second would not tie out, or tie out and be wrong.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from warehouse.lake import Lake
from warehouse.lake_tables import TABLES

FILLED_BY_FILES: Final = ("calls", "call_parts", "quarantine")


def withdraw(lake: Lake, file_id: str) -> int:
    """Take all rows of a raw file out of the lake and let its batches come anew; returns how many rows went.

    Killed anywhere, the same call ends the same: that the batches may come anew is written before the first row goes.
    Partitions that held such rows become one file each. Versions before this one keep the rows.
    """
    return sum(_withdraw(lake, table, file_id) for table in FILLED_BY_FILES)


def _withdraw(lake: Lake, table: str, file_id: str) -> int:
    partition = TABLES[table].partition
    is_its = pl.col("file_id") == file_id
    held = lake.scan(table).filter(is_its).group_by(pl.col(partition) if partition else pl.lit("").alias("all")).len()
    counts: list[tuple[str, int]] = held.collect(engine="streaming").sort(pl.first()).rows()
    if counts:
        lake.forget_batches(table, file_id)
    for name, _ in counts:
        lake.replace(table, name, lake.scan(table, periods=[name] if partition else None).filter(~is_its))
    return sum(count for _, count in counts)
