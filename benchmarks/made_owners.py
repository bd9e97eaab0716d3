"""Made-up customers: whose each own number is, in which plan, and which bundles may pay.

Ten subscriptions a customer, one number a subscription. One number in a hundred changes hands in the month, one in
two hundred has no owner. Half of the subscriptions have an own voice bundle, half of the customers a group one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from belnota.tables import BundleShare, Ownership, schema_of
from benchmarks.made_decks import PLANS

MEMBERS: Final = 10
MONTH: Final = "2026-10"
MONTH_FROM: Final = dt.datetime(2026, 9, 30, 22, tzinfo=dt.UTC)
MONTH_UNTIL: Final = dt.datetime(2026, 10, 31, 23, tzinfo=dt.UTC)
"""Local midnights: the month has the night of 25 hours."""
_AREAS = ["10", "20", "30", "40", "50", "70", "71", "73"]
_FAMILIES = pl.Enum(["telefonie", "mobiel", "freephone"])


def own_numbers(count: int) -> pl.DataFrame:
    """Return the reseller's numbers: own, own_number, family (telefonie, mobiel, freephone: an own 0800 number)."""
    own = pl.int_range(0, count, dtype=pl.Int64)
    area = pl.lit(pl.Series(_AREAS)).gather(own % len(_AREAS))
    family = pl.when(own % 200 == 11).then(pl.lit("freephone")).when(own % 10 < 3).then(pl.lit("mobiel"))
    return (
        pl.select(own=own)
        .with_columns(family=family.otherwise(pl.lit("telefonie")).cast(_FAMILIES))
        .with_columns(
            own_number=pl.when(pl.col("family") == "mobiel")
            .then(pl.format("+316{}", 10_000_000 + own * 37))
            .when(pl.col("family") == "freephone")
            .then(pl.format("+31800{}", 1_000_000 + own))
            .when(own % 10 == 9)
            .then(pl.format("+3188{}", 1_000_000 + own))
            .otherwise(pl.format("+31{}{}", area, 1_000_000 + own))
        )
    )


def ownership(numbers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return contract Ownership, sorted; some numbers are nobody's for three days between two owners."""
    day = np.random.default_rng([seed, 1]).integers(2, 27, numbers.height)
    given_up = pl.lit(MONTH_FROM) + pl.duration(days=pl.Series(day))
    own = pl.col("own")
    known = numbers.with_columns(given_up=given_up, is_moved=own % 100 == 42).filter(own % 200 != 7)
    since = pl.lit(dt.datetime(2023, 12, 31, 23, tzinfo=dt.UTC))
    first = known.with_columns(
        valid_from_at=since, valid_until_at=pl.when("is_moved").then("given_up"), heir=pl.lit(value=False)
    )
    gap = pl.when(own % 300 == 42).then(pl.duration(days=3)).otherwise(pl.duration(days=0))
    second = known.filter("is_moved").with_columns(
        valid_from_at=pl.col("given_up") + gap, valid_until_at=None, heir=pl.lit(value=True)
    )
    customer = own // MEMBERS + pl.col("heir").cast(pl.Int64)
    suffix = pl.when("heir").then(pl.lit("b")).otherwise(pl.lit(""))
    return (
        pl.concat([first, second.select(first.columns)], how="vertical_relaxed")
        .with_columns(
            customer_id=pl.format("c{}", customer.cast(pl.String).str.zfill(6)),
            subscription_id=pl.format("s{}{}", own.cast(pl.String).str.zfill(7), suffix),
            product=pl.when(pl.col("family") == "mobiel").then(pl.lit("mobiel")).otherwise(pl.lit("telefonie")),
            deck=pl.lit(pl.Series(PLANS)).gather(customer % len(PLANS)),
        )
        .with_columns(plan=pl.col("deck"))
        .select(pl.col(name).cast(dtype) for name, dtype in schema_of(Ownership).items())
        .sort("own_number", "valid_from_at")
    )  # fmt: skip


def bundle_shares(owners: pl.DataFrame, seed: int, calls: int) -> pl.DataFrame:
    """Return contract BundleShare of the month, sized by the calls a subscription makes so that many run out."""
    rng = np.random.default_rng([seed, 2])
    each = max(calls / owners.height, 1)
    subscriptions = owners.with_columns(
        number=pl.col("subscription_id").str.slice(1, 7).cast(pl.Int64),
        is_mobile=pl.col("product").cast(pl.String) == "mobiel",
        is_late=pl.Series(rng.random(owners.height) < 0.03),
        size=pl.Series(rng.uniform(0.3, 1.7, owners.height)),
    )
    number, mobile = pl.col("number"), pl.col("is_mobile")
    grouped = pl.col("customer_id").str.slice(1).cast(pl.Int64)
    home = ("national", "mobile")
    seconds, megabyte = 60 * each, 1_000_000 * each
    group_voice = (*home, "corporate", "international")
    bundles = (
        (_Bundle("eu", 1, "voice", 4 * each, ("roaming_eu",)), mobile & (number % 5 == 0)),
        (_Bundle("own-voice", 2, "voice", 0.8 * seconds, home), number % 2 == 0),
        (_Bundle("group-voice", 3, "voice", 0.35 * seconds, group_voice, is_group=True), grouped % 2 == 0),
        (_Bundle("own-data", 4, "data", 1.5 * megabyte, ("data",)), mobile & (number % 4 != 1)),
        (_Bundle("group-data", 5, "data", megabyte, is_group=True), mobile & (grouped % 3 == 0)),
        (_Bundle("own-sms", 6, "sms", 0.1 * each, destinations=("sms home",)), mobile),
    )
    parts = [_shares(subscriptions.filter(has_it), bundle) for bundle, has_it in bundles]
    return pl.concat(parts).sort("rank", "pool_id", "subscription_id")


@dataclass(frozen=True)
class _Bundle:
    code: str
    rank: int
    service: str
    size: float
    call_types: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    is_group: bool = False


def _shares(members: pl.DataFrame, bundle: _Bundle) -> pl.DataFrame:
    names = ("bundle", "bundle_name_nl", "bundle_name_en")
    lists = {
        name: pl.lit(pl.Series([list(values)], dtype=pl.List(pl.String))).first()
        for name, values in (("call_types", bundle.call_types), ("destinations", bundle.destinations))
    }
    return members.with_columns(
        **dict.fromkeys(names, pl.lit(bundle.code)),
        **lists,
        period=pl.lit(MONTH),
        pool_id=pl.format("{}@{}", pl.lit(bundle.code), "customer_id" if bundle.is_group else "subscription_id"),
        is_group=pl.lit(bundle.is_group),
        rank=pl.lit(bundle.rank),
        service=pl.lit(bundle.service),
        share=(pl.col("size") * bundle.size).ceil(),
        valid_from_at=pl.lit(MONTH_FROM) + pl.duration(days=pl.when("is_late").then(12).otherwise(0)),
        valid_until_at=pl.lit(MONTH_UNTIL),
    ).select(pl.col(name).cast(dtype) for name, dtype in schema_of(BundleShare).items())
