"""Who takes what from which bundle (rating.md section 3): claims, served in order, never twice, never too much."""

from __future__ import annotations

import polars as pl

CLAIMS = pl.Schema(
    {
        "call_id": pl.String,
        "pool_id": pl.String,
        "subscription_id": pl.String,
        "period": pl.String,
        "claimed": pl.Int64,
        "taken": pl.Int64,
    }
)
_SHARE = ("period", "pool_id", "subscription_id", "service", "rank", "allowance", "call_types", "destinations")


def claims(calls: pl.DataFrame, shares: pl.DataFrame, used_before: pl.DataFrame | None) -> pl.DataFrame:
    """Return one row for each call that reached a bundle: what it still needed (claimed) and what it got (taken).

    calls: call_id, subscription_id, service, direction, call_type, destination, answered_at, quantity; only calls
    that have a price and are not free. Bundles are served in order of rank; within a bundle calls by
    (answered_at, call_id). A call that crosses the end gets what is left, and takes its rest to the next rank.

        allowance 100, calls of 60, 60, 10 -> taken 60, 40, 0; claimed by the next rank: 20, 10
    """
    left = calls.filter(_may_draw()).with_columns(pl.col("service").cast(pl.String), left=pl.col("quantity"))
    pools = _with_allowance(shares, used_before)
    made = [pl.DataFrame(schema=CLAIMS)]
    for rank in sorted(set(pools["rank"])):
        served = _served(left, pools.filter(pl.col("rank") == rank))
        made.append(served.select(pl.col(name).cast(dtype) for name, dtype in CLAIMS.items()))
        needed = pl.col("left") - pl.col("taken").fill_null(0)
        left = left.join(served.select("call_id", "taken"), on="call_id", how="left", validate="1:1")
        left = left.with_columns(left=needed).drop("taken").filter(pl.col("left") > 0)
    return pl.concat(made)


def _may_draw() -> pl.Expr:
    return (pl.col("direction").cast(pl.String) == "out") | (pl.col("service").cast(pl.String) == "data")


def _with_allowance(shares: pl.DataFrame, used_before: pl.DataFrame | None) -> pl.DataFrame:
    """Add the allowance of the pool: the sum of its shares (R7.17), less what earlier runs took from it."""
    total = pl.col("share").sum().over("pool_id")
    pools = shares.with_columns(pl.col("service").cast(pl.String), allowance=total)
    if used_before is not None:
        used = used_before.select("pool_id", "used")
        left = (pl.col("allowance") - pl.col("used").fill_null(0)).clip(0)
        pools = pools.join(used, on="pool_id", how="left", validate="m:1").with_columns(allowance=left)
    return pools.select(*_SHARE, "valid_from_at", "valid_until_at")


def _served(left: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Serve one rank: each pool gives to its calls in order until it is empty."""
    covered = (
        left.join(shares, on=["subscription_id", "service"])
        .filter(
            pl.col("answered_at") >= pl.col("valid_from_at"),
            pl.col("answered_at") < pl.col("valid_until_at"),
            _covers("call_types", "call_type"),
            _covers("destinations", "destination"),
        )
        .sort("pool_id", "answered_at", "call_id")
    )
    # A claim above the allowance empties the pool as one of the allowance does; 128 bits hold any sum of them.
    asked = pl.min_horizontal("left", "allowance").cast(pl.Int128)
    before = asked.cum_sum().over("pool_id") - asked
    remaining = (pl.col("allowance") - before).clip(0).cast(pl.Int64)
    return covered.with_columns(claimed=pl.col("left"), taken=pl.min_horizontal("left", remaining))


def _covers(listed: str, value: str) -> pl.Expr:
    return (pl.col(listed).list.len() == 0) | pl.col(listed).list.contains(pl.col(value)).fill_null(value=False)
