"""Which price answers a call: origin, number, day and, at the moment of answer, band (rating.md sections 1 and 2)."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.phone import ANONYMOUS, SPECIAL_CALL_TYPES
from belnota.tables.prices import (
    ANY,
    BAND_BITS,
    DAY_BITS,
    POSITION_BITS,
    SLOT_BITS,
    STAR,
    PriceBook,
    day_number,
    number_key,
    pair,
)
from rating.clock import Clock
from rating.lookup import gathered, last_not_above

LONGEST_BY_CLOCK: Final = 366 * 86_400
"""A call that lasts longer cannot be priced by bands; its seconds are more likely a fault of the switch."""
ORIGINS: Final = ("country", "zone", "any")


def with_number(calls: pl.DataFrame) -> pl.DataFrame:
    """Add `number`, the key of the called number: digits after one leading `+`; null where it can match nothing.

    A withheld number, and whatever a data session has instead of one, is no number: only the empty prefix
    (any number) prices it.
    """
    digits = pl.col("called").str.strip_prefix("+")
    is_number = digits.str.contains(r"^[0-9]+$")
    is_none = (pl.col("service").cast(pl.String) == "data") | pl.col("called").is_in(["", ANONYMOUS])
    text = pl.when(is_number).then(digits).when(is_none).then(pl.lit(""))
    return calls.with_columns(number=number_key(text))


def with_rate_set(calls: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Add `rate_set` and what it says; the exact country is tried first, then its zone, then any origin.

    Prefix and validity are fixed at the answer time; the date is local to the deck that the call refers to.
    """
    with_day = calls.join(prices.entries, on="deck", how="left", maintain_order="left").with_columns(
        day=_local_day(prices), any=pl.lit(ANY)
    )
    position = last_not_above(prices.numbers, with_day["number"])
    answers = []
    for origin in ORIGINS:
        lines = _lines(with_day, prices, origin)
        day_keys = pair(lines, with_day["day"], DAY_BITS)
        group = last_not_above(prices.epochs["key"], day_keys)
        keys = pair(group, position, POSITION_BITS)
        answers.append(prices.segments["rate_set"].gather(last_not_above(prices.segments["key"], keys)))
    rate_set = pl.select(pl.coalesce(answers).alias("rate_set")).to_series()
    found = gathered(prices.rate_sets, rate_set)
    return with_day.drop("any", "timezone", "day").with_columns(rate_set, *found.get_columns())


def _local_day(prices: PriceBook) -> pl.Expr:
    day = pl.lit(None, pl.Int64)
    for zone in sorted(set(prices.entries["timezone"])):
        local = day_number(pl.col("answered_at").dt.convert_time_zone(zone).dt.date())
        day = pl.when(pl.col("timezone") == zone).then(local).otherwise(day)
    return day


def _lines(calls: pl.DataFrame, prices: PriceBook, origin: str) -> pl.Series:
    key = calls.select("deck", pl.col("service", "direction").cast(pl.String), origin=pl.col(origin).cast(pl.String))
    on = ["deck", "service", "direction", "origin"]
    return key.join(prices.lines, on=on, how="left", maintain_order="left")["line"]


def clock_of(calls: pl.DataFrame, prices: PriceBook) -> Clock:
    """Return the wall clocks for the days that the calls (with start_us and quantity) touch."""
    walked = pl.when(by_clock(prices)).then(pl.col("quantity").clip(0, LONGEST_BY_CLOCK)).otherwise(0)
    spans = calls.select(first_us="start_us", last_us=pl.col("start_us") + walked * 1_000_000)
    return Clock.of(prices.rules, spans)


def by_clock(prices: PriceBook) -> pl.Expr:
    """Return whether the band may change during the call: voice, in a deck that splits, where bands have prices."""
    splits = [number for number, rules in enumerate(prices.rules) if rules.band_rule == "split"]
    is_split = pl.col("deck_number").is_in(splits).fill_null(value=False)
    return (pl.col("service").cast(pl.String) == "voice") & is_split & (pl.col("bands") != 0).fill_null(value=False)


def rows_at(
    prices: PriceBook, *, rate_set: pl.Series, bands: pl.Series, holding: pl.Series, t: pl.Series
) -> pl.DataFrame:
    """Return the price rows in force after `t` units: of the first band that holds and has rows, else of `*`.

    A rate set without such a row (the deck's check makes that impossible) gives nulls, never its neighbour's price.
    """
    has_rows = holding & bands
    lowest = pl.when(has_rows != 0).then(has_rows.bitwise_trailing_zeros()).otherwise(STAR)
    owner = pair(rate_set, pl.select(lowest).to_series(), BAND_BITS)
    threshold = last_not_above(prices.thresholds, t)
    keys = pair(owner, threshold, SLOT_BITS)
    rows = gathered(prices.slots, last_not_above(prices.slots["key"], keys))
    is_own = rows["owner"] == owner
    return rows.drop("key", "owner").select(pl.when(is_own).then(pl.all()))


def with_status(calls: pl.DataFrame, row: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Add status, reason, and what the answering row says of the call; null where no price may answer it."""
    own_type = pl.col("call_type")
    needs_own_row = own_type.is_in(list(SPECIAL_CALL_TYPES)).fill_null(value=False)
    whole = calls.with_columns(row.select(pl.all().name.prefix("row_")).get_columns())
    reason = (
        pl.when(own_type.eq("internal").fill_null(value=False))
        .then(pl.lit("internal"))
        .when(pl.col("deck").is_null())
        .then(pl.lit("unknown_number"))
        .when(pl.col("row_unit_price").is_null())
        .then(pl.lit("no_price"))
        .when(needs_own_row & (pl.col("row_call_type") != own_type))
        .then(pl.lit("no_price_for_call_type"))
    )
    whole = whole.with_columns(unanswerable=reason)
    answered = pl.col("unanswerable").is_null()
    most = pl.col("quantity").cast(pl.Int128) + 2 * pl.col("longest_step")
    too_dear = most * pl.col("dearest") + pl.col("row_connect_fee") // 100 + 1 > 2**61
    is_banded = (pl.col("service").cast(pl.String) == "voice") & (pl.col("bands") != 0)
    final = (
        pl.when(pl.col("quantity") == 0)
        .then(pl.lit("not_answered"))
        .when(~answered)
        .then("unanswerable")
        .when(pl.col("quantity") < pl.col("row_free_below"))
        .then(pl.lit("too_short"))
        .when(is_banded & (pl.col("quantity") > LONGEST_BY_CLOCK))
        .then(pl.lit("too_long"))
        .when(too_dear)
        .then(pl.lit("charge_out_of_range"))
    )
    free = pl.col("reason").is_in(["not_answered", "internal", "too_short"])
    status = pl.when(pl.col("reason").is_null()).then(pl.lit("rated")).when(free).then(pl.lit("free"))
    names = pl.Series([rules.name for rules in prices.rules], dtype=pl.String)
    deck = pl.lit(names.gather(whole["deck_number"]))
    return whole.with_columns(
        reason=final,
        call_type=pl.coalesce(own_type, pl.when(answered).then("row_call_type")),
        deck=pl.when(answered).then(deck),
        prefix=pl.when(answered).then("prefix"),
        destination=pl.when(answered).then("row_destination"),
        band=pl.when(answered).then("row_band_name"),
    ).with_columns(status=status.otherwise(pl.lit("unrated")))
