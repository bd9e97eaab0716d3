"""What bundles paid of a call: how much each gave, and what it had left before and after, as the rating stored it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.rollover import shares_of
from pipelines.workspace import Workspace

_POOL_TOTAL = "*"


@dataclass(frozen=True, slots=True)
class Draw:
    """One bundle that covers a call; units are seconds, messages or bytes.

    rank: order of use, empty when accounts no longer have it. allowance, before, after: empty when not stored.
    """

    pool_id: str
    name: str
    month: str
    is_group: bool
    rank: int | None
    allowance: int | None
    before: int | None
    taken: int

    @property
    def after(self) -> int | None:
        return None if self.before is None else self.before - self.taken


def draws_of(workspace: Workspace, calls: pl.DataFrame) -> dict[str, list[Draw]]:
    """Return for rated calls (RatedCall) the bundles that paid a part, and those that cover them but were used up.

    In order of use. Bundles that cover a call are those that accounts state now; amounts are those of the rating.
    """
    may = calls.filter(pl.col("status") == "rated", (pl.col("direction") == "out") | (pl.col("service") == "data"))
    found: dict[str, list[Draw]] = {}
    for (billing_period, period), own in may.group_by("billing_period", "period"):
        pools = _Pools.of(workspace, str(billing_period), str(period), own)
        found |= {row["call_id"]: pools.draws(row) for row in own.iter_rows(named=True)}
    return found


@dataclass(frozen=True)
class _Pools:
    """The bundles of one month, as calls billed in one month found them.

    usage: pool_id -> its row of BundleUsage. drawn: pool_id -> (answered_at, call_id, quantity) of each draw, in order.
    """

    shares: pl.DataFrame
    usage: Mapping[str, Mapping[str, Any]]
    drawn: Mapping[str, list[tuple[dt.datetime, str, int]]]

    @classmethod
    def of(cls, workspace: Workspace, billing_period: str, period: str, calls: pl.DataFrame) -> _Pools:
        lake, months = workspace.lake, [billing_period]
        members = calls["subscription_id"].unique().implode()
        shares = shares_of(workspace, period, billing_period).filter(pl.col("subscription_id").is_in(members))
        draws = lake.scan("bundle_draws", periods=months).filter(pl.col("period") == period)
        touched = draws.filter(pl.col("call_id").is_in(calls["call_id"].implode())).select("pool_id").collect()
        pools = pl.concat([shares["pool_id"], touched["pool_id"]]).unique().implode()
        customers = calls["customer_id"].unique().implode()
        answered = lake.scan("rated_calls", periods=months).filter(pl.col("customer_id").is_in(customers))
        timed = (
            draws.filter(pl.col("pool_id").is_in(pools))
            .join(answered.select("call_id", "answered_at"), on="call_id", how="inner")
            .select("pool_id", "answered_at", "call_id", "quantity")
            .sort("pool_id", "answered_at", "call_id")
            .collect()
        )
        drawn: dict[str, list[tuple[dt.datetime, str, int]]] = defaultdict(list)
        for pool_id, *draw in timed.iter_rows():
            drawn[pool_id].append(tuple(draw))
        usage = lake.scan("bundle_usage", periods=months).filter(
            pl.col("period") == period, pl.col("subscription_id") == _POOL_TOTAL, pl.col("pool_id").is_in(pools)
        )
        return cls(shares, {row["pool_id"]: row for row in usage.collect().iter_rows(named=True)}, drawn)

    def draws(self, call: Mapping[str, Any]) -> list[Draw]:
        covering = self.shares.filter(_covers(call))
        ranks = dict(covering.select("pool_id", "rank").iter_rows())
        touched = [pool for pool, draws in self.drawn.items() if any(call["call_id"] == one for _, one, _ in draws)]
        draws = [self._draw(pool, ranks.get(pool), call) for pool in {*ranks, *touched}]
        shown = [draw for draw in draws if draw.taken or draw.before == 0]
        return sorted(shown, key=lambda draw: (draw.rank is None, draw.rank or 0, draw.pool_id))

    def _draw(self, pool: str, rank: int | None, call: Mapping[str, Any]) -> Draw:
        own, drawn = self.usage.get(pool), self.drawn.get(pool, [])
        here = (call["answered_at"], call["call_id"])
        earlier = sum(quantity for at, call_id, quantity in drawn if (at, call_id) < here)
        taken = sum(quantity for _, call_id, quantity in drawn if call_id == call["call_id"])
        return Draw(
            pool_id=pool,
            name=own["bundle_name_en"] if own else pool,
            month=call["period"],
            is_group=bool(own and own["is_group"]),
            rank=rank,
            allowance=own["allowance"] if own else None,
            before=own["allowance"] - earlier if own else None,
            taken=taken,
        )


def _covers(call: Mapping[str, Any]) -> pl.Expr:
    types, places = pl.col("call_types"), pl.col("destinations")
    covers: pl.Expr = (
        (pl.col("subscription_id") == call["subscription_id"])
        & (pl.col("service") == call["service"])
        & (pl.col("valid_from_at") <= call["answered_at"])
        & (pl.col("valid_until_at") > call["answered_at"])
        & ((types.list.len() == 0) | types.list.contains(call["call_type"]))
        & ((places.list.len() == 0) | places.list.contains(call["destination"] or ""))
    )
    return covers
