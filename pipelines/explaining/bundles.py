"""What bundles paid of a call: how much each gave, and what it had left before and after, as the rating stored it."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
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
class _Drawn:
    """What was drawn from one bundle, in order: when and by which call, and how much up to there."""

    keys: list[tuple[dt.datetime, str]]
    sums: list[int]

    def before(self, key: tuple[dt.datetime, str]) -> int:
        """Return what calls before this one took."""
        place = bisect_left(self.keys, key)
        return self.sums[place - 1] if place else 0

    def taken(self, key: tuple[dt.datetime, str]) -> int:
        """Return what this call took."""
        place = bisect_right(self.keys, key)
        return (self.sums[place - 1] if place else 0) - self.before(key)


@dataclass(frozen=True)
class _Pools:
    """The bundles of one month, as calls billed in one month found them.

    shares: subscription -> rows of BundleShare. usage: pool_id -> row of BundleUsage. drawn: by pool_id. touched:
    call_id -> pools that it drew from.
    """

    shares: Mapping[str, list[Mapping[str, Any]]]
    usage: Mapping[str, Mapping[str, Any]]
    drawn: Mapping[str, _Drawn]
    touched: Mapping[str, set[str]]

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
        timed = draws.filter(pl.col("pool_id").is_in(pools)).join(
            answered.select("call_id", "answered_at"), on="call_id", how="inner"
        )
        usage = lake.scan("bundle_usage", periods=months).filter(
            pl.col("period") == period, pl.col("subscription_id") == _POOL_TOTAL, pl.col("pool_id").is_in(pools)
        )
        of_pool = {row["pool_id"]: row for row in usage.collect().iter_rows(named=True)}
        return cls(_by_member(shares), of_pool, *_in_order(timed.collect()))

    def draws(self, call: Mapping[str, Any]) -> list[Draw]:
        """Return the bundles that paid a part of a call, or would have, had they not been used up."""
        covering = (share for share in self.shares.get(call["subscription_id"], ()) if _covers(share, call))
        ranks = {share["pool_id"]: share["rank"] for share in covering}
        draws = [
            self._draw(pool, ranks.get(pool), call) for pool in ranks.keys() | self.touched.get(call["call_id"], set())
        ]
        shown = [draw for draw in draws if draw.taken or draw.before == 0]
        return sorted(shown, key=lambda draw: (draw.rank is None, draw.rank or 0, draw.pool_id))

    def _draw(self, pool: str, rank: int | None, call: Mapping[str, Any]) -> Draw:
        own, drawn = self.usage.get(pool), self.drawn.get(pool, _Drawn([], []))
        key = (call["answered_at"], call["call_id"])
        return Draw(
            pool_id=pool,
            name=own["bundle_name_en"] if own else pool,
            month=call["period"],
            is_group=bool(own and own["is_group"]),
            rank=rank,
            allowance=own["allowance"] if own else None,
            before=own["allowance"] - drawn.before(key) if own else None,
            taken=drawn.taken(key),
        )


def _by_member(shares: pl.DataFrame) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for share in shares.iter_rows(named=True):
        found[share["subscription_id"]].append(share)
    return found


def _in_order(timed: pl.DataFrame) -> tuple[dict[str, _Drawn], dict[str, set[str]]]:
    drawn: dict[str, _Drawn] = {}
    touched: dict[str, set[str]] = defaultdict(set)
    for (pool,), own in timed.sort("answered_at", "call_id").group_by("pool_id", maintain_order=True):
        keys = list(zip(own["answered_at"].to_list(), own["call_id"].to_list(), strict=True))
        drawn[str(pool)] = _Drawn(keys, own["quantity"].cum_sum().to_list())
        for call_id in own["call_id"]:
            touched[call_id].add(str(pool))
    return drawn, touched


def _covers(share: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
    is_open: bool = share["valid_from_at"] <= call["answered_at"] < share["valid_until_at"]
    is_listed = all(
        not share[names] or call[name] in share[names]
        for names, name in (("call_types", "call_type"), ("destinations", "destination"))
    )
    return is_open and is_listed and share["service"] == call["service"]
