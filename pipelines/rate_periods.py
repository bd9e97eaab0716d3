"""The rating step: every open period whole, from stored calls, as accounts and price lists stand now.

Late calls of a closed period go into the next open one, priced by their own date, after everything
that was already billed from their own period's bundles (rating.md section 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

import accounts
import tariffs.registry
from belnota.periods import Period
from belnota.tables import BundleDraw, BundleUsage, RatedCall, empty, schema_of
from pipelines.months import closed_months, committed_months, months_with_calls, next_open
from pipelines.workspace import Progress, Workspace
from rating import PriceBook, Rating, rate

POOL_TOTAL = "*"


@dataclass(frozen=True)
class RatingSummary:
    """What rating did with the open periods."""

    periods: tuple[str, ...]
    rated: int
    free: int
    unrated: int
    charge_micro_eur: int
    changed: bool
    problems: tuple[str, ...]
    """Why calls wait that a price list would price, one sentence each."""


@dataclass(frozen=True)
class _Rated:
    calls: pl.DataFrame
    draws: pl.DataFrame
    usage: pl.DataFrame


def open_periods(workspace: Workspace, closed: set[str]) -> list[str]:
    """Return the months that are not closed and have calls, oldest first, late calls' new home included."""
    late = _late_calls(workspace, closed).select(pl.col("period").unique()).collect()["period"]
    first = workspace.settings.invoicing.first_period
    return sorted((months_with_calls(workspace) - closed) | {next_open(month, closed, first) for month in late})


def _late_calls(workspace: Workspace, closed: set[str]) -> pl.LazyFrame:
    """Calls of closed months that no closed invoice carries."""
    months = sorted(closed)
    billed = workspace.lake.scan("rated_calls", periods=months).select("call_id")
    return workspace.lake.scan("calls", periods=months).join(billed, on="call_id", how="anti")


def rate_open_periods(workspace: Workspace, progress: Progress) -> RatingSummary:
    """Rate all open periods and swap each into the lake in one commit; the same result again changes nothing."""
    closed = closed_months(workspace)
    with workspace.store.reading() as tx:
        ownership = accounts.ownership(tx)
        decks = tariffs.registry.load_decks(tx, workspace.settings.archive)
    known, problems = tariffs.usable(decks, ownership["deck"])
    prices = tariffs.compile_prices(decks, known)
    changed = _empty_before_first_period(workspace)
    periods = open_periods(workspace, closed)
    for number, period in enumerate(periods):
        progress(f"rating {period}", number, len(periods))
        parts = [_rate_period(workspace, prices, ownership, period)]
        parts += _rate_late(workspace, prices, ownership, period, closed)
        changed |= _store(workspace, period, parts)
    progress("rating", len(periods), len(periods))
    return _summary(workspace, periods, changed=changed, problems=tuple(problems))


def _empty_before_first_period(workspace: Workspace) -> bool:
    """Take out what was rated for open months that, since then, were said to be billed elsewhere (`first_period`)."""
    first = workspace.settings.invoicing.first_period
    rated = workspace.lake.scan("rated_calls").select(pl.col("billing_period").unique()).collect()["billing_period"]
    changed = False
    for month in sorted(set(rated.filter(rated < first)) - committed_months(workspace)):
        changed |= workspace.lake.replace("rated_calls", month, empty(RatedCall))
        changed |= workspace.lake.replace("bundle_draws", month, empty(BundleDraw))
        changed |= workspace.lake.replace("bundle_usage", month, empty(BundleUsage))
    return changed


def _rate_period(workspace: Workspace, prices: PriceBook, ownership: pl.DataFrame, period: str) -> _Rated:
    calls = workspace.lake.scan("calls", periods=[period]).collect()
    with workspace.store.reading() as tx:
        shares = accounts.bundle_shares(tx, Period.parse(period))
    return _rate(calls, prices, ownership, shares, billing_period=period, used_before=None)


def _rate_late(
    workspace: Workspace, prices: PriceBook, ownership: pl.DataFrame, billing_period: str, closed: set[str]
) -> list[_Rated]:
    late = _late_calls(workspace, closed).collect()
    parts = []
    for period in sorted(set(late["period"])):
        if next_open(period, closed, workspace.settings.invoicing.first_period) != billing_period:
            continue
        with workspace.store.reading() as tx:
            shares = accounts.bundle_shares(tx, Period.parse(period))
        used_before = used_at_close(workspace, period, shares, closed)
        calls = late.filter(pl.col("period") == period)
        parts.append(_rate(calls, prices, ownership, shares, billing_period=billing_period, used_before=used_before))
    return parts


def used_at_close(workspace: Workspace, period: str, shares: pl.DataFrame, closed: set[str]) -> pl.DataFrame:
    """Return (pool_id, used): what late calls of a closed month find gone from each allowance as accounts state it now.

    The allowance that the close billed with is the one that counts: whatever accounts added to it or took from it since
    is taken off or given back here, so a closed month's bundle is neither larger nor smaller for a late call.
    """
    drawn = workspace.lake.scan("bundle_draws", periods=sorted(closed)).filter(pl.col("period") == period)
    gone = drawn.group_by("pool_id").agg(drawn=pl.col("quantity").sum())
    own = workspace.lake.scan("bundle_usage", periods=[period]).filter(
        (pl.col("period") == period) & (pl.col("subscription_id") == POOL_TOTAL)
    )
    now = shares.lazy().group_by("pool_id").agg(now=pl.col("share").sum())
    used = now.join(own.select("pool_id", "allowance"), on="pool_id", how="left").join(gone, on="pool_id", how="left")
    changed = pl.col("now") - pl.col("allowance").fill_null(pl.col("now"))
    return used.select("pool_id", used=pl.col("drawn").fill_null(0) + changed).collect()


def with_owner(calls: pl.DataFrame, ownership: pl.DataFrame) -> pl.DataFrame:
    """Return calls with customer, subscription, product and deck of their own number at the moment of answer."""
    starts = ownership.sort("valid_from_at").drop("plan").with_columns(pl.col("product").cast(pl.String))
    joined = calls.sort("answered_at").join_asof(
        starts, left_on="answered_at", right_on="valid_from_at", by="own_number", check_sortedness=False
    )
    over = (pl.col("answered_at") >= pl.col("valid_until_at")).fill_null(value=False)
    owned = ["customer_id", "subscription_id", "product", "deck"]
    return joined.with_columns(pl.when(~over).then(pl.col(owned))).drop("valid_until_at")


def _rate(
    calls: pl.DataFrame,
    prices: PriceBook,
    ownership: pl.DataFrame,
    shares: pl.DataFrame,
    *,
    billing_period: str,
    used_before: pl.DataFrame | None,
) -> _Rated:
    owned = calls.pipe(with_owner, ownership)
    # A received call is priced by the number that received it: an own 0800 number costs its owner (rating.md 1).
    to_rate = owned.lazy().select(
        "call_id",
        "service",
        "direction",
        "country",
        pl.col("zone").cast(pl.String),
        "call_type",
        "answered_at",
        "quantity",
        "deck",
        "subscription_id",
        called=pl.when(pl.col("direction") == "in").then("own_number").otherwise("other_number"),
    )
    result: Rating = rate(to_rate, prices, shares, used_before)
    rated, draws, usage = result.rated, result.draws, result.usage
    whole = owned.drop("deck", "call_type").join(rated, on="call_id", how="left", validate="1:1")
    whole = whole.with_columns(billing_period=pl.lit(billing_period))
    return _Rated(
        whole.select(schema_of(RatedCall).names()),
        draws.with_columns(billing_period=pl.lit(billing_period)).select(schema_of(BundleDraw).names()),
        bundle_usage(shares, usage, used_before, billing_period),
    )


def bundle_usage(
    shares: pl.DataFrame, usage: pl.DataFrame, used_before: pl.DataFrame | None, billing_period: str
) -> pl.DataFrame:
    """Return contract BundleUsage: every pool in total, and every member of a group pool.

    For late usage of a closed period the allowance is what the close had left.
    """
    named = ["period", "pool_id", "customer_id", "bundle", "bundle_name_nl", "bundle_name_en", "is_group", "service"]
    used = usage.group_by("pool_id", "subscription_id").agg(pl.col("covered_quantity", "used").sum())
    members = shares.group_by(*named, "subscription_id").agg(allowance=pl.col("share").sum())
    members = members.join(used, on=["pool_id", "subscription_id"], how="left")
    pools = members.group_by(named).agg(pl.col("allowance", "covered_quantity", "used").sum())
    if used_before is not None:
        pools = pools.join(used_before.rename({"used": "before"}), on="pool_id", how="left").with_columns(
            allowance=(pl.col("allowance") - pl.col("before").fill_null(0)).clip(0)
        )
        pools = pools.filter(pl.col("covered_quantity") > 0)
    rows = [pools.with_columns(subscription_id=pl.lit(POOL_TOTAL))]
    if used_before is None:
        rows.append(members.filter("is_group"))
    return (
        pl.concat(rows, how="diagonal")
        .with_columns(pl.col("covered_quantity", "used").fill_null(0), billing_period=pl.lit(billing_period))
        .with_columns(over=pl.col("covered_quantity") - pl.col("used"))
        .select(schema_of(BundleUsage).names())
        .cast(schema_of(BundleUsage))
    )


def _store(workspace: Workspace, period: str, parts: list[_Rated]) -> bool:
    lake = workspace.lake
    changes = [
        lake.replace("rated_calls", period, pl.concat(part.calls for part in parts)),
        lake.replace("bundle_draws", period, pl.concat(part.draws for part in parts)),
        lake.replace("bundle_usage", period, pl.concat(part.usage for part in parts)),
    ]
    return any(changes)


def _summary(workspace: Workspace, periods: list[str], *, changed: bool, problems: tuple[str, ...]) -> RatingSummary:
    rated = workspace.lake.scan("rated_calls", periods=periods)
    count = rated.group_by("status").agg(calls=pl.len(), charge=pl.col("charge_micro_eur").sum()).collect()
    calls = dict(zip(count["status"].cast(pl.String), count["calls"], strict=True))
    return RatingSummary(
        tuple(periods),
        calls.get("rated", 0),
        calls.get("free", 0),
        calls.get("unrated", 0),
        int(count["charge"].sum()),
        changed,
        problems,
    )
