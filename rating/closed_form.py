"""What a call costs that stays in one band, without walking: a few numbers per price row, worked out once.

A price row here is the row at t = 0. Whatever its slot charges when a call leaves it, and the row that follows, do not
depend on the call; so two-step tariffs (30/6) are as quick as flat ones. Three slots and more walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.tables.prices import FAR, PriceBook
from rating.terms import TERMS

_ROOM: Final = 2**60
"""Each of the three parts of a charge stays below this, so their sum stays in 64 bits."""


@dataclass(frozen=True)
class ClosedForm:
    """Numbers per price row, all Int64 but `next_row`: amounts in 1e-8 euro times the rate set's denominator.

    first: the first increment; increment; slot_t, slot_sum: where a call that goes on leaves the slot, and what the
    slot has cost it; next_row: who prices it then; until_quantity; unit_price; most: the most units that one row may
    price here; fee, cap; unit: one step of the deck's rounding; bias, odd (`rounding_terms`); scale: micro-euros of
    one such step; fee_micro: the rounded fee. A row whose numbers need more than 64 bits has most = -1 and walks.
    same: the numbers that all rows share.
    """

    rows: pl.DataFrame
    same: dict[str, int]

    @classmethod
    def compiled(cls, prices: PriceBook, exact: pl.DataFrame) -> Self:
        """Work out the numbers of all price rows of a book from their exact terms (`exact_terms`)."""
        limits = prices.rows.select("until_quantity", "increment", "minimum")
        rows = pl.concat([limits, exact], how="horizontal").pipe(_with_slots).pipe(_in_64_bits)
        numbers = rows.drop("next_row")
        lowest, highest = numbers.min().row(0, named=True), numbers.max().row(0, named=True)
        return cls(rows, {name: low for name, low in lowest.items() if low is not None and low == highest[name]})

    def of(self, rows: pl.Series, *names: str) -> list[pl.Expr | pl.Series]:
        """Return these numbers for each call's price row; what is the same in all rows is not looked up."""
        return [
            pl.lit(self.same[name], pl.Int64).alias(name) if name in self.same else self.rows[name].gather(rows)
            for name in names
        ]


def _with_slots(rows: pl.DataFrame) -> pl.DataFrame:
    first = pl.max_horizontal("increment", "minimum")
    further = (pl.col("until_quantity") - first).clip(0)
    whole = (further + pl.col("increment") - 1) // pl.col("increment") * pl.col("increment")
    has_next = pl.col("until_quantity") < FAR
    rows = rows.with_columns(first=first, slot_t=pl.when(has_next).then(first + whole).otherwise(FAR))
    next_row = pl.select(pl.int_range(1, rows.height + 1, dtype=pl.UInt32)).to_series()
    next_row = rows.select(pl.when(has_next).then(next_row)).to_series()
    while True:
        # A long first increment may jump over whole slots.
        is_past = (rows["until_quantity"].gather(next_row) <= rows["slot_t"]).fill_null(value=False)
        if not is_past.any():
            return rows.with_columns(next_row.alias("next_row"))
        next_row = next_row + is_past.cast(pl.UInt32)


def _in_64_bits(rows: pl.DataFrame) -> pl.DataFrame:
    slot_sum = pl.when(pl.col("slot_t") < FAR).then(pl.col("unit_price") * pl.col("slot_t")).otherwise(0)
    rows = rows.with_columns(slot_sum=slot_sum, most=(_ROOM // pl.col("unit_price").clip(1)).clip(0, FAR))
    fits = (pl.col("unit_price") < _ROOM) & (pl.col("unit") < _ROOM // 2) & (pl.col("fee") < _ROOM // 2)
    rows = rows.with_columns(
        most=pl.when(fits).then("most").otherwise(-1),
        # A slot that is dearer than 64 bits hold is never walked through here.
        next_row=pl.when(pl.col("slot_sum") < _ROOM).then("next_row"),
    )
    narrow = [pl.col(name).fill_null(FAR).clip(0, FAR).cast(pl.Int64) for name in (*TERMS, "slot_sum")]
    return rows.with_columns(*narrow, pl.col("most").cast(pl.Int64)).drop("minimum")
