"""Who takes what from which bundle (rating.md section 3): served in order, never twice, never too much.

Within a bundle calls are served by (answered_at, call_id). Calls arrive in batches that follow each other in that
order, so a pool needs one number between batches: what is left of it. Within a batch order only matters for the pools
that run out in it; nearly all calls are served by adding up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.lookup import Coder, nothing, placed
from belnota.phone import CALL_TYPES
from belnota.tables.contract import SERVICES

TAKEN: Final = pl.Schema({"call": pl.UInt32, "share": pl.UInt32, "taken": pl.Int64})
DRAWS: Final = pl.Schema(
    {"call_id": pl.String, "pool_id": pl.String, "subscription_id": pl.String, "period": pl.String}
    | {"quantity": pl.Int64}
)
USAGE: Final = pl.Schema(
    {"pool_id": pl.String, "subscription_id": pl.String, "covered_quantity": pl.Int64, "used": pl.Int64}
)
_SAFE: Final = 2**62
_DATA: Final = SERVICES.index("data")


class Pools:
    """The bundles of one period and what is left of each.

    shares: contract BundleShare, may be empty. used_before (pool_id, used) goes off their allowance: late calls of a
    closed period come after all others (rating.md section 5). destinations: those of all price rows, in order. Two
    shares of one subscription and service with the same rank, a pool with two ranks, or shares of two periods are a
    ValueError.
    """

    def __init__(self, shares: pl.DataFrame, used_before: pl.DataFrame | None, destinations: pl.Series) -> None:
        _check(shares)
        names, members = (shares[name].unique(maintain_order=True) for name in ("pool_id", "subscription_id"))
        pool = Coder(names).codes(shares["pool_id"])
        self._members = Coder(members)
        member = self._members.codes(shares["subscription_id"])
        pools = _pools(shares.select(pool.alias("pool"), "rank", "share")).with_columns(pool_id=names)
        if used_before is not None:
            pools = pools.join(
                used_before.select("pool_id", "used"), on="pool_id", how="left", validate="1:1", maintain_order="left"
            )
            pools = pools.with_columns(left=(pl.col("left") - pl.col("used").fill_null(0)).clip(0))
        self._left = pools["left"].clip(0, _SAFE).cast(pl.Int64)
        self._ids = shares.select("pool_id", "subscription_id")
        self._period = shares["period"].first()
        self._types = _Listed.of(shares["call_types"], pl.Series(CALL_TYPES))
        self._destinations = _Listed.of(shares["destinations"], destinations)
        self._shares = shares.select(
            pool.alias("pool"),
            pl.col("valid_from_at", "valid_until_at").dt.timestamp("us"),
            self._types.lists.alias("type_list"),
            self._destinations.lists.alias("destination_list"),
        )
        self._places = _places(shares, member)
        self._claimed = pl.repeat(0, shares.height, dtype=pl.Int128, eager=True)
        self._taken = pl.repeat(0, shares.height, dtype=pl.Int128, eager=True)

    def drawn(self, calls: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
        """Serve a batch; return what bundles pay of each call, and what each bundle gave to each (`TAKEN`).

        calls: call_id, subscription_id, service (code), is_out, call_type (code), row (of prices), start_us, quantity,
        is_rated; `call` in the result is the place in it. Bundles are served in order of rank; a call that crosses the
        end of one gets what is left, and takes its rest to the next.

            allowance 100, calls of 60, 60, 10 -> taken 60, 40, 0; claimed by the next rank: 20, 10
        """
        inside = pl.repeat(0, calls.height, dtype=pl.Int64, eager=True)
        made = [pl.DataFrame(schema=TAKEN)]
        waiting = self._candidates(calls) if self._places else made[0]
        for places in self._places:
            if waiting.is_empty():
                break
            served = self._served(self._reached(waiting, places, calls), calls)
            taken = served.filter(pl.col("taken") > 0)
            made.append(taken.select(pl.col(name).cast(dtype) for name, dtype in TAKEN.items()))
            inside = placed(inside, taken["call"], inside.gather(taken["call"]) + taken["taken"])
            waiting = waiting.filter(inside.gather(waiting["call"]) < waiting["quantity"])
            waiting = waiting.with_columns(needs=waiting["quantity"] - inside.gather(waiting["call"]))
        return inside, pl.concat(made)

    def draws(self, taken: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
        """Return what each call of a batch (call_id, subscription_id) took from each bundle, by name (`DRAWS`).

        A bundle serves only calls of its own subscription, whose identity stays the text or Enum that it is in calls.
        """
        named = calls.select(pl.col("call_id", "subscription_id").gather(taken["call"]))
        return named.select(
            "call_id",
            self._ids["pool_id"].gather(taken["share"]),
            "subscription_id",
            period=pl.lit(self._period, pl.String),
            quantity=taken["taken"],
        )

    def usage(self) -> pl.DataFrame:
        """Return for each share what reached it and what it paid so far (`USAGE`), also where nothing was used."""
        counts = {"covered_quantity": self._claimed.clone(), "used": self._taken.clone()}
        return self._ids.with_columns(**counts).cast(USAGE)

    def _candidates(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Return the calls that may draw: rated, made or data, of a subscription that has bundles."""
        member = self._members.codes(calls["subscription_id"])
        may = calls["is_rated"] & (calls["is_out"] | (calls["service"] == _DATA)) & member.is_not_null()
        rows = pl.select(pl.arg_where(may)).to_series()
        place = member.gather(rows) * len(SERVICES) + calls["service"].gather(rows)
        quantity = calls["quantity"].gather(rows)
        return pl.DataFrame({"call": rows, "member": place, "quantity": quantity, "needs": quantity})

    def _reached(self, waiting: pl.DataFrame, places: pl.Series, calls: pl.DataFrame) -> pl.DataFrame:
        """Return the calls that a bundle of this turn covers: call, share, pool, and what they claim of it."""
        share = places.gather(waiting["member"])
        has_share = share.is_not_null()
        reached = waiting.select("call", share.alias("share"), claimed="needs").filter(has_share)
        of_share = self._shares.select(pl.all().gather(reached["share"]))
        of_call = calls.select("start_us", "call_type", "row").select(pl.all().gather(reached["call"]))
        whole = reached.with_columns(*of_share, *of_call)
        is_open = pl.col("start_us").is_between("valid_from_at", "valid_until_at", closed="left")
        is_listed = self._types.holds("type_list", "call_type") & self._destinations.holds("destination_list", "row")
        covers = whole.select(is_open & is_listed).to_series()
        return whole.select("call", "share", "pool", "claimed", "start_us").filter(covers)

    def _served(self, reached: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
        """Give each call what its pool still has: all of it, none of it, or in order while it lasts."""
        largest = reached.select(pl.col("claimed").max()).item() or 0
        wide = pl.Int64 if largest * reached.height < _SAFE else pl.Int128
        by_share = reached.group_by("share").agg(pl.col("pool").first(), claimed=pl.col("claimed").cast(wide).sum())
        pools = by_share.group_by("pool").agg(pl.col("claimed").cast(pl.Int128).sum())
        pools = pools.with_columns(self._left.gather(pools["pool"]).alias("left"))
        runs_out = pools.filter(pl.col("claimed") > pl.col("left"))
        # What a pool has left and what shares used are this object's own: changed in place, not copied every batch.
        self._left.scatter(pools["pool"], (pools["left"] - pools["claimed"]).clip(0).cast(pl.Int64))
        _add(self._claimed, by_share["share"], by_share["claimed"])
        if runs_out.is_empty():
            _add(self._taken, by_share["share"], by_share["claimed"])
            return reached.with_columns(taken="claimed")
        left = placed(nothing(self._left.len(), pl.Int64), runs_out["pool"], runs_out["left"])
        whole = by_share.filter(left.gather(by_share["pool"]).is_null())
        _add(self._taken, whole["share"], whole["claimed"])
        served = reached.with_columns(left.gather(reached["pool"]).alias("left"))
        served = served.with_columns(taken=pl.when(pl.col("left") == 0).then(0).otherwise("claimed"))
        served, contested = _in_order(served, calls["call_id"])
        used = contested.group_by("share").agg(pl.col("taken").cast(wide).sum())
        _add(self._taken, used["share"], used["taken"])
        return served


def _in_order(served: pl.DataFrame, call_ids: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the calls of pools that run out in this batch (left > 0) what is left, by (answered_at, call_id).

    Returns all calls, and those of such pools alone.
    """
    contested = served.with_row_index("at").filter(pl.col("left") > 0)
    contested = contested.with_columns(call_ids.gather(contested["call"]).alias("call_id"))
    # A claim above what is left empties the pool as one of just that does; 128 bits hold any sum of them.
    ask = pl.min_horizontal("claimed", "left")
    before = ask.cast(pl.Int128).cum_sum().over("pool") - ask
    got = contested.sort("pool", "start_us", "call_id").select(
        "at", "share", taken=pl.min_horizontal(ask, (pl.col("left") - before).clip(0)).cast(pl.Int64)
    )
    return served.with_columns(placed(served["taken"], got["at"], got["taken"])), got


def _check(shares: pl.DataFrame) -> None:
    if shares["period"].n_unique() > 1:
        raise ValueError(f"bundles are drawn per period; got shares of {sorted(set(shares['period']))}")
    if shares.select("subscription_id", "service", "rank").is_duplicated().any():
        raise ValueError("two bundles of one subscription have the same rank, so their order is not known")


def _pools(shares: pl.DataFrame) -> pl.DataFrame:
    """Return what each pool (by its code, in that order) has left before the first call."""
    rank, share = pl.col("rank"), pl.col("share").cast(pl.Int128)
    pools = shares.group_by("pool").agg(left=share.sum(), first=rank.min(), last=rank.max()).sort("pool")
    if (pools["first"] != pools["last"]).any():
        raise ValueError("a bundle has two ranks, so its order among others is not known")
    return pools.select("left")


def _places(shares: pl.DataFrame, member: pl.Series) -> list[pl.Series]:
    """Return, turn by turn, the share that a member has for a service: at member * services + service.

    A turn is a rank, but as many ranks as no member has two of are served in one turn.
    """
    at = member * len(SERVICES) + shares["service"].to_physical()
    height = member.n_unique() * len(SERVICES)
    turns: list[pl.Series] = []
    served = pl.repeat(0, height, dtype=pl.Int64, eager=True)
    by_rank = shares.select("rank", at=at).with_row_index("share").sort("rank")
    for one in by_rank.partition_by("rank", maintain_order=True):
        turn = one.select(served.gather(one["at"]).max()).item()
        if turn == len(turns):
            turns.append(nothing(height, pl.UInt32))
        turns[turn].scatter(one["at"], one["share"])
        served.scatter(one["at"], turn + 1)
    return turns


@dataclass(frozen=True)
class _Listed:
    """Which values the lists of shares name, as a flat table: list number * values + value.

    lists: number of each share's list; null for an empty one, which holds everything.
    """

    lists: pl.Series
    table: pl.Series
    values: int

    @classmethod
    def of(cls, listed: pl.Series, values: pl.Series) -> Self:
        """Tabulate lists of names over the name of each value."""
        named = listed.to_frame("names").select(
            "names", text=pl.when(pl.col("names").list.len() > 0).then(pl.col("names").list.join("\x1f"))
        )
        texts, distinct = named["text"], named.drop_nulls("text").unique("text")
        lists = Coder(distinct["text"]).codes(texts).cast(pl.Int64).alias("list")
        none = pl.Series("held", [], dtype=pl.Boolean)
        held = [values.is_in(names.implode()).alias("held") for names in distinct["names"]]
        return cls(lists, pl.concat([none, *held]), values.len())

    def holds(self, lists: str, values: str) -> pl.Expr:
        """Return whether the lists hold the values of a column; a null value is only in the empty list."""
        if self.table.is_empty():
            return pl.lit(value=True)
        held = pl.lit(self.table).gather(pl.col(lists) * self.values + pl.col(values)).fill_null(value=False)
        return pl.col(lists).is_null() | held


def _add(sums: pl.Series, at: pl.Series, more: pl.Series) -> None:
    """Add to sums at these places, in place."""
    sums.scatter(at, sums.gather(at) + more.cast(pl.Int128))
