"""What a month of stored calls would have cost by two price lists (`belnota decks diff --calls`); nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

import accounts
import tariffs
from belnota.errors import Refused
from belnota.periods import Period
from belnota.tables import schema_of
from belnota.tables.calls import Call
from pipelines.batches import in_order_of_time
from pipelines.owners import Owners
from pipelines.rated_batches import to_rate
from pipelines.rollover import shares_of
from pipelines.workspace import Progress, Workspace
from rating import Rater
from tariffs import Deck
from tariffs.compile import chain_of
from tariffs.versions import chain_in_use, reaches

MOST_CALLS: Final = 20
_SUMS: Final = ("calls", "before", "after")
_KEPT: Final = ("call_id", "answered_at", "customer_id", "own_number", "other_number", "service", "quantity")


@dataclass(frozen=True)
class CallsDiff:
    """A month by two price lists; amounts are micro-euros without VAT.

    both: calls, before, after of the calls that both price. customers: customer_id, calls, before, after; usage:
    service, call_type, destination, calls, before, after, both of the calls that both price. lost, gained: calls that
    only the first, only the second prices: reason, destination, calls, charge (which the other has not).
    neither: calls that none of them prices. most: the calls that differ most, with charges, destinations and prefixes.
    """

    period: str
    both: Mapping[str, int]
    customers: pl.DataFrame
    usage: pl.DataFrame
    lost: pl.DataFrame
    gained: pl.DataFrame
    neither: int
    most: pl.DataFrame


def price_with_both(
    workspace: Workspace, period: Period, before: Deck, after: Deck, progress: Progress
) -> CallsDiff | None:
    """Price the month's calls of all plans that one of two price lists serves, as entry or as base, with each in turn.

    Each takes the place of both; all else is as accounts and price lists are now, bundles included, which are drawn
    anew. None when no plan with calls reaches either. Refused when one of them cannot be used, as without its base.
    """
    with workspace.store.reading() as tx:
        ownership = accounts.ownership(tx)
        names = set(ownership["deck"]) | {one.settings.base for one in (before, after) if one.settings.base}
        decks = chain_in_use(tx, workspace.settings.archive, names)
    slots = {before.name, after.name}
    usable, _ = tariffs.usable(decks, ownership["deck"])
    entries = [entry for entry in usable if reaches(decks, entry, slots)]
    entries += sorted(slots - set(usable))
    shares = shares_of(workspace, str(period), str(period))
    sides = [_Side.of(one, decks, usable, slots, shares) for one in (before, after)]
    stored = workspace.lake.scan("calls", periods=[str(period)]).select(schema_of(Call).names())
    count = stored.select(pl.len()).collect().item()
    if not count:
        told = "late calls count in the month of their answer; name a month that has some, as 2026-10"
        raise Refused(f"no stored call was answered in {period}; {told}")
    sums = _Sums()
    done = 0
    members = shares["subscription_id"].unique().implode()
    owners = Owners.of(ownership)
    for batch in in_order_of_time(stored):
        progress(f"pricing {period} twice", done, count)
        done += batch.height
        owned = owners.of_calls(batch).with_columns(pl.col("deck").cast(pl.String))
        asked_for = pl.col("deck").is_in(entries)
        # Members of bundles on other plans take their part of what is shared.
        owned = owned.filter(asked_for | pl.col("subscription_id").cast(pl.String).is_in(members))
        first, second = (side.rated(owned) for side in sides)
        sums.add(owned, first, second, owned.select(asked_for.fill_null(value=False)).to_series())
    progress(f"pricing {period} twice", count, count)
    return sums.result(str(period))


class _Side:
    """One of the two: its prices in the place of both price lists."""

    def __init__(self, rater: Rater, name: str, slots: set[str]) -> None:
        self._rater, self._name, self._slots = rater, name, slots

    @classmethod
    def of(
        cls, deck: Deck, decks: Mapping[str, Deck], usable: list[str], slots: set[str], shares: pl.DataFrame
    ) -> _Side:
        world = _with_deck(decks, deck, slots)
        chain_of(world, deck.name)
        entries = sorted({deck.name if name in slots else name for name in usable} | {deck.name})
        return cls(Rater(tariffs.compile_prices(world, entries), shares), deck.name, slots)

    def rated(self, owned: pl.DataFrame) -> pl.DataFrame:
        place = pl.when(pl.col("deck").is_in(sorted(self._slots))).then(pl.lit(self._name)).otherwise("deck")
        return self._rater.rate(to_rate(owned.with_columns(deck=place)))[0]


def _with_deck(decks: Mapping[str, Deck], deck: Deck, slots: set[str]) -> dict[str, Deck]:
    """Return the price lists in use, with this one in every place of `slots`: by its name, and as a base."""
    moved = {
        name: replace(one, settings=replace(one.settings, base=deck.name)) if one.settings.base in slots else one
        for name, one in decks.items()
    }
    return {**moved, deck.name: deck}


class _Sums:
    """Sums over batches, and the calls that differ most so far."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pl.DataFrame]] = {"customers": [], "usage": [], "lost": [], "gained": []}
        self._most: pl.DataFrame | None = None
        self._neither = self._calls = 0

    def add(self, owned: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, asked_for: pl.Series) -> None:
        priced = owned.select(_KEPT).with_columns(
            *_named(before, "before"), *_named(after, "after"), after["call_type"].cast(pl.String)
        )
        priced = priced.filter(asked_for).with_columns(
            destination=pl.coalesce("destination_after", "destination_before")
        )
        self._calls += priced.height
        has_before, has_after = pl.col("before").is_not_null(), pl.col("after").is_not_null()
        both = priced.filter(has_before & has_after)
        totals = [pl.len().cast(pl.Int64).alias("calls"), pl.col("before").sum(), pl.col("after").sum()]
        self._parts["customers"].append(both.group_by("customer_id").agg(totals))
        self._parts["usage"].append(
            both.group_by(pl.col("service").cast(pl.String), "call_type", "destination").agg(totals)
        )
        for name, which, side, other in (
            ("lost", has_before & ~has_after, "before", "after"),
            ("gained", ~has_before & has_after, "after", "before"),
        ):
            some = priced.filter(which).group_by(reason=f"reason_{other}", destination=f"destination_{side}")
            self._parts[name].append(some.agg(pl.len().cast(pl.Int64).alias("calls"), charge=pl.col(side).sum()))
        self._neither += priced.filter(~has_before & ~has_after).height
        self._most = _most(both if self._most is None else pl.concat([self._most, both]))

    def result(self, period: str) -> CallsDiff | None:
        if not self._calls or self._most is None:
            return None
        customers = _summed(self._parts["customers"], ["customer_id"], "before", "after")
        usage = _summed(self._parts["usage"], ["service", "call_type", "destination"], "before", "after")
        lost, gained = (_summed(self._parts[name], ["reason", "destination"], "charge") for name in ("lost", "gained"))
        both = {name: int(customers[name].sum()) for name in _SUMS}
        return CallsDiff(period, both, customers, usage, lost, gained, self._neither, self._most)


def _named(rated: pl.DataFrame, side: str) -> Iterator[pl.Series]:
    yield rated["charge_micro_eur"].alias(side)
    for name in ("reason", "deck", "prefix", "destination"):
        yield rated[name].cast(pl.String).alias(f"{name}_{side}")


def _most(both: pl.DataFrame) -> pl.DataFrame:
    size = (pl.col("after") - pl.col("before")).abs()
    return both.filter(size > 0).sort(size, "call_id", descending=[True, False]).head(MOST_CALLS)


def _summed(parts: list[pl.DataFrame], key: list[str], *amounts: str) -> pl.DataFrame:
    """Return the sums of all batches by key; what changes most comes first, or what is most."""
    whole = pl.concat(parts).group_by(key).agg(pl.col("calls", *amounts).sum())
    size = (pl.col(amounts[-1]) - (pl.col(amounts[0]) if len(amounts) > 1 else 0)).abs()
    return whole.sort(size, *key, descending=[True, *[False] * len(key)])
