"""Local time and months. An instant is UTC; bands, days and periods are Europe/Amsterdam wall time.

All intervals are half-open: [start, end).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

import polars as pl

ZONE_NAME: Final = "Europe/Amsterdam"
ZONE: Final = ZoneInfo(ZONE_NAME)

AmbiguousTime = Literal["earliest", "latest", "refuse"]
"""What a local time that occurs twice (the last Sunday of October, 02:00-03:00) means for a feed without an offset."""

_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A calendar month in local time, written `YYYY-MM`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-10`; anything else is a ValueError that says so."""
        match = _PERIOD.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a period: write year and month, as in 2026-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: dt.date) -> Self:
        return cls(day.year, day.month)

    @property
    def start_on(self) -> dt.date:
        return dt.date(self.year, self.month, 1)

    @property
    def end_on(self) -> dt.date:
        """The first day after the period."""
        return self.next().start_on

    @property
    def days(self) -> int:
        return (self.end_on - self.start_on).days

    @property
    def start_at(self) -> dt.datetime:
        return midnight(self.start_on)

    @property
    def end_at(self) -> dt.datetime:
        return midnight(self.end_on)

    def next(self) -> Period:
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> Period:
        return Period(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def midnight(day: dt.date) -> dt.datetime:
    """Return the instant (UTC) at which a local day begins."""
    return dt.datetime.combine(day, dt.time(), tzinfo=ZONE).astimezone(dt.UTC)


def local_day(instant: dt.datetime) -> dt.date:
    """Return the local date of an instant."""
    return instant.astimezone(ZONE).date()


def to_utc(local: pl.Expr, *, zone: str = ZONE_NAME, ambiguous: AmbiguousTime = "earliest") -> pl.Expr:
    """Turn naive local times into instants (UTC, microseconds); this happens once, at ingest.

    A time that does not exist (the hour skipped in March) becomes null, to be quarantined by the caller.
    A time that occurs twice becomes the earliest or the latest instant, or null with `refuse`.
    """
    policy: Literal["earliest", "latest", "null"] = "null" if ambiguous == "refuse" else ambiguous
    placed = local.dt.cast_time_unit("us").dt.replace_time_zone(zone, ambiguous=policy, non_existent="null")
    return placed.dt.convert_time_zone("UTC")


def local_date(instant: pl.Expr) -> pl.Expr:
    """Return the local date of an instant column."""
    return instant.dt.convert_time_zone(ZONE_NAME).dt.date()


def period_of(instant: pl.Expr) -> pl.Expr:
    """Return the period (`YYYY-MM`, local) of an instant column."""
    return instant.dt.convert_time_zone(ZONE_NAME).dt.strftime("%Y-%m")
