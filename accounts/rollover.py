"""What is left of a bundle at the end of a month, and which later months may use it (rating.md section 3).

What is carried follows from the use that rating stored (contract BundleUsage), so it is reckoned anew each night:
    100 min a month, rollover = { most = "150 min", months = 2 }; 30 min used in September, none in October
    in October   70 of September, drawn first; then October's own 100
    in November  100 of October, and 50 of September's 70: the youngest count first towards `most`
    in December  nothing of September: two months have passed
A closed month stands as it was billed: its allowances, carried ones included, are those of its stored use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl
import sqlalchemy as sa

from belnota import wording
from belnota.periods import Period
from belnota.store.schema import bundles
from belnota.tables import BundleShare, schema_of
from belnota.tables.ownership import CARRIED, carried_from, own_pool

POOL_TOTAL: Final = "*"
"""In BundleUsage, the `subscription_id` of the row that holds a pool's total."""
_RANKS_APART: Final = 100
_RULES: Final = pl.Schema({"bundle": pl.String, "most": pl.Int64, "months": pl.Int64})
UNITS: Final = pl.Schema({"pool_id": pl.String, "origin": pl.String, "units": pl.Int64})
"""Units of a pool's own month `origin`; pool_id is the pool as it is in its own month."""


def rollovers(tx: sa.Connection) -> pl.DataFrame:
    """Return the bundles of the catalogue that carry their rest: bundle, most (for each member), months."""
    rules = sa.select(bundles.c.code, bundles.c.rollover_most, bundles.c.rollover_months)
    rows = tx.execute(rules.where(bundles.c.rollover_months.is_not(None)).order_by(bundles.c.code)).all()
    return pl.DataFrame(rows, schema=_RULES, orient="row")


def carried_units(
    period: Period, *, usage: pl.DataFrame, shares: Mapping[str, pl.DataFrame], rules: pl.DataFrame
) -> pl.DataFrame:
    """Return pool_id, origin, units: what each pool of a period has of earlier months before any call drew from it.

    usage: BundleUsage of months before the one whose invoice is being made (closed ones as billed, open ones as rated
    tonight), and of late calls already rated for that invoice. shares: BundleShare per month, `period` itself
    and each month whose rest may still count: a month that is not there carries nothing. rules: see `rollovers`.
    """
    stored = _stored(usage)
    left = pl.DataFrame(schema=UNITS)
    for month in sorted(name for name in shares if name < str(period)):
        left = _left(month, _into(month, left, stored, shares[month], rules), stored, shares[month])
    return _into(str(period), left, stored, shares[str(period)], rules).sort("pool_id", "origin")


def carried_away(
    period: Period, *, usage: pl.DataFrame, shares: Mapping[str, pl.DataFrame], rules: pl.DataFrame
) -> pl.DataFrame:
    """Return pool_id, carried: what the next month has of each pool of a closed period, so that no late call uses it.

    Arguments as in `carried_units`; `shares` has the next month too. Of a pool that no invoice carried yet (a parked
    customer) nothing is gone: its late calls are served first, and the next month has what they leave.
    """
    following = period.next()
    is_billed = pl.col("period").is_in([str(period), str(following)]) & pl.col("is_billed")
    settled = _stored(usage).filter(is_billed)["pool_id"]
    gone = carried_units(following, usage=usage, shares=shares, rules=rules)
    gone = gone.filter(pl.col("pool_id").is_in(settled.implode()))
    is_own = pl.col("origin") == str(period)
    pool_id = pl.when(is_own).then("pool_id").otherwise(_carried_pool())
    return gone.select(pool_id=pool_id, carried="units")


def with_carried(shares: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Add to a period's shares (BundleShare) one pool for each month that it has units of, drawn oldest first.

    Every member of the pool may draw from it, as long as it may from the bundle itself. Its units are
    divided evenly over the members only to be counted: together they are one allowance.
    """
    if units.is_empty():
        return shares
    spaced = shares.with_columns(rank=pl.col("rank") * _RANKS_APART)
    names = {language: _names(units["origin"].unique(), language) for language in ("nl", "en")}
    place, members = pl.int_range(pl.len()).over("pool_id"), pl.len().over("pool_id").cast(pl.Int128)
    upto = pl.col("units").cast(pl.Int128) * (pl.col("place") + 1) // pl.col("members")
    before = pl.col("units").cast(pl.Int128) * pl.col("place") // pl.col("members")
    carried = (
        spaced.sort("pool_id", "subscription_id")
        .with_columns(place=place, members=members)
        .join(units, on="pool_id")
        .with_columns(
            pool_id=_carried_pool(),
            rank=pl.col("rank") - (_months(pl.col("period")) - _months(pl.col("origin"))),
            share=upto - before,
            **{
                f"bundle_name_{language}": pl.format("{} ({})", f"bundle_name_{language}", _named(name))
                for language, name in names.items()
            },
        )
        .select(pl.col(name).cast(kind) for name, kind in schema_of(BundleShare).items())
    )
    return BundleShare.validate(pl.concat([carried, spaced]).sort("rank", "pool_id", "subscription_id"))


def _stored(usage: pl.DataFrame) -> pl.DataFrame:
    """Return pools in total: pool_id, origin (the own month, or the one carried from), period, is_billed (on time)."""
    return usage.filter(pl.col("subscription_id") == POOL_TOTAL).select(
        "period",
        "allowance",
        "used",
        pool_id=own_pool(pl.col("pool_id")),
        origin=pl.coalesce(carried_from(pl.col("pool_id")), "period"),
        is_billed=pl.col("billing_period") == pl.col("period"),
    )


def _into(
    month: str, left: pl.DataFrame, stored: pl.DataFrame, shares: pl.DataFrame, rules: pl.DataFrame
) -> pl.DataFrame:
    """Return what a month has of earlier ones: as it was rated with, else what was left and has not lapsed.

    Of all that a pool could have, the youngest units count first towards the most, so that the oldest lapse first.
    """
    rated = stored.filter(pl.col("period") == month, pl.col("is_billed"))
    stated = rated.filter(pl.col("origin") < month).select("pool_id", "origin", units="allowance")
    members = shares.group_by("pool_id", "bundle").agg(members=pl.len().cast(pl.Int64))
    units = pl.col("units").cast(pl.Int128)
    younger = units.cum_sum().over("pool_id") - units
    reckoned = (
        left.filter(~pl.col("pool_id").is_in(rated["pool_id"].unique().implode()))
        .join(members, on="pool_id")
        .join(rules, on="bundle")
        .filter(_months(pl.lit(month)) - _months(pl.col("origin")) <= pl.col("months"))
        .sort("pool_id", "origin", descending=[False, True])
        .with_columns(room=pl.col("most") * pl.col("members") - younger)
        .select("pool_id", "origin", units=pl.min_horizontal("units", "room").cast(pl.Int64))
    )
    return pl.concat([stated, reckoned]).filter(pl.col("units") > 0)


def _left(month: str, into: pl.DataFrame, stored: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of a month's own allowances and of what it had of earlier months."""
    of_month = stored.filter(pl.col("period") == month)
    billed = of_month.filter(pl.col("is_billed"), pl.col("origin") == month).select("pool_id", billed="allowance")
    own = shares.group_by("pool_id").agg(share=pl.col("share").sum())
    own = own.join(billed, on="pool_id", how="full", coalesce=True)
    own = own.select("pool_id", origin=pl.lit(month), units=pl.coalesce("billed", "share"))
    used = of_month.group_by("pool_id", "origin").agg(pl.col("used").sum())
    rest = pl.col("units") - pl.col("used").fill_null(0)
    return (
        pl.concat([own, into])
        .join(used, on=["pool_id", "origin"], how="left")
        .select("pool_id", "origin", units=rest)
        .filter(pl.col("units") > 0)
    )


def _months(period: pl.Expr) -> pl.Expr:
    """Return months since year 0 of `YYYY-MM`."""
    return period.str.slice(0, 4).cast(pl.Int64) * 12 + period.str.slice(5, 2).cast(pl.Int64)


def _carried_pool() -> pl.Expr:
    return pl.concat_str("pool_id", "origin", separator=CARRIED)


def _names(origins: pl.Series, language: wording.Language) -> dict[str, str]:
    words = {"nl": "over van", "en": "left from"}[language]
    return {origin: f"{words} {wording.month(origin, language)}" for origin in origins}


def _named(names: Mapping[str, str]) -> pl.Expr:
    return pl.col("origin").replace_strict(names, return_dtype=pl.String)
