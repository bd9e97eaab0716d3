"""Looking things up by position: in sorted keys, by code in flat tables. Joins cost more and lose the order of rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def last_not_above(keys: pl.Series, wanted: pl.Series) -> pl.Series:
    """Return for each wanted key the position of the last key that is not above it; null where there is none.

    Null stays null: `gather` with a null position gives null, but with -1 it would give the last row,
    and an unmatched call somebody's price.
    """
    found = keys.search_sorted(wanted.fill_null(0), side="right").cast(pl.Int64) - 1
    return found.to_frame("at").select(pl.when((pl.col("at") >= 0) & wanted.is_not_null()).then("at")).to_series()


def placed(into: pl.Series, at: pl.Series, values: pl.Series) -> pl.Series:
    """Return a series with these values at these positions; `scatter` alone would change `into` itself."""
    return into.clone().scatter(at, values)


def nothing(height: int, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    """Return a series of so many nulls."""
    return pl.Series([None], dtype=dtype).new_from_index(0, height)


def codes(texts: pl.Series, names: Sequence[str]) -> pl.Series:
    """Return the position of each text in `names` (UInt32), null where it is not one of them.

    A column that is an Enum already costs one lookup a row; text is hashed.
    """
    known = pl.Enum(names)
    if texts.dtype == pl.Null:
        return nothing(texts.len(), pl.UInt32).alias(texts.name)
    if isinstance(texts.dtype, pl.Enum):
        own = texts.dtype.categories.cast(known, strict=False).to_physical().cast(pl.UInt32)
        return own.gather(texts.to_physical()).alias(texts.name)
    return texts.cast(known, strict=False).to_physical().cast(pl.UInt32)
