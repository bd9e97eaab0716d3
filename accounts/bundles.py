"""What each subscription brings into each bundle in a period."""

from __future__ import annotations

import json

import polars as pl
import sqlalchemy as sa

from accounts.active import active_offers
from belnota.money import rounded
from belnota.periods import Period, to_utc
from belnota.store import schema
from belnota.tables import BundleShare, schema_of

_CATALOGUE = sa.select(
    schema.bundles.c.plan,
    schema.plans.c.kind,
    schema.bundles.c.code.label("bundle"),
    schema.bundles.c.position,
    schema.bundles.c.name_nl.label("bundle_name_nl"),
    schema.bundles.c.name_en.label("bundle_name_en"),
    schema.bundles.c.service,
    schema.bundles.c.allowance,
    schema.bundles.c.is_group,
    schema.bundles.c.call_types,
    schema.bundles.c.destinations,
).join(schema.plans, schema.plans.c.code == schema.bundles.c.plan)

_TYPES = {
    **{column.name: pl.String() for column in _CATALOGUE.selected_columns},
    "position": pl.Int64(),
    "allowance": pl.Int64(),
    "is_group": pl.Boolean(),
    "call_types": pl.List(pl.String),
    "destinations": pl.List(pl.String),
}


def bundle_shares(tx: sa.Connection, period: Period) -> pl.DataFrame:
    """Return the shares of all bundles in a period (contract BundleShare), sorted by rank, pool and member.

    A share is prorated by the days its plan or module is active in the period, half-up to the byte, second or message:
        500 MB, active from 2026-10-15 -> 17 of 31 days -> 274193548 bytes
    A module that is switched off and on again within a period is one share, of the days of both parts.
    Rank: bundles of modules, then own bundles, then group bundles, each in the order of the catalogue (rating.md 3).
    """
    share = rounded(pl.col("allowance").cast(pl.Int128) * pl.col("days"), pl.lit(period.days), "half_up")
    member = pl.when("is_group").then("customer_id").otherwise("subscription_id")
    return (
        active_offers(tx, period)
        .group_by("customer_id", "subscription_id", "code")
        .agg(pl.col("days").sum(), pl.col("from_on").min(), pl.col("until_on").max())
        .join(_ranked_bundles(tx), left_on="code", right_on="plan")
        .with_columns(
            period=pl.lit(str(period)),
            pool_id=pl.concat_str("bundle", member, separator="@"),
            share=share,
            valid_from_at=to_utc(pl.col("from_on").cast(pl.Datetime("us"))),
            valid_until_at=to_utc(pl.col("until_on").cast(pl.Datetime("us"))),
        )
        .select(pl.col(name).cast(kind) for name, kind in schema_of(BundleShare).items())
        .sort("rank", "pool_id", "subscription_id")
        .pipe(BundleShare.validate)
    )


def _ranked_bundles(tx: sa.Connection) -> pl.DataFrame:
    rows = [
        {**row, "call_types": json.loads(row["call_types"]), "destinations": json.loads(row["destinations"])}
        for row in tx.execute(_CATALOGUE).mappings()
    ]
    turn = pl.when(pl.col("kind") == "module").then(0).when(~pl.col("is_group")).then(1).otherwise(2)
    return (
        pl.DataFrame(rows, schema=_TYPES)
        .sort(turn, "position", "bundle")
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )
