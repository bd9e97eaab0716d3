"""The walk that defines a price: increment after increment, each in the band and slot where it starts.

rating.md section 2. All calls walk at once, and one step takes all increments up to the next change of band or slot,
so there are as many rounds as the call with the most parts has parts. Nearly all calls never come here: `closed_form`
prices whatever stays in one band.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from belnota.tables.prices import FAR, PriceBook
from rating.timetable import SECOND_US, Timetable

WALKER: Final = {
    "call": pl.UInt32,
    "start_us": pl.Int64,
    "quantity": pl.Int64,
    "rate_set": pl.Int64,
    "deck_number": pl.Int64,
    "moves": pl.Boolean,
    "is_rest": pl.Boolean,
}
"""What walks: the call's row, its start, what is left to price, its rate set, whether bands change under way.

A rest after a bundle is a call that starts at the split: no connect fee and no minimum.
"""


def steps(walkers: pl.DataFrame, prices: PriceBook, timetable: Timetable) -> Iterator[pl.DataFrame]:
    """Yield, round by round, one row for each walker (`WALKER`) that still walks.

    Columns: those of `walkers`, t (units since its start), at_us (when the step begins), row (of `prices.rows`),
    the row's increment and unit_price, step: the units that are charged, whole increments, and is_minimum: whether
    that is the first increment alone, made longer by the minimum. Without walkers there is one round without rows.
    """
    limits = prices.rows.select("from_quantity", "until_quantity")
    terms = prices.rows.select("increment", "minimum", "unit_price")
    walking = walkers.select(pl.col(name).cast(dtype) for name, dtype in WALKER.items())
    walking = walking.with_columns(t=pl.lit(0, pl.Int64))
    while True:
        at_us = pl.col("start_us") + pl.when("moves").then("t").otherwise(0) * SECOND_US
        here = walking.with_columns(at_us=at_us)
        stretch = here["deck_number"] * timetable.starts.len() + timetable.stretch(here["at_us"])
        row = timetable.rows.gather(here["rate_set"] * timetable.width + timetable.states.gather(stretch))
        row = _slot_at(row, here["t"], limits)
        here = here.with_columns(
            row.alias("row"),
            timetable.ends_us.gather(stretch).alias("end_us"),
            limits["until_quantity"].gather(row),
            *terms.select(pl.all().gather(row)),
        ).pipe(_with_step)
        yield here
        walking = here.with_columns(t=pl.col("t") + pl.col("step")).filter(pl.col("t") < pl.col("quantity"))
        if walking.is_empty():
            return
        walking = walking.select(*WALKER, "t")


def _slot_at(row: pl.Series, t: pl.Series, limits: pl.DataFrame) -> pl.Series:
    """Return the row of the slot that holds t, from the first row of its band; slots follow each other."""
    while True:
        is_past = (limits["until_quantity"].gather(row) <= t).fill_null(value=False)
        if not is_past.any():
            return row
        row = row + is_past.cast(row.dtype)


def _with_step(here: pl.DataFrame) -> pl.DataFrame:
    """Add the increments that start before the next change; the first may be longer (minimum) and is one alone."""
    t, increment = pl.col("t"), pl.col("increment")
    elapsed_us = pl.col("end_us") - pl.col("start_us")
    band_end = pl.when("moves").then((elapsed_us + SECOND_US - 1) // SECOND_US).otherwise(FAR)
    end = pl.min_horizontal("quantity", "until_quantity", band_end)
    has_minimum = (t == 0) & ~pl.col("is_rest") & (pl.col("minimum") > increment)
    whole = (end - t + increment - 1) // increment * increment
    return here.with_columns(is_minimum=has_minimum).with_columns(
        step=pl.when("is_minimum").then("minimum").otherwise(whole)
    )
