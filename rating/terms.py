"""What each price row charges in exact integers: amounts over a common denominator, and how its deck rounds."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.money import ROUNDING_MODES, rounded_by_terms, rounding_terms
from belnota.tables.prices import PriceBook

TERMS: Final = ("unit_price", "fee", "cap", "unit", "bias", "odd")


def exact_terms(prices: PriceBook) -> pl.DataFrame:
    """Return for each price row, in 1e-8 euro times the rate set's denominator (Int128), with which a charge is exact.

    unit_price, fee, cap (empty = none); unit: one step of the deck's rounding, with bias and odd (`rounding_terms`);
    and in 64 bits: scale, micro-euros of one such step, and fee_micro, the rounded fee, which the cap also caps.
    """
    of_set = prices.rate_sets.select("deck_number", "denominator").select(pl.all().gather(prices.rows["rate_set"]))
    decimals = pl.Series([rules.decimals for rules in prices.rules], dtype=pl.Int64)
    powers = pl.Series([10**exponent for exponent in range(9)], dtype=pl.Int64)
    places = pl.lit(decimals).gather(pl.col("deck_number"))
    denominator = pl.col("denominator").cast(pl.Int128)
    rows = prices.rows.select("unit_price", "connect_fee", "max_charge").with_columns(*of_set)
    return (
        rows.with_columns(
            fee=pl.col("connect_fee") * denominator,
            cap=pl.col("max_charge") * denominator,
            unit=denominator * pl.lit(powers).gather(8 - places),
            scale=pl.lit(powers).gather(6 - places),
        )
        .with_columns(_rounding(prices))
        .with_columns(fee_micro=charge_micro(pl.min_horizontal("fee", "cap")))
        .select(*TERMS, "scale", "fee_micro")
    )


def charge_micro(total: pl.Expr) -> pl.Expr:
    """Round totals in the terms of their row (columns unit, bias, odd, scale), not negative, to micro-euros."""
    rounded = rounded_by_terms(total, pl.col("unit"), pl.col("bias"), pl.col("odd"))
    return rounded.cast(pl.Int64) * pl.col("scale")


def _rounding(prices: PriceBook) -> list[pl.Expr]:
    bias = odd = pl.lit(0, pl.Int128)
    for mode in ROUNDING_MODES:
        decks = [number for number, rules in enumerate(prices.rules) if rules.rounding == mode]
        if decks:
            of_mode = pl.col("deck_number").is_in(decks)
            own_bias, own_odd = rounding_terms(pl.col("unit"), mode)
            bias, odd = pl.when(of_mode).then(own_bias).otherwise(bias), pl.when(of_mode).then(own_odd).otherwise(odd)
    return [bias.alias("bias"), odd.alias("odd")]
