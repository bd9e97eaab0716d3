"""Price lists as dictionaries: the rows that answer a number on a day, and the row in force at a moment (rating.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from belnota.tables.prices import ANY, Band, DeckRules
from tariffs import Deck

MINUTE_US: Final = 60_000_000
_E8: Final = 10**8
_DIGITS: Final = 15
Place = tuple[str, str, str, str]
"""Service, direction, charge kind, origin."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One line of rates.csv; amounts are exact fractions of a euro."""

    prefix: str
    destination: str
    call_type: str
    band: str
    from_quantity: int
    unit_price: Fraction
    increment: int
    minimum: int
    free_below: int
    fee: Fraction
    cap: Fraction | None
    valid_from: dt.date | None
    valid_until: dt.date | None

    def is_in_force(self, day: dt.date) -> bool:
        """Tell whether it prices calls of a local day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True)
class PriceList:
    """One price list with its rows by place and prefix."""

    name: str
    base: str | None
    rules: DeckRules
    rows: Mapping[Place, Mapping[str, list[Row]]]

    @classmethod
    def of(cls, deck: Deck) -> PriceList:
        """Sort the rows of a checked price list."""
        rows: dict[Place, dict[str, list[Row]]] = {}
        for line in deck.rates.iter_rows(named=True):
            place = (line["service"], line["direction"], line["charge_kind"], line["origin"])
            rows.setdefault(place, {}).setdefault(line["prefix"], []).append(_row(line))
        return cls(deck.name, deck.settings.base, deck.settings.rules, rows)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The clock of its bands and days."""
        return ZoneInfo(self.rules.timezone)

    @cached_property
    def _seen(self) -> dict[int, tuple[str, ...]]:
        return {}

    def bands_at(self, at_us: int) -> tuple[str, ...]:
        """Return the names of the bands that hold at an instant (microseconds since 1970), in order of priority."""
        minute = at_us // MINUTE_US
        if minute not in self._seen:
            wall = dt.datetime.fromtimestamp(minute * 60, self.zone)
            self._seen[minute] = tuple(band.name for band in self.rules.bands if self._holds(band, wall))
        return self._seen[minute]

    def _holds(self, band: Band, wall: dt.datetime) -> bool:
        minute, today = wall.hour * 60 + wall.minute, wall.date()
        if band.until_minute > band.from_minute:
            return self._applies(band, today) and band.from_minute <= minute < band.until_minute
        evening = self._applies(band, today) and minute >= band.from_minute
        return evening or (self._applies(band, today - dt.timedelta(days=1)) and minute < band.until_minute)

    def _applies(self, band: Band, day: dt.date) -> bool:
        if day in self.rules.holidays:
            return band.on_holidays or (day.isoweekday() in band.weekdays and not band.except_holidays)
        return day.isoweekday() in band.weekdays


@dataclass(frozen=True)
class Answer:
    """The price list that answers a call, and its rows for that prefix and day."""

    prices: PriceList
    rows: list[Row]

    @cached_property
    def has_bands(self) -> bool:
        """Whether its price depends on the time of day."""
        return any(row.band != ANY for row in self.rows)

    def row_at(self, at_us: int, quantity: int) -> Row:
        """Return the row that prices what begins at an instant, so many units into what is charged."""
        named = {row.band for row in self.rows}
        band = next((name for name in self.prices.bands_at(at_us) if name in named), ANY)
        slots = [row for row in self.rows if row.band == band and row.from_quantity <= quantity]
        return max(slots, key=lambda row: row.from_quantity)

    def next_slot(self, row: Row, quantity: int) -> int | None:
        """Return the quantity at which the next slot of a row's band begins, if any does."""
        later = [one.from_quantity for one in self.rows if one.band == row.band and one.from_quantity > quantity]
        return min(later, default=None)


def answer(call: Mapping[str, Any], kind: str, entry: str, lists: Mapping[str, PriceList]) -> Answer | None:
    """Return who answers a call: the nearest origin first, then the longest prefix, then the nearest price list."""
    digits = call["called"].removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        if call["service"] != "data" and call["called"] not in ("", "anonymous"):
            return None
        digits = ""
    chain = list(_chain(entry, lists))
    day = call["answered_at"].astimezone(chain[0].zone).date()
    for origin in (call["country"], call["zone"], ANY):
        place = (call["service"], call["direction"], kind, origin)
        own = [(prices, prices.rows[place]) for prices in chain if place in prices.rows]
        for length in range(min(len(digits), _DIGITS), -1, -1) if own else ():
            for prices, prefixes in own:
                rows = [row for row in prefixes.get(digits[:length], ()) if row.is_in_force(day)]
                if rows:
                    return Answer(prices, rows)
    return None


def _chain(entry: str, lists: Mapping[str, PriceList]) -> Iterable[PriceList]:
    name: str | None = entry
    while name is not None:
        yield lists[name]
        name = lists[name].base


def _row(line: Mapping[str, Any]) -> Row:
    return Row(
        prefix=line["prefix"],
        destination=line["destination"],
        call_type=line["call_type"],
        band=line["band_name"],
        from_quantity=line["from_quantity"],
        unit_price=Fraction(line["price"], line["per"] * _E8),
        increment=line["increment"],
        minimum=line["minimum"],
        free_below=line["free_below"],
        fee=Fraction(line["connect_fee"], _E8),
        cap=None if line["max_charge"] is None else Fraction(line["max_charge"], _E8),
        valid_from=line["valid_from"],
        valid_until=line["valid_until"],
    )
