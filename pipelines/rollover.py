"""What a month's bundles have of earlier months, read from what rating stored: the door to accounts/rollover.py.

A call is billed once, and so is a unit of a bundle:
- the month after has what was left, as pools of their own (`minutes@S1#2026-09`), drawn before its own allowance;
- an open month is rated again each night, oldest month first, so what it leaves is reckoned anew for the next;
- a closed month leaves what its invoices left. What the next month has of it is gone for late calls (`carried_away`),
  who get what may not be carried: beyond the most, or of a bundle without rollover;
- a parked customer's month is not billed, so nothing of it is carried yet: its late calls are served first.
Months of before the first one that was rated here carry nothing: they were billed elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

import accounts
from belnota.periods import Period
from belnota.tables.ownership import carried_from
from pipelines.months import committed_months
from pipelines.workspace import Workspace


def shares_of(
    workspace: Workspace, period: str, billing_period: str, tonight: Sequence[pl.DataFrame] = ()
) -> pl.DataFrame:
    """Return the shares of all bundles in a period (BundleShare), with what they have of earlier months.

    billing_period: the month whose invoices are being made; later than `period` for late calls of a closed one.
    tonight: the bundle usage of late calls already rated for that month in this run, earlier months first.
    """
    with workspace.store.reading() as tx:
        shares = accounts.bundle_shares(tx, Period.parse(period))
    found = _inputs(workspace, period, billing_period, tonight, also=())
    if found is None:
        return shares
    units = accounts.carried_units(
        Period.parse(period), usage=found.usage, shares={**found.shares, period: shares}, rules=found.rules
    )
    return accounts.with_carried(shares, units)


def carried_away(workspace: Workspace, period: str, billing_period: str) -> pl.DataFrame:
    """Return pool_id, carried: what late calls of a closed period find gone because the next month has it.

    It goes off the allowance like what was drawn (rate_periods.used_at_close).
    """
    following = str(Period.parse(period).next())
    found = _inputs(workspace, period, billing_period, (), also=(period, following))
    if found is None:
        return pl.DataFrame(schema={"pool_id": pl.String, "carried": pl.Int64})
    return accounts.carried_away(Period.parse(period), usage=found.usage, shares=found.shares, rules=found.rules)


def counted(usage: pl.DataFrame) -> pl.DataFrame:
    """Return bundle usage in which what goes beyond a carried pool is not over: the month's own allowance is next."""
    is_carried = carried_from(pl.col("pool_id")).is_not_null()
    return usage.with_columns(
        covered_quantity=pl.when(is_carried).then("used").otherwise("covered_quantity"),
        over=pl.when(is_carried).then(0).otherwise("over"),
    )


@dataclass(frozen=True)
class _Inputs:
    usage: pl.DataFrame
    shares: dict[str, pl.DataFrame]
    rules: pl.DataFrame


def _inputs(
    workspace: Workspace, period: str, billing_period: str, tonight: Sequence[pl.DataFrame], *, also: Sequence[str]
) -> _Inputs | None:
    """Read what the carry follows from: the months whose rest may still count; None when nothing can be carried."""
    with workspace.store.reading() as tx:
        rules = accounts.rollovers(tx)
    longest = max(rules["months"], default=0)
    first = max(_first_month(workspace, billing_period), _before(period, longest))
    stored = workspace.lake.scan("bundle_usage", periods=list(_from(first, billing_period))).collect()
    usage = pl.concat([stored, *tonight])
    if rules.is_empty() and usage.filter(carried_from(pl.col("pool_id")).is_not_null()).is_empty():
        return None
    with workspace.store.reading() as tx:
        months = sorted({*_from(first, period), *also})
        shares = {month: accounts.bundle_shares(tx, Period.parse(month)) for month in months}
    return _Inputs(usage, shares, rules)


def _first_month(workspace: Workspace, billing_period: str) -> str:
    """Return the first month that is or was rated or closed here, not before the first period of the settings."""
    billed = workspace.lake.scan("bundle_usage").select(pl.col("billing_period").unique()).collect()
    rated: list[str] = billed["billing_period"].to_list()
    known = min([billing_period, *rated, *committed_months(workspace)])
    return max(known, workspace.settings.invoicing.first_period)


def _before(period: str, months: int) -> str:
    found = Period.parse(period)
    for _ in range(months):
        found = found.previous()
    return str(found)


def _from(first: str, until: str) -> Iterator[str]:
    """Yield the months from the first one up to, not including, another."""
    month = first
    while month < until:
        yield month
        month = str(Period.parse(month).next())
