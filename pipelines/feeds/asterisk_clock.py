"""Asterisk's own clock as a check on the feed's timezone: a uniqueid begins with the epoch of its channel."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.periods import to_utc
from pipelines.feeds.result import FileRefused

UNIQUE_ID: Final = r"^(?:.*-)?(\d{9,10})\.\d+$"  # [system name-]epoch.number
_QUARTER = 900
_SLACK = 60
"""Seconds that the start of a leg may be away from a whole quarter of an hour to speak for an offset."""
_FURTHEST = 26 * 4
"""Quarters of an hour: the zones furthest apart are UTC-12 and UTC+14."""


def refuse_other_zone(rows: pl.DataFrame, zone: str) -> None:
    """Refuse a file (reason `timezone`) when most of its rows say that its clock was not in the feed's zone.

    `rows` have `started` (naive, as written) and `uniqueid`. A row speaks when its start, read in the zone, differs
    from the epoch in its uniqueid by a whole number of quarters of an hour, within a minute: zero speaks for the
    zone. When more than half of all rows with both say the same other number, the file is refused; a few odd rows
    (a leg that began later, a clock that was set) decide nothing. Times that occur twice are not asked.

    Worked row: start 12:00:05, epoch 12:00:05 UTC, feed's zone Europe/Amsterdam in summer -> 10:00:05 UTC is 8
    quarters before the epoch, so the clock was at UTC+00:00.
    """
    first, last = (to_utc(pl.col("started"), zone=zone, ambiguous=which) for which in ("earliest", "latest"))
    epoch = pl.col("uniqueid").str.extract(UNIQUE_ID).str.to_integer(strict=False, dtype=pl.Int64)
    asked = (
        rows.select(first=first, last=last, epoch=epoch, written=pl.col("started").dt.epoch("s"))
        .filter(pl.col("epoch").is_not_null() & (pl.col("first") == pl.col("last")))
        .with_columns(off=pl.col("first").dt.epoch("s") - pl.col("epoch"))
        .with_columns(quarters=_quarters(pl.col("off")))
    )
    speaks = (pl.col("off") - pl.col("quarters") * _QUARTER).abs() <= _SLACK
    counted = (
        asked.filter(speaks & (pl.col("quarters").abs() <= _FURTHEST))
        .group_by("quarters")
        .agg(rows=pl.len(), clock=_quarters(pl.col("written") - pl.col("epoch")).median())
        .sort("rows", "quarters", descending=True)
    )
    if counted.is_empty() or 2 * counted["rows"][0] <= asked.height or counted["quarters"][0] == 0:
        return
    raise FileRefused("timezone", _sentence(counted.row(0, named=True), asked.height, zone))


def _quarters(seconds: pl.Expr) -> pl.Expr:
    """Return the nearest whole number of quarters of an hour."""
    return (seconds + _QUARTER // 2).floordiv(_QUARTER)


def _sentence(found: dict[str, int], asked: int, zone: str) -> str:
    clock, feeds = int(found["clock"]), int(found["clock"] - found["quarters"])
    return (
        f"by the epoch in their uniqueid {found['rows']:,} of {asked:,} rows were written by a clock at "
        f"{_offset(clock)}, while the feed's timezone {zone} was at {_offset(feeds)}: set the feed's timezone to "
        "that of the exchange (UTC when cdr.conf says usegmtime=yes) and put the file in the inbox again; if the "
        'uniqueids come from another machine, set check_zone = "no" in [feed.options]'
    )


def _offset(quarters: int) -> str:
    hours, rest = divmod(abs(quarters), 4)
    return f"UTC{'-' if quarters < 0 else '+'}{hours:02d}:{rest * 15:02d}"
