"""The rating step: every open period whole, from stored calls, as accounts and price lists stand now.

Late calls of a closed period go into the next open one, priced by their own date, after everything
that was already billed from their own period's bundles (rating.md section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

import accounts
import tariffs
from belnota.tables import BundleDraw, BundleUsage, RatedCall, empty, schema_of
from pipelines.batches import Scratch, in_order_of_time
from pipelines.months import closed_months, committed_months, months_with_calls, next_open
from pipelines.owners import Owners
from pipelines.purged import draws as purged_draws
from pipelines.rated_batches import rated_batches
from pipelines.rollover import carried_away, counted, shares_of
from pipelines.suspense import with_write_offs, written_off
from pipelines.workspace import Progress, Workspace
from rating import PriceBook, Rater
from tariffs.registry import load_decks

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


def open_periods(workspace: Workspace, closed: set[str], late: Iterable[str]) -> list[str]:
    """Return the months that are not closed and have calls, oldest first, and those that bill late calls' months."""
    first = workspace.settings.invoicing.first_period
    return sorted((months_with_calls(workspace) - closed) | {next_open(month, closed, first) for month in late})


def _late_calls(workspace: Workspace, closed: set[str]) -> pl.DataFrame:
    """Return the calls of closed months that no closed invoice carries.

    Months of which as many calls are billed as there are have none; only in the others calls are looked up, by id.
    """
    months = sorted(closed)
    calls, billed = (workspace.lake.scan(table, periods=months) for table in ("calls", "rated_calls"))
    counts = [
        table.group_by("period").len(name=name).collect() for table, name in ((calls, "calls"), (billed, "billed"))
    ]
    differ = counts[0].join(counts[1], on="period", how="left").filter(pl.col("calls") != pl.col("billed").fill_null(0))
    some = workspace.lake.scan("calls", periods=sorted(differ["period"]))
    late = some.select("call_id").join(billed.select("call_id"), on="call_id", how="anti").collect()
    return some.join(late.lazy(), on="call_id", how="semi").collect()


def rate_open_periods(workspace: Workspace, progress: Progress) -> RatingSummary:
    """Rate all open periods and swap each into the lake in one commit; the same result again changes nothing."""
    closed = closed_months(workspace)
    with workspace.store.reading() as tx:
        ownership = accounts.ownership(tx)
        decks = load_decks(tx, workspace.settings.archive)
        write_offs = written_off(tx)
    known, problems = tariffs.usable(decks, ownership["deck"])
    inputs = _Inputs(tariffs.compile_prices(decks, known), Owners.of(ownership), write_offs)
    changed = _empty_before_first_period(workspace)
    late = _late_calls(workspace, closed)
    periods = open_periods(workspace, closed, late["period"].unique())
    for number, period in enumerate(periods):
        progress(f"rating {period}", number, len(periods))
        with Scratch.below(workspace.lake.root) as scratch:
            usage = _rate_period(workspace, inputs, period, late=late, closed=closed, scratch=scratch)
            changed |= _store(workspace, period, scratch, usage)
    progress("rating", len(periods), len(periods))
    return _summary(workspace, periods, changed=changed, problems=tuple(problems))


@dataclass(frozen=True)
class _Inputs:
    prices: PriceBook
    owners: Owners
    write_offs: pl.DataFrame


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


def _rate_period(
    workspace: Workspace,
    inputs: _Inputs,
    billing_period: str,
    *,
    late: pl.DataFrame,
    closed: set[str],
    scratch: Scratch,
) -> list[pl.DataFrame]:
    """Rate what an open month bills into scratch files and return its bundle usage (BundleUsage), part by part.

    Late calls of closed months come first, oldest first: a parked customer's September is drawn before October gets
    what September left.
    """
    first = workspace.settings.invoicing.first_period
    months = sorted(set(late["period"]))
    usage: list[pl.DataFrame] = []
    for period in [month for month in months if next_open(month, closed, first) == billing_period]:
        shares = shares_of(workspace, period, billing_period, usage)
        used_before = used_at_close(workspace, period, billing_period, shares, closed)
        of_month = late.filter(pl.col("period") == period).lazy()
        done = _rate_calls(
            of_month, inputs, shares, billing_period=billing_period, scratch=scratch, used_before=used_before
        )
        usage.append(done)
    calls = workspace.lake.scan("calls", periods=[billing_period])
    shares = shares_of(workspace, billing_period, billing_period, usage)
    return [*usage, _rate_calls(calls, inputs, shares, billing_period=billing_period, scratch=scratch)]


def _rate_calls(
    calls: pl.LazyFrame,
    inputs: _Inputs,
    shares: pl.DataFrame,
    *,
    billing_period: str,
    scratch: Scratch,
    used_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    rater = Rater(inputs.prices, shares, used_before)
    for rated, draws in rated_batches(in_order_of_time(calls), inputs.owners, rater, billing_period):
        scratch.add("rated_calls", with_write_offs(rated, inputs.write_offs))
        scratch.add("bundle_draws", draws)
    return bundle_usage(shares, rater.usage(), used_before, billing_period)


def used_at_close(
    workspace: Workspace, period: str, billing_period: str, shares: pl.DataFrame, closed: set[str]
) -> pl.DataFrame:
    """Return (pool_id, used): what late calls of a closed month find gone from each allowance as accounts state it now.

    The allowance that the close billed with is the one that counts: whatever accounts added to it or took from it since
    is taken off or given back here, so a closed month's bundle is neither larger nor smaller for a late call. What the
    next month has of its rest (rollover.py) is gone too.
    """
    with workspace.store.reading() as tx:
        purged = purged_draws(tx).filter(pl.col("period") == period).select("pool_id", "quantity")
    stored = workspace.lake.scan("bundle_draws", periods=sorted(closed)).filter(pl.col("period") == period)
    drawn = pl.concat([stored.select("pool_id", "quantity"), purged.lazy()])
    gone = drawn.group_by("pool_id").agg(drawn=pl.col("quantity").sum())
    own = workspace.lake.scan("bundle_usage", periods=[period]).filter(
        (pl.col("period") == period) & (pl.col("subscription_id") == POOL_TOTAL)
    )
    now = shares.lazy().group_by("pool_id").agg(now=pl.col("share").sum())
    used = now.join(own.select("pool_id", "allowance"), on="pool_id", how="left").join(gone, on="pool_id", how="left")
    carried = carried_away(workspace, period, billing_period).lazy()
    used = used.join(carried, on="pool_id", how="left")
    changed = pl.col("now") - pl.col("allowance").fill_null(pl.col("now"))
    gone_since = pl.col("drawn").fill_null(0) + pl.col("carried").fill_null(0)
    return used.select("pool_id", used=gone_since + changed).collect()


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
        .pipe(counted)
        .select(schema_of(BundleUsage).names())
        .cast(schema_of(BundleUsage))
    )


def _store(workspace: Workspace, period: str, scratch: Scratch, usage: list[pl.DataFrame]) -> bool:
    lake = workspace.lake
    changes = [
        lake.replace("rated_calls", period, scratch.scan("rated_calls", RatedCall)),
        lake.replace("bundle_draws", period, scratch.scan("bundle_draws", BundleDraw)),
        lake.replace("bundle_usage", period, pl.concat(usage)),
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
