"""Calls + prices + bundles -> rated calls: a pure function, to the last micro-euro (rating.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from belnota.tables import CallToRate, RatedCall, schema_of
from belnota.tables.prices import PriceBook
from rating.answer import clock_of, rows_at, with_number, with_rate_set, with_status
from rating.bundles import CLAIMS, claims
from rating.charge import CHARGED, charged

RATED_COLUMNS: Final = (
    "call_id", "call_type", "deck", "prefix", "destination", "band", "status", "reason",
    "in_bundle_quantity", "billed_quantity", "connect_fee_micro_eur", "information_charge_micro_eur",
    "charge_micro_eur",
)  # fmt: skip
"""Columns of `Rating.rated`, with the types of contract RatedCall."""
_ANSWERED: Final = pl.Schema(
    {name: dtype for name, dtype in schema_of(CallToRate).items() if name not in ("country", "zone", "called")}
    | {"start_us": pl.Int64, "rate_set": pl.Int64, "deck_number": pl.Int64, "bands": pl.Int64, "denominator": pl.Int64}
    | dict.fromkeys(("prefix", "destination", "band", "status", "reason"), pl.String)
)


@dataclass(frozen=True)
class Rating:
    """What rating makes of calls; collect the three together (`pl.collect_all`), they share their work.

    rated: one row per call, `RATED_COLUMNS`. draws: call_id, pool_id, subscription_id, period, quantity, what each
    call took from each bundle. usage: pool_id, subscription_id, covered_quantity (what reached the bundle) and used,
    for each share, also where nothing was used.
    """

    rated: pl.LazyFrame
    draws: pl.LazyFrame
    usage: pl.LazyFrame


def rate(
    calls: pl.LazyFrame, prices: PriceBook, shares: pl.DataFrame, used_before: pl.DataFrame | None = None
) -> Rating:
    """Rate calls (contract CallToRate) with the bundles of one period (contract BundleShare, may be empty).

    used_before (pool_id, used) is what is already billed from these bundles; it goes off their allowance, as late
    calls of a closed period come after all others (rating.md section 5). Results do not depend on the order of rows.
    Two shares of one subscription and service with the same rank, or shares of two periods, are a ValueError.
    """
    _check(shares)
    answered = calls.select(schema_of(CallToRate).names()).map_batches(
        lambda batch: _answered(batch, prices), schema=_ANSWERED
    )
    priced = answered.filter(pl.col("status") == "rated")
    claimed = priced.map_batches(lambda batch: claims(batch, shares, used_before), schema=CLAIMS)
    inside = claimed.group_by("call_id").agg(in_bundle_quantity=pl.col("taken").sum())
    drawn = answered.join(inside, on="call_id", how="left").with_columns(pl.col("in_bundle_quantity").fill_null(0))
    rest = drawn.filter(pl.col("status") == "rated", pl.col("quantity") > pl.col("in_bundle_quantity"))
    charges = rest.map_batches(lambda batch: charged(batch, prices), schema=CHARGED)
    return Rating(_rated(drawn, charges), _draws(claimed), _usage(claimed, shares))


def _check(shares: pl.DataFrame) -> None:
    if shares["period"].n_unique() > 1:
        raise ValueError(f"bundles are drawn per period; got shares of {sorted(set(shares['period']))}")
    if shares.select("subscription_id", "service", "rank").is_duplicated().any():
        raise ValueError("two bundles of one subscription have the same rank, so their order is not known")


def _answered(batch: pl.DataFrame, prices: PriceBook) -> pl.DataFrame:
    """Return the calls with what answered them: status, reason, price row at the moment of answer."""
    calls = batch.with_columns(start_us=pl.col("answered_at").dt.timestamp("us"))
    matched = calls.pipe(with_number).pipe(with_rate_set, prices)
    reached = matched.filter(pl.col("rate_set").is_not_null())
    clock = clock_of(reached.with_columns(quantity=pl.lit(0, pl.Int64)), prices)
    holding, _ = clock.at(matched["start_us"], matched["deck_number"])
    start = pl.zeros(matched.height, pl.Int64, eager=True)
    row = rows_at(prices, rate_set=matched["rate_set"], bands=matched["bands"], holding=holding, t=start)
    return with_status(matched, row, prices).select(pl.col(name).cast(dtype) for name, dtype in _ANSWERED.items())


def _rated(drawn: pl.LazyFrame, charges: pl.LazyFrame) -> pl.LazyFrame:
    types = schema_of(RatedCall)
    # Information rows of price lists are not rated yet: no call has that part.
    charges = charges.rename({"band": "band_charged"}).with_columns(information_charge_micro_eur=pl.lit(0, pl.Int64))
    amounts = ("billed_quantity", "connect_fee_micro_eur", "information_charge_micro_eur", "charge_micro_eur")
    # Free calls, and calls that bundles paid for whole, have no rest to charge: they cost nothing.
    has_rest = (pl.col("status") == "rated") & (pl.col("quantity") > pl.col("in_bundle_quantity"))
    nothing = pl.when(pl.col("status") != "unrated").then(0)
    whole = drawn.join(charges, on="call_id", how="left").with_columns(
        pl.when(has_rest).then(pl.col(amounts)).otherwise(nothing).name.keep(),
        band=pl.when(has_rest).then("band_charged").otherwise("band"),
    )
    return whole.select(pl.col(name).cast(types[name]) for name in RATED_COLUMNS)


def _draws(claimed: pl.LazyFrame) -> pl.LazyFrame:
    taken = claimed.filter(pl.col("taken") > 0)
    return taken.select("call_id", "pool_id", "subscription_id", "period", quantity="taken")


def _usage(claimed: pl.LazyFrame, shares: pl.DataFrame) -> pl.LazyFrame:
    key = ["pool_id", "subscription_id"]
    used = claimed.group_by(key).agg(covered_quantity=pl.col("claimed").sum(), used=pl.col("taken").sum())
    return (
        shares.lazy()
        .select(key)
        .join(used, on=key, how="left")
        .with_columns(pl.col("covered_quantity", "used").fill_null(0))
    )
