"""What tariffs makes and rating reads: price lists compiled to flat tables that are looked up by position.

A call finds its price in four steps:
    deck, service, direction, kind, origin -> line       (`lines`)
    line, local day                        -> answer     (`epochs`: the prices in force on that day, bases included)
    answer, number                         -> rate set   (`numbers` and `spaces` cut all numbers into stretches)
    rate set, band, quantity so far        -> price row  (`owners`, then `rows` in order of slots)
Two-part keys are one integer: the first part shifted left, plus the second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final, Literal, TypeVar

import polars as pl

from belnota.money import RoundingMode

ANY: Final = "*"
"""Any origin, or any time that no band of this prefix holds."""
CHARGE_KINDS: Final = ("call", "information")
"""The operator's charge of a call, and what the holder of a service number asks for it (rating.md section 2)."""
STAR: Final = 63
"""Number of the band `*`; real bands are numbered from 0 in order of priority."""
MAX_BANDS: Final = 60
MAX_DIGITS: Final = 15
"""E.164 numbers have at most fifteen digits; what a longer one has more never decides a price."""
DAY_BITS: Final = 32
BAND_BITS: Final = 6
FIRST_DAY: Final = 719_162
"""Days from 0001-01-01 to 1970-01-01, so that no day number is negative."""
FAR: Final = 2**62
"""Later than any instant, more than any quantity."""

BandRule = Literal["split", "start"]
Column = TypeVar("Column", pl.Expr, pl.Series)


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the week in local wall time, [from_minute, until_minute); until <= from runs past midnight."""

    name: str
    weekdays: tuple[int, ...]  # 1 = Monday … 7 = Sunday
    on_holidays: bool
    except_holidays: bool
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True)
class DeckRules:
    """How the deck that answers counts: its wall clock, its bands in order of priority, its rounding."""

    name: str
    timezone: str = "Europe/Amsterdam"
    band_rule: BandRule = "split"
    bands: tuple[Band, ...] = ()
    holidays: tuple[dt.date, ...] = ()
    rounding: RoundingMode = "half_up"
    decimals: int = 4

    def bands_holding(self, local: pl.Expr) -> pl.Expr:
        """Return the bands that hold a local wall time, as a set of bits (Int64): bit n is band n.

        A band that runs past midnight belongs to the day on which it starts.
        """
        minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()
        today, yesterday = local.dt.date(), (local - pl.duration(days=1)).dt.date()
        bits = [
            pl.when(self._holds(band, minute, today, yesterday)).then(pl.lit(1 << number, pl.Int64)).otherwise(0)
            for number, band in enumerate(self.bands)
        ]
        return pl.sum_horizontal(bits) if bits else pl.lit(0, pl.Int64)

    def _holds(self, band: Band, minute: pl.Expr, today: pl.Expr, yesterday: pl.Expr) -> pl.Expr:
        if band.until_minute > band.from_minute:
            return self._applies(band, today) & (minute >= band.from_minute) & (minute < band.until_minute)
        evening = self._applies(band, today) & (minute >= band.from_minute)
        return evening | (self._applies(band, yesterday) & (minute < band.until_minute))

    def _applies(self, band: Band, day: pl.Expr) -> pl.Expr:
        is_holiday = is_one_of(day, self.holidays)
        on_weekday = day.dt.weekday().is_in(list(band.weekdays))
        if band.except_holidays:
            on_weekday &= ~is_holiday
        return on_weekday | is_holiday if band.on_holidays else on_weekday


def is_one_of(day: pl.Expr, days: Sequence[dt.date]) -> pl.Expr:
    """Return whether a date is among `days`, which may be none."""
    return reduce(or_, (day == one for one in days), pl.lit(value=False))


def number_key(digits: pl.Expr) -> pl.Expr:
    """Return the sort key of a number or prefix (text of digits, leading zeros count), Int64.

    The number stands left-justified in fifteen digits, times 16, plus its count of digits: without the count
    0900-1234 would match the prefix 090012340. A prefix of n digits holds exactly the keys from its own key up to
    the next prefix of n digits.
    """
    text = digits.str.head(MAX_DIGITS)
    return text.str.pad_end(MAX_DIGITS, "0").cast(pl.Int64) * 16 + text.str.len_chars()


def day_number(day: pl.Expr) -> pl.Expr:
    """Return the days since 0001-01-01 of a date, Int64."""
    return day.cast(pl.Int32).cast(pl.Int64) + FIRST_DAY


def pair(high: Column, low: Column, bits: int) -> Column:
    """Return a two-part key: rows sorted by it are sorted by `high`, then by `low` (below 2**bits)."""
    return high.cast(pl.Int64) * (1 << bits) + low.cast(pl.Int64)


@dataclass(frozen=True)
class PriceBook:
    """All prices that the calls of a run may need. Row numbers are identities.

    entries:   deck, timezone                         decks that calls refer to; validity is local to their zone
    lines:     deck, service, direction, charge_kind, origin, line, space (number of the kind of line)
    epochs:    key (line, day number), answer         from that local day on, the answer that begins at that place
    numbers:   number keys at which any answer may change, sorted; the first is 0
    spaces:    which stretch of the space (UInt32), at space * len(numbers) + position in `numbers`
    answers:   rate set (UInt32; empty = nobody answers), at answer + stretch of the space
    rate_sets: deck_number (position in `rules`), prefix, bands (bits of the bands that have rows), denominator
    owners:    key (rate set, band), row              first of the rows of a band, which follow each other by slot
    rows:      rate_set, band, line (of rates.csv), band_name, destination, call_type, from_quantity, until_quantity,
               increment, minimum, free_below, per, price, connect_fee and max_charge (1e-8 euro), unit_price (Int128:
               1e-8 euro times the set's denominator, a unit), most_quantity (a charge beyond it could leave 61 bits)
    """

    rules: tuple[DeckRules, ...]
    entries: pl.DataFrame
    lines: pl.DataFrame
    epochs: pl.DataFrame
    numbers: pl.Series
    spaces: pl.Series
    answers: pl.Series
    rate_sets: pl.DataFrame
    owners: pl.DataFrame
    rows: pl.DataFrame
