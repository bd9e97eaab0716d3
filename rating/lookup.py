"""The one way in which rating looks things up: by position in sorted keys."""

from __future__ import annotations

import polars as pl


def last_not_above(keys: pl.Series, wanted: pl.Series) -> pl.Series:
    """Return for each wanted key the position of the last key that is not above it; null where there is none.

    Null stays null: `gather` with a null position gives null, but with -1 it would give the last row,
    and an unmatched call somebody's price.
    """
    found = keys.search_sorted(wanted.fill_null(0), side="right").cast(pl.Int64) - 1
    return found.to_frame("at").select(pl.when((pl.col("at") >= 0) & wanted.is_not_null()).then("at")).to_series()


def gathered(table: pl.DataFrame, at: pl.Series) -> pl.DataFrame:
    """Return the rows of a table at these positions; a null position gives a row of nulls."""
    return table.select(pl.all().gather(at))
