"""What is left after bundles, priced increment by increment in as few rounds as the longest call has parts.

rating.md section 2 defines the price as a walk from t = 0. Here all calls walk at once, and one step takes all
increments up to the next change of band or slot; nearly every call ends in the first round.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.money import ROUNDING_MODES, rounded
from belnota.tables.prices import FAR, PriceBook
from rating.answer import LONGEST_BY_CLOCK, by_clock, clock_of, rows_at

SECOND_US: Final = 1_000_000
CHARGED: Final = pl.Schema(
    {"call_id": pl.String, "band": pl.String}
    | dict.fromkeys(("billed_quantity", "connect_fee_micro_eur", "charge_micro_eur"), pl.Int64)
)
_OF_SET: Final = ("rate_set", "deck_number", "bands", "denominator")


def charged(calls: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Return call_id, band, billed_quantity, connect_fee_micro_eur and charge_micro_eur of the part beyond bundles.

    calls: rated calls with a rest: call_id, service, start_us (answer), quantity, in_bundle_quantity, rate_set,
    deck_number, bands, denominator. A rest after a bundle is a call that starts at the split: bands by the clock,
    slots and increments from 0, no connect fee and no minimum.
    """
    if calls.is_empty():
        return pl.DataFrame(schema=CHARGED)
    walking = _starting(calls, prices)
    clock = clock_of(walking, prices)
    done: list[pl.DataFrame] = []
    first_rows: list[pl.DataFrame] = []
    while not walking.is_empty():
        seconds = pl.when("moves").then("t").otherwise(0)
        at = walking.select(pl.col("start_us") + seconds * SECOND_US).to_series()
        holding, until_us = clock.at(at, walking["deck_number"])
        row = rows_at(prices, rate_set=walking["rate_set"], bands=walking["bands"], holding=holding, t=walking["t"])
        if not first_rows:
            first_rows.append(walking.select("call_id", "is_rest", "deck_number", "denominator").hstack(row))
        walking = _stepped(walking.with_columns(until_us.alias("until_us")).hstack(row))
        is_done = (pl.col("t") >= pl.col("quantity")).fill_null(value=True)
        done.append(walking.filter(is_done).select("call_id", "t", "sum"))
        walking = walking.filter(~is_done).drop(row.columns, "until_us")
    return _totalled(pl.concat(done).join(first_rows[0], on="call_id", validate="1:1"), prices)


def _starting(calls: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Return the part of each call beyond its bundles, before its first step."""
    columns = ("call_id", "service", "start_us", "quantity", "in_bundle_quantity", *_OF_SET)
    inside = pl.col("in_bundle_quantity")
    is_voice = pl.col("service").cast(pl.String) == "voice"
    seconds_inside = pl.when(is_voice).then(inside.clip(0, LONGEST_BY_CLOCK)).otherwise(0)
    return calls.select(columns).with_columns(
        start_us=pl.col("start_us") + seconds_inside * SECOND_US,
        quantity=pl.col("quantity") - inside,
        is_rest=inside > 0,
        moves=by_clock(prices),
        t=pl.lit(0, pl.Int64),
        sum=pl.lit(0, pl.Int128),
    )


def _stepped(walking: pl.DataFrame) -> pl.DataFrame:
    """Take all increments that start before the next change; the first may be longer (minimum) and is one alone."""
    t, increment = pl.col("t"), pl.col("increment")
    elapsed_us = pl.col("until_us") - pl.col("start_us")
    band_end = pl.when("moves").then((elapsed_us + SECOND_US - 1) // SECOND_US).otherwise(FAR)
    end = pl.min_horizontal("quantity", "until_quantity", band_end)
    has_minimum = (t == 0) & ~pl.col("is_rest") & (pl.col("minimum") > increment)
    whole = (end - t + increment - 1) // increment * increment
    step = pl.when(has_minimum).then("minimum").otherwise(whole)
    return walking.with_columns(t=t + step, sum=pl.col("sum") + pl.col("unit_price") * step.cast(pl.Int128))


def _totalled(walked: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Add the fee, cap, and round once by the deck that answered."""
    denominator = pl.col("denominator").cast(pl.Int128)
    fee = pl.when("is_rest").then(0).otherwise(pl.col("connect_fee")).cast(pl.Int128) * denominator
    cap = pl.col("max_charge").cast(pl.Int128) * denominator
    total = pl.col("sum") + fee
    return walked.select(
        "call_id",
        band="band_name",
        billed_quantity="t",
        connect_fee_micro_eur=_in_micros(pl.min_horizontal(fee, cap), prices),
        charge_micro_eur=_in_micros(pl.min_horizontal(total, cap), prices),
    )


def _in_micros(amount: pl.Expr, prices: PriceBook) -> pl.Expr:
    """Round an amount (1e-8 euro times the denominator) to the deck's decimals; micro-euros, Int64."""
    decimals = {number: rules.decimals for number, rules in enumerate(prices.rules)}
    places = pl.col("deck_number").replace_strict(decimals, return_dtype=pl.Int64)
    unit = pl.col("denominator").cast(pl.Int128) * _power_of_ten(8 - places)
    in_mode = pl.lit(None, pl.Int64)
    for mode in ROUNDING_MODES:
        decks = [number for number, rules in enumerate(prices.rules) if rules.rounding == mode]
        if decks:
            in_mode = pl.when(pl.col("deck_number").is_in(decks)).then(rounded(amount, unit, mode)).otherwise(in_mode)
    return in_mode * _power_of_ten(6 - places).cast(pl.Int64)


def _power_of_ten(exponent: pl.Expr) -> pl.Expr:
    powers = {number: 10**number for number in range(9)}
    return exponent.replace_strict(powers, return_dtype=pl.Int64)
