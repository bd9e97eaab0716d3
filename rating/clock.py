"""Which bands hold at an instant, and until when: wall clocks compiled to instants for the days that calls touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from belnota.tables.prices import FAR, DeckRules
from rating.lookup import last_not_above

_DAY_US = 86_400_000_000
_MINUTES = 1440


@dataclass(frozen=True)
class Clock:
    """Stretches of time in which no band of any deck begins or ends.

    starts: microseconds since 1970, sorted. holding: the bands that hold (bits), deck after deck, each as long as
    `starts`, in the order of the price book's rules.
    """

    starts: pl.Series
    holding: pl.Series

    @classmethod
    def of(cls, rules: Sequence[DeckRules], spans: pl.DataFrame) -> Self:
        """Compile the wall clocks of all decks for the UTC days that spans (first_us, last_us) touch."""
        days = _days(spans)
        zones = sorted({rule.timezone for rule in rules if rule.bands})
        edges = [pl.DataFrame({"at": days * _DAY_US})]
        for zone in zones:
            minutes = {m for rule in rules if rule.timezone == zone for m in _minutes(rule)}
            edges += [_wall_edges(days, sorted(minutes), zone), _shifts(days, zone)]
        starts = pl.concat(edges).unique().sort("at")
        instants = starts.select(at=pl.from_epoch("at", time_unit="us").dt.replace_time_zone("UTC"))
        masks = [
            instants.with_columns(holding=rule.bands_holding(_wall(pl.col("at"), rule.timezone)))["holding"]
            for rule in rules
        ]
        holding = pl.concat(masks) if masks else pl.Series("holding", [], dtype=pl.Int64)
        return cls(starts["at"], holding)

    def at(self, instant: pl.Series, deck: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the bands that hold at each instant by each deck's wall clock (bits), and until when (us)."""
        position = last_not_above(self.starts, instant)
        holding = self.holding.gather(deck * self.starts.len() + position)
        ends = self.starts.shift(-1, fill_value=FAR)
        return holding, ends.gather(position)


def _days(spans: pl.DataFrame) -> pl.Series:
    """Return the UTC days (since 1970) that calls touch, with a day on either side for the local ones."""
    first, last = pl.col("first_us") // _DAY_US - 1, pl.col("last_us") // _DAY_US + 1
    touched = spans.select(first=first, last=last).unique()
    return touched.select(day=pl.int_ranges("first", pl.col("last") + 1)).explode("day")["day"].unique().sort()


def _minutes(rule: DeckRules) -> set[int]:
    return {0} | {minute % _MINUTES for band in rule.bands for minute in (band.from_minute, band.until_minute)}


def _wall_edges(days: pl.Series, minutes: list[int], zone: str) -> pl.DataFrame:
    """Return the instants at which the wall clock shows one of these minutes: twice when the hour occurs twice."""
    local = pl.from_epoch(pl.col("day") * _DAY_US + pl.col("minute") * 60_000_000, time_unit="us")
    walls = pl.DataFrame({"day": days}).join(pl.DataFrame({"minute": minutes}), how="cross").select(local=local)
    edges = [
        walls.select(at=pl.col("local").dt.replace_time_zone(zone, ambiguous=which, non_existent="null"))
        for which in ("earliest", "latest")
    ]
    return pl.concat(edges).drop_nulls().select(pl.col("at").dt.timestamp("us"))


def _shifts(days: pl.Series, zone: str) -> pl.DataFrame:
    """Return every minute of the days on which the clock is put forward or back; the shift is one of them."""
    midnights = pl.DataFrame({"at": days * _DAY_US}).with_columns(next=pl.col("at") + _DAY_US)
    shifted = midnights.filter(_offset("at", zone) != _offset("next", zone))
    minutes = pl.DataFrame({"minute": range(_MINUTES)}, schema={"minute": pl.Int64})
    return shifted.join(minutes, how="cross").select(at=pl.col("at") + pl.col("minute") * 60_000_000)


def _offset(column: str, zone: str) -> pl.Expr:
    at = pl.from_epoch(column, time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return at.dt.base_utc_offset() + at.dt.dst_offset()


def _wall(at: pl.Expr, zone: str) -> pl.Expr:
    return at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
