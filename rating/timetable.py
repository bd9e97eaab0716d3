"""What the wall clock changes, worked out once for the days that calls touch: prices in force, bands that hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from belnota.lookup import last_not_above, nothing, placed
from belnota.tables.contract import SERVICES
from belnota.tables.prices import BAND_BITS, DAY_BITS, FAR, STAR, DeckRules, PriceBook, day_number, pair

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
LONGEST_BY_CLOCK: Final = 366 * 86_400
"""A call that lasts longer cannot be priced by bands; its seconds are more likely a fault of the switch."""
VOICE: Final = SERVICES.index("voice")
_MINUTES: Final = 1440


@dataclass(frozen=True)
class Timetable:
    """Stretches of time in which no local day begins and no band of any deck begins or ends.

    days:    UTC days (since 1970) that it covers
    starts:  first instant of each stretch, microseconds since 1970, sorted
    answers: where the answer of a line begins (in `PriceBook.answers`), at line * len(starts) + stretch
    states:  which of the deck's sets of bands holds, at deck number * len(starts) + stretch
    ends_us: when that changes, at the same place
    rows:    price row at t = 0 (UInt32), at rate set * `width` + state
    """

    days: pl.Series
    starts: pl.Series
    answers: pl.Series
    states: pl.Series
    ends_us: pl.Series
    rows: pl.Series
    width: int

    @classmethod
    def of(cls, prices: PriceBook, touched: pl.Series) -> Self:
        """Compile the wall clocks for the months of the UTC days (sorted) that calls touch."""
        days = _whole_months(touched)
        starts = _starts(prices, _with_neighbours(days))
        answers = _answers(prices, starts)
        held = _held(prices, starts)
        width = max(held["state"].n_unique(), 1)
        return cls(days, starts, answers, held["state"], held["end_us"], _rows(prices, held, width), width)

    @classmethod
    def of_calls(cls, prices: PriceBook, calls: pl.DataFrame) -> Self:
        """Compile the wall clocks for calls (contract CallToRate)."""
        return cls.of(prices, touched_days(calls))

    def covers(self, touched: pl.Series) -> bool:
        """Return whether all these UTC days are in it."""
        return bool(touched.is_in(self.days.implode()).all())

    def stretch(self, instants: pl.Series) -> pl.Series:
        """Return the stretch of each instant (microseconds since 1970)."""
        return last_not_above(self.starts, instants)


def touched_days(calls: pl.DataFrame) -> pl.Series:
    """Return the UTC days (since 1970) that calls touch, sorted."""
    start, end = _instants()
    spans = calls.select(first=start // DAY_US, last=end // DAY_US)
    longer = spans.filter(pl.col("last") > pl.col("first")).unique()
    within = longer.select(first=pl.int_ranges("first", pl.col("last") + 1)).explode("first")
    return pl.concat([spans["first"].unique(), within["first"].cast(pl.Int64)]).drop_nulls().unique().sort()


def days_spanned(calls: pl.DataFrame) -> pl.Series:
    """Return all UTC days (since 1970) from the first instant of the calls to the last."""
    start, end = _instants()
    days = calls.select(first=start.min() // DAY_US, last=end.max() // DAY_US).drop_nulls()
    return days.select(day=pl.int_ranges("first", pl.col("last") + 1)).explode("day")["day"]


def _instants() -> tuple[pl.Expr, pl.Expr]:
    """Return when calls begin and, of voice, end; microseconds since 1970."""
    start = pl.col("answered_at").dt.timestamp("us")
    seconds = pl.when(pl.col("service").to_physical() == VOICE).then(pl.col("quantity").clip(0, LONGEST_BY_CLOCK))
    return start, start + seconds.fill_null(0) * SECOND_US


def _whole_months(touched: pl.Series) -> pl.Series:
    """Return the days of the months that are touched."""
    month = pl.from_epoch(pl.col("day").cast(pl.Int32), time_unit="d").dt.truncate("1mo")
    months = touched.to_frame("day").select(first=month).unique()
    number = pl.col("first", "last").cast(pl.Int32).cast(pl.Int64)
    spans = months.with_columns(last=pl.col("first").dt.month_end()).select(number)
    days = spans.select(day=pl.int_ranges("first", pl.col("last") + 1)).explode("day")
    return days["day"].unique().sort()


def _with_neighbours(days: pl.Series) -> pl.Series:
    """Return the days with one on either side: local days begin and end in them."""
    return pl.concat([days - 1, days, days + 1]).unique().sort()


def _starts(prices: PriceBook, days: pl.Series) -> pl.Series:
    zones: dict[str, set[int]] = {zone: {0} for zone in prices.entries["timezone"]}
    for rule in prices.rules:
        zones.setdefault(rule.timezone, {0}).update(_minutes(rule))
    edges = [pl.DataFrame({"at": days * DAY_US})]
    for zone, minutes in sorted(zones.items()):
        edges += [_wall_edges(days, sorted(minutes), zone), _shifts(days, zone)]
    return pl.concat(edges).unique().sort("at")["at"]


def _answers(prices: PriceBook, starts: pl.Series) -> pl.Series:
    zones = prices.entries["timezone"].unique().to_list()
    days = pl.concat(
        [
            pl.DataFrame(schema={"timezone": pl.String, "day": pl.Int64}),
            *(
                pl.DataFrame({"day": _local_days(starts, zone)}).select(timezone=pl.lit(zone), day="day")
                for zone in zones
            ),
        ]
    )
    lines = prices.lines.select("deck", "line").join(prices.entries, on="deck", maintain_order="left")
    dated = lines.join(days, on="timezone", maintain_order="left_right")
    keys = dated.select(key=pair(pl.col("line"), pl.col("day"), DAY_BITS)).to_series()
    return prices.epochs["answer"].gather(last_not_above(prices.epochs["key"], keys))


def _local_days(starts: pl.Series, zone: str) -> pl.Series:
    return starts.to_frame("at").select(day_number(_wall(_instant("at"), zone).dt.date())).to_series()


def _held(prices: PriceBook, starts: pl.Series) -> pl.DataFrame:
    """Return for each deck and stretch the bands that hold (bits), their number in the deck, and until when."""
    instants = starts.to_frame("at").select("at", wall_at=_instant("at"))
    columns = {"deck_number": pl.Int64, "at": pl.Int64, "holding": pl.Int64}
    parts = [pl.DataFrame(schema=columns)]
    known: dict[tuple[object, ...], pl.DataFrame] = {}
    for number, rule in enumerate(prices.rules):
        clock = (rule.timezone, rule.bands, rule.holidays)
        if clock not in known:
            known[clock] = instants.select("at", holding=rule.bands_holding(_wall(pl.col("wall_at"), rule.timezone)))
        parts.append(known[clock].select(deck_number=pl.lit(number, pl.Int64), at="at", holding="holding"))
    held = pl.concat(parts)
    changes = pl.col("holding") != pl.col("holding").shift(-1)
    end = pl.when(changes).then(pl.col("at").shift(-1)).backward_fill().fill_null(FAR)
    return held.with_columns(
        state=(pl.col("holding").rank("dense").over("deck_number") - 1).cast(pl.Int64),
        end_us=end.over("deck_number"),
    )


def _rows(prices: PriceBook, held: pl.DataFrame, width: int) -> pl.Series:
    """Return the first row of the first band that holds and has rows, else of `*`, for each rate set and state."""
    sets = prices.rate_sets.with_row_index("rate_set").cast({"rate_set": pl.Int64})
    states = held.select("deck_number", "state", "holding").unique()
    pairs = sets.join(states, on="deck_number").select(
        at=pl.col("rate_set") * width + pl.col("state"),
        rate_set="rate_set",
        priced=pl.col("holding") & pl.col("bands"),
    )
    band = pl.when(pl.col("priced") != 0).then(pl.col("priced").bitwise_trailing_zeros().cast(pl.Int64)).otherwise(STAR)
    owners = pairs.select("at", key=pair(pl.col("rate_set"), band, BAND_BITS)).join(prices.owners, on="key")
    places = nothing(sets.height * width, pl.UInt32)
    return placed(places, owners["at"], owners["row"].cast(pl.UInt32))


def _minutes(rule: DeckRules) -> set[int]:
    return {minute % _MINUTES for band in rule.bands for minute in (band.from_minute, band.until_minute)}


def _wall_edges(days: pl.Series, minutes: list[int], zone: str) -> pl.DataFrame:
    """Return the instants at which the wall clock shows one of these minutes: twice when the hour occurs twice."""
    local = pl.from_epoch(pl.col("day") * DAY_US + pl.col("minute") * 60 * SECOND_US, time_unit="us")
    walls = pl.DataFrame({"day": days}).join(pl.DataFrame({"minute": minutes}), how="cross").select(local=local)
    edges = [
        walls.select(at=pl.col("local").dt.replace_time_zone(zone, ambiguous=which, non_existent="null"))
        for which in ("earliest", "latest")
    ]
    return pl.concat(edges).drop_nulls().select(pl.col("at").dt.timestamp("us"))


def _shifts(days: pl.Series, zone: str) -> pl.DataFrame:
    """Return every minute of the days on which the clock is put forward or back; the shift is one of them."""
    midnights = pl.DataFrame({"at": days * DAY_US}).with_columns(next=pl.col("at") + DAY_US)
    shifted = midnights.filter(_offset("at", zone) != _offset("next", zone))
    minutes = pl.DataFrame({"minute": range(_MINUTES)}, schema={"minute": pl.Int64})
    return shifted.join(minutes, how="cross").select(at=pl.col("at") + pl.col("minute") * 60 * SECOND_US)


def _offset(column: str, zone: str) -> pl.Expr:
    at = _instant(column).dt.convert_time_zone(zone)
    return at.dt.base_utc_offset() + at.dt.dst_offset()


def _instant(column: str) -> pl.Expr:
    return pl.from_epoch(column, time_unit="us").dt.replace_time_zone("UTC")


def _wall(at: pl.Expr, zone: str) -> pl.Expr:
    return at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
