"""Who answers a number on a day: the rows of the nearest origin, the longest prefix (rating.md sections 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl

from belnota.lookup import Coder, nothing, placed
from belnota.tables.contract import DIRECTIONS, SERVICES
from belnota.tables.prices import ANY, CHARGE_KINDS, DAY_BITS, PriceBook
from rating.timetable import Timetable


@dataclass(frozen=True)
class Place:
    """Where calls stand in the tables: group of lines, stretch of time, stretch of numbers, codes of origins."""

    group: pl.Series
    stretch: pl.Series
    number: pl.Series
    origins: list[pl.Series]

    def at(self, rows: pl.Series) -> Place:
        """Return the places of some of the calls."""
        origins = [origin.gather(rows) for origin in self.origins]
        return Place(self.group.gather(rows), self.stretch.gather(rows), self.number.gather(rows), origins)


@dataclass(frozen=True)
class Lines:
    """The lines of all charge kinds as a flat table by kind, deck, service, direction and origin.

    spaces: space of each line (`PriceBook.spaces`). asks: whether any information charge may answer a stretch of
    numbers (nearly all calls need not look further); None when there are none at all.
    """

    prices: PriceBook
    origins: Coder
    table: pl.Series
    groups: int
    spaces: pl.Series
    asks: pl.Series | None

    @classmethod
    def of(cls, prices: PriceBook) -> Self:
        own = prices.lines
        origins = (ANY, *sorted(set(own["origin"]) - {ANY}))
        groups = prices.entries.height * len(SERVICES) * len(DIRECTIONS)
        parts = [
            Coder(names).codes(own[name])
            for name, names in (
                ("charge_kind", CHARGE_KINDS),
                ("deck", prices.entries["deck"]),
                ("service", SERVICES),
                ("direction", DIRECTIONS),
                ("origin", origins),
            )
        ]
        kind, deck, service, direction, origin = parts
        group = ((kind * prices.entries.height + deck) * len(SERVICES) + service) * len(DIRECTIONS) + direction
        table = nothing(len(CHARGE_KINDS) * groups * len(origins), pl.UInt32)
        table = placed(table, group * len(origins) + origin, own["line"].cast(pl.UInt32))
        return cls(prices, Coder(origins), table, groups, own["space"], _asking(prices))

    def origins_of(self, calls: pl.DataFrame) -> list[pl.Series]:
        """Return the codes of each call's country and zone, as far as any price depends on them."""
        if len(self.origins) == 1:
            return []
        named = [name for name in ("country", "zone") if calls[name].null_count() < calls.height]
        return [self.origins.codes(calls[name]) for name in named]

    def may_ask(self, number: pl.Series) -> pl.Series:
        """Return the places of the calls whose number may have an information charge."""
        if self.asks is None:
            return nothing(0, pl.UInt32)
        return pl.select(pl.arg_where(self.asks.gather(number).fill_null(value=False))).to_series()

    def rate_sets(self, place: Place, kind: str, timetable: Timetable) -> pl.Series:
        """Return who answers: the rows of the exact country are tried first, then of its zone, then of any origin.

        Prefix and validity are fixed at the answer time; the date is local to the deck that the call refers to.
        """
        best = self._found(place, self._lines(place.group, kind, None), timetable)
        for origin in reversed(place.origins):
            abroad = pl.select(pl.arg_where(origin.is_not_null())).to_series()
            if abroad.len():
                there = place.at(abroad)
                found = self._found(there, self._lines(there.group, kind, origin.gather(abroad)), timetable)
                nearer = pl.select(pl.coalesce(found, best.gather(abroad))).to_series()
                best = placed(best, abroad, nearer)
        return best

    def _found(self, place: Place, line: pl.Series, timetable: Timetable) -> pl.Series:
        answer = timetable.answers.gather(line.cast(pl.Int64) * timetable.starts.len() + place.stretch)
        space = self.spaces.gather(line) * self.prices.numbers.len() + place.number
        return self.prices.answers.gather(answer + self.prices.spaces.gather(space))

    def _lines(self, group: pl.Series, kind: str, origin: pl.Series | None) -> pl.Series:
        """Return the line of each call; origin: its code in `origins`, null for none; None for `*`."""
        place = (group + CHARGE_KINDS.index(kind) * self.groups) * len(self.origins)
        return self.table.gather(place if origin is None else place + origin)


def _asking(prices: PriceBook) -> pl.Series | None:
    """Return for each stretch of numbers whether any information charge may answer it; None when there are none.

    Nearly all calls need not look further.
    """
    lines = prices.lines.filter(pl.col("charge_kind") == "information")
    dated = prices.epochs.select("answer", line=pl.col("key") // (1 << DAY_BITS)).join(lines, on="line")
    asks = None
    for space, answer in dated.select("space", "answer").unique().iter_rows():
        stretch = prices.spaces.slice(space * prices.numbers.len(), prices.numbers.len())
        some = prices.answers.is_not_null().gather(stretch.cast(pl.Int64) + answer)
        asks = some if asks is None else asks | some
    return asks
