"""What a call costs that stays in one band, without walking: a few numbers per price row, worked out once.

A price row here is the row at t = 0. Whatever its slot charges when a call leaves it, and the row that follows, do not
depend on the call; so two-step tariffs (30/6) are as quick as flat ones. Three slots and more walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.money import ROUNDING_MODES, rounded_by_terms, rounding_terms
from belnota.tables.prices import FAR, PriceBook

_ROOM: Final = 2**60
"""Each of the three parts of a charge stays below this, so their sum stays in 64 bits."""
_INT128: Final = pl.Int128()


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
    def compiled(cls, prices: PriceBook) -> Self:
        """Work out the numbers of all price rows of a book."""
        rows = prices.rows.select(
            "rate_set", "from_quantity", "until_quantity", "increment", "minimum", "unit_price", "connect_fee",
            "max_charge",
        ).with_columns(*prices.rate_sets.select("deck_number", "denominator").select(
            pl.all().gather(prices.rows["rate_set"])
        ))  # fmt: skip
        form = rows.pipe(_with_slots).pipe(_with_amounts, prices)
        extremes = [pl.concat([form.min(), form.max()])[name] for name in form.columns if name != "next_row"]
        return cls(form, {one.name: one[0] for one in extremes if one[0] is not None and one[0] == one[1]})

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


def _with_amounts(rows: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    decimals = pl.Series([rules.decimals for rules in prices.rules], dtype=pl.Int64)
    powers = pl.Series([10**exponent for exponent in range(9)], dtype=pl.Int64)
    places = pl.lit(decimals).gather(pl.col("deck_number"))
    denominator = pl.col("denominator").cast(_INT128)
    wide = rows.with_columns(
        scale=pl.lit(powers).gather(6 - places),
        unit=denominator * pl.lit(powers).gather(8 - places),
        fee=pl.col("connect_fee") * denominator,
        cap=(pl.col("max_charge") * denominator).fill_null(FAR).clip(0, FAR),
        slot_sum=pl.when(pl.col("slot_t") < FAR).then(pl.col("unit_price") * pl.col("slot_t")).otherwise(0),
    )
    wide = wide.with_columns(_terms(prices)).with_columns(
        most=(_ROOM // pl.col("unit_price").clip(1)).clip(0, FAR),
    )
    # A slot that is dearer than 64 bits hold is never walked through here.
    fits = (pl.col("unit_price") < _ROOM) & (pl.col("unit") < _ROOM // 2) & (pl.col("fee") < _ROOM // 2)
    wide = wide.with_columns(
        most=pl.when(fits).then("most").otherwise(-1),
        next_row=pl.when(pl.col("slot_sum") < _ROOM).then("next_row"),
        fee_micro=rounded_by_terms(
            pl.min_horizontal("fee", "cap"), pl.col("unit"), pl.col("bias"), pl.col("odd")
        ) * pl.col("scale"),
    )  # fmt: skip
    amounts = ("unit", "bias", "odd", "fee", "cap", "slot_sum", "unit_price")
    narrow = [pl.when(pl.col(name) < FAR).then(name).otherwise(FAR).cast(pl.Int64) for name in amounts]
    return wide.with_columns(*narrow, pl.col("most", "fee_micro").cast(pl.Int64)).drop(
        "rate_set", "from_quantity", "deck_number", "denominator", "minimum", "connect_fee", "max_charge"
    )


def _terms(prices: PriceBook) -> list[pl.Expr]:
    bias = odd = pl.lit(0, _INT128)
    for mode in ROUNDING_MODES:
        decks = [number for number, rules in enumerate(prices.rules) if rules.rounding == mode]
        if decks:
            of_mode = pl.col("deck_number").is_in(decks)
            own_bias, own_odd = rounding_terms(pl.col("unit"), mode)
            bias, odd = pl.when(of_mode).then(own_bias).otherwise(bias), pl.when(of_mode).then(own_odd).otherwise(odd)
    return [bias.alias("bias"), odd.alias("odd")]
