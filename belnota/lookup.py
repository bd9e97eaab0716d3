"""Looking things up by position: in sorted keys, by code in flat tables. Joins cost more and lose the order of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

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


_FEW: Final = 1000
"""Up to so many names a cast is quicker than a join."""


class Coder:
    """Turns texts into their positions among known names (UInt32), null where a text is none of them.

    Text is looked up by hash. A column that is an Enum already costs one lookup a row: how its categories are numbered
    here is worked out once and kept.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = pl.Series("name", names, dtype=pl.String)
        self._known = pl.Enum(self.names)
        self._positions = self.names.to_frame().with_row_index("code")
        self._seen: tuple[pl.Enum, pl.Series] | None = None

    def __len__(self) -> int:
        return self.names.len()

    def codes(self, texts: pl.Series) -> pl.Series:
        """Return the position of each text."""
        dtype = texts.dtype  # of an Enum with many categories this is slow to ask
        if isinstance(dtype, pl.Enum):
            return self._of_enum(dtype).gather(texts.to_physical()).alias(texts.name)
        if texts.null_count() == texts.len():
            return nothing(texts.len(), pl.UInt32).alias(texts.name)
        if len(self) <= _FEW:
            return texts.cast(self._known, strict=False).to_physical().cast(pl.UInt32)
        found = texts.alias("name").to_frame().join(self._positions, on="name", how="left", maintain_order="left")
        return found["code"].alias(texts.name)

    def _of_enum(self, dtype: pl.Enum) -> pl.Series:
        if self._seen is None or self._seen[0] != dtype:
            self._seen = dtype, self.codes(dtype.categories)
        return self._seen[1]


class NumberCoder(Coder):
    """A Coder of phone numbers (`+` and digits), which are looked up as integers: half the work of texts."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names)
        value = self.names.cast(pl.UInt64, strict=False)
        self._by_value = self._positions.select("code", value.alias("value"))
        self._is_exact = not value.null_count() and value.is_unique().all()

    def codes(self, texts: pl.Series) -> pl.Series:
        """Return the position of each text."""
        if not self._is_exact or texts.dtype != pl.String:
            return super().codes(texts)
        value = texts.cast(pl.UInt64, strict=False).alias("value").to_frame()
        found = value.join(self._by_value, on="value", how="left", maintain_order="left")
        # The same digits may be written otherwise, without + or with zeros before them: that is not this number.
        is_same = self.names.gather(found["code"]) == texts
        return found.select(pl.when(is_same).then("code")).to_series().alias(texts.name)
