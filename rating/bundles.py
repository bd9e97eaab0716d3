"""Who takes what from which bundle (rating.md section 3): served in order, never twice, never too much.

Within a bundle calls are served by (answered_at, call_id). Calls arrive in batches that follow each other in that
order, so a pool needs one number between batches: what is left of it. Within a batch order only matters for the pools
that run out in it; nearly all calls are served by adding up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.phone import CALL_TYPES
from belnota.tables.contract import SERVICES
from rating.lookup import codes, nothing, placed

CLAIMS: Final = pl.Schema({"call": pl.UInt32, "share": pl.UInt32, "claimed": pl.Int64, "taken": pl.Int64})
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
        pools = shares.group_by("pool_id", maintain_order=True).agg(left=pl.col("share").cast(pl.Int128).sum())
        if used_before is not None:
            pools = pools.join(used_before.select("pool_id", "used"), on="pool_id", how="left", validate="1:1")
            pools = pools.with_columns(left=(pl.col("left") - pl.col("used").fill_null(0)).clip(0))
        self._left = pools["left"].clip(0, _SAFE).cast(pl.Int64)
        self._ids = shares.select("pool_id", "subscription_id", "period")
        self._members = shares["subscription_id"].unique(maintain_order=True).to_list()
        self._types = _Listed.of(shares["call_types"], pl.Series(CALL_TYPES))
        self._destinations = _Listed.of(shares["destinations"], destinations)
        self._shares = shares.select(
            codes(shares["pool_id"], pools["pool_id"].to_list()).alias("pool"),
            pl.col("valid_from_at", "valid_until_at").dt.timestamp("us"),
            self._types.lists.alias("type_list"),
            self._destinations.lists.alias("destination_list"),
        )
        self._places = _places(shares, codes(shares["subscription_id"], self._members))
        self._claimed = pl.Series("claimed", [0], dtype=pl.Int128).new_from_index(0, shares.height)
        self._taken = self._claimed

    def claims(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Serve a batch and return what each call still needed of each bundle it reached, and what it got (`CLAIMS`).

        calls: call_id, subscription_id, service (code), is_out, call_type (code), row (of prices), start_us, quantity,
        is_rated; `call` in the result is the place in it. Bundles are served in order of rank; a call that
        crosses the end of one gets what is left, and takes its rest to the next.

            allowance 100, calls of 60, 60, 10 -> taken 60, 40, 0; claimed by the next rank: 20, 10
        """
        made = [pl.DataFrame(schema=CLAIMS)]
        if self._shares.is_empty():
            return made[0]
        waiting = self._candidates(calls)
        for places in self._places:
            if waiting.is_empty():
                break
            reached = self._reached(waiting, places)
            served = self._served(reached)
            made.append(served.select(pl.col(name).cast(dtype) for name, dtype in CLAIMS.items()))
            got = served.select("place", "taken")
            waiting = waiting.with_columns(
                placed(waiting["needs"], got["place"], waiting["needs"].gather(got["place"]) - got["taken"])
            ).filter(pl.col("needs") > 0)
        claims = pl.concat(made)
        self._claimed = _added(self._claimed, claims, "claimed")
        self._taken = _added(self._taken, claims, "taken")
        return claims

    def draws(self, claims: pl.DataFrame, call_ids: pl.Series) -> pl.DataFrame:
        """Return what each call of a batch took from each bundle (`DRAWS`)."""
        taken = claims.filter(pl.col("taken") > 0)
        named = self._ids.select(pl.all().gather(taken["share"]))
        return named.select(
            call_ids.gather(taken["call"]).alias("call_id"), "pool_id", "subscription_id", "period", taken["taken"]
        ).rename({"taken": "quantity"})

    def usage(self) -> pl.DataFrame:
        """Return for each share what reached it and what it paid so far (`USAGE`), also where nothing was used."""
        ids = self._ids.select("pool_id", "subscription_id")
        return ids.with_columns(covered_quantity=self._claimed, used=self._taken).cast(USAGE)

    def _candidates(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Return the calls that may draw: rated, made or data, of a subscription that has bundles of the service."""
        member = codes(calls["subscription_id"], self._members)
        place = (member * len(SERVICES) + calls["service"]).alias("member")
        may = calls["is_rated"] & (calls["is_out"] | (calls["service"] == _DATA)) & place.is_not_null()
        rows = pl.select(pl.arg_where(may)).to_series()
        picked = calls.select("call_type", "row", "start_us", "call_id", needs="quantity")
        return picked.select(pl.all().gather(rows)).with_columns(rows.alias("call"), place.gather(rows))

    def _reached(self, waiting: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
        """Return the calls that a bundle of this rank covers, with their place in `waiting`, share and pool."""
        share = places.gather(waiting["member"])
        on = pl.select(pl.arg_where(share.is_not_null())).to_series()
        share = share.gather(on)
        of_share = self._shares.select(pl.all().gather(share))
        found = waiting.select(pl.all().gather(on)).with_columns(share.alias("share"), on.alias("place"), *of_share)
        is_covered = (
            (pl.col("start_us") >= pl.col("valid_from_at"))
            & (pl.col("start_us") < pl.col("valid_until_at"))
            & self._types.holds(pl.col("type_list"), pl.col("call_type"))
            & self._destinations.holds(pl.col("destination_list"), pl.col("row"))
        )
        return found.filter(is_covered).select("call", "place", "share", "pool", "start_us", "call_id", claimed="needs")

    def _served(self, reached: pl.DataFrame) -> pl.DataFrame:
        """Give each call what its pool still has: all of it, none of it, or in order while it lasts."""
        left = self._left.gather(reached["pool"])
        # A claim above what is left empties the pool as one of just that does.
        asked = reached.with_columns(left.alias("left")).with_columns(ask=pl.min_horizontal("claimed", "left"))
        largest = asked["ask"].max()
        wide = pl.Int64 if int(largest or 0) * asked.height < _SAFE else pl.Int128  # type: ignore[call-overload]
        total = asked.group_by("pool").agg(total=pl.col("ask").cast(wide).sum(), left=pl.col("left").first())
        short = total.filter(pl.col("total") > pl.col("left"))
        served = asked.with_columns(taken="ask")
        if short.height:
            contested = served.with_row_index("at").join(short.select("pool"), on="pool", how="semi")
            contested = contested.sort("pool", "start_us", "call_id")
            before = pl.col("ask").cast(pl.Int128).cum_sum().over("pool") - pl.col("ask")
            got = contested.select("at", taken=pl.min_horizontal("ask", (pl.col("left") - before).clip(0)))
            served = served.with_columns(placed(served["taken"], got["at"], got["taken"].cast(pl.Int64)))
        remaining = total.select("pool", left=(pl.col("left") - pl.col("total")).clip(0).cast(pl.Int64))
        self._left = placed(self._left, remaining["pool"], remaining["left"])
        return served


def _check(shares: pl.DataFrame) -> None:
    if shares["period"].n_unique() > 1:
        raise ValueError(f"bundles are drawn per period; got shares of {sorted(set(shares['period']))}")
    if shares.select("subscription_id", "service", "rank").is_duplicated().any():
        raise ValueError("two bundles of one subscription have the same rank, so their order is not known")
    if shares.select("pool_id", "rank").unique()["pool_id"].is_duplicated().any():
        raise ValueError("a bundle has two ranks, so its order among others is not known")


def _places(shares: pl.DataFrame, member: pl.Series) -> list[pl.Series]:
    """Return, turn by turn, the share that a member has for a service: at member * services + service.

    A turn is a rank, but as many ranks as no member has two of are served in one turn.
    """
    at = member * len(SERVICES) + shares["service"].to_physical()
    last: dict[int, int] = {}
    turn_of: dict[int, int] = {}
    ordered = shares.select("rank", at=at).with_row_index("share").sort("rank")
    for (rank,), of_rank in ordered.group_by("rank", maintain_order=True):
        turn = 1 + max((last.get(place, -1) for place in of_rank["at"]), default=-1)
        turn_of[int(str(rank))] = turn
        last.update(dict.fromkeys(of_rank["at"], turn))
    turns = ordered.with_columns(turn=pl.col("rank").replace_strict(turn_of, return_dtype=pl.Int64))
    height = (int(member.max() or 0) + 1) * len(SERVICES)  # type: ignore[call-overload]
    empty = nothing(height, pl.UInt32)
    in_turn = turns.sort("turn").partition_by("turn", maintain_order=True)
    return [placed(empty, one["at"], one["share"]) for one in in_turn]


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
        distinct = [names for names in listed.unique(maintain_order=True).to_list() if names]
        numbers = {tuple(names): number for number, names in enumerate(distinct)}
        lists = pl.Series("list", [numbers.get(tuple(names)) for names in listed.to_list()], dtype=pl.Int64)
        table = [pl.Series("held", [], dtype=pl.Boolean), *(values.is_in(names) for names in distinct)]
        return cls(lists, pl.concat(one.alias("held") for one in table), values.len())

    def holds(self, number: pl.Expr, value: pl.Expr) -> pl.Expr:
        """Return whether lists hold values; a null value is only in the empty list."""
        held = pl.lit(self.table).gather(number * self.values + value).fill_null(value=False)
        return number.is_null() | held


def _added(sums: pl.Series, claims: pl.DataFrame, what: str) -> pl.Series:
    more = claims.group_by("share").agg(pl.col(what).cast(pl.Int128).sum())
    return placed(sums, more["share"], sums.gather(more["share"]) + more[what])
