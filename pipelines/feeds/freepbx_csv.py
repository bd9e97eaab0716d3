"""The FreePBX table `cdr` as a CSV file: with or without header, dates as ISO or as a spreadsheet writes them.

Source: shared design, feeds.md 1.6 (FreePBX export).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.asterisk_clock import UNIQUE_ID
from pipelines.feeds.asterisk_rows import TIME, Rows, calls_of
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.freepbx_table import COLUMNS, places_of, table_rows, table_rules
from pipelines.feeds.result import FileRefused, Reader, ReadResult, judge
from pipelines.feeds.scan import scan
from pipelines.feeds.values import wall_time

FORMAT: Final = "freepbx_csv"
_QUOTE = '"'
_FEWEST = COLUMNS.index("dst_cnam") + 1  # all tables agree up to here
_SLASHES = r"^(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})$"
_DAY = 26 * 3600


def freepbx_csv(feed: Feed) -> Reader:
    """Return the reader of one FreePBX feed; Refused when an option is wrong.

    Options: those of `asterisk_cdr_csv`, `own` also `cnum` or `outbound_cnum`, and `dates` (`d/m/y`, the default, or
    `m/d/y`: what a date with slashes means; ISO dates are always understood).

    A first line with `calldate` is a header: columns by name, in any order; that line again is framing. Without one
    the columns stand as in the table, 23 to 26 of them; linkedid and sequence are only read where there are 26. Rows
    of a call with `did` are received on that number.
    """
    order = options.choice(feed, "dates", ("d/m/y", "m/d/y"))
    rules = table_rules(feed, ("dates",))

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        split = with_fields(scanned.lines, delimiter=",", quote=_QUOTE)
        header, places, columns = _header(split)
        body = split.filter(pl.col("text") != header) if header else split
        shaped, misshapen = judge(body, shape_checks(pl.col("columns") == columns, f"{columns} in this file"))
        named = shaped.with_columns(**{name: field(place, quote=_QUOTE) for name, place in places.items()})
        has_slashes = pl.col("calldate").str.contains(_SLASHES)
        rows, empty = table_rows(named.with_columns(has_slashes=has_slashes, calldate=_iso(order)))
        _refuse_swapped(rows.filter("has_slashes"), order)
        found = Rows(
            rows,
            [scanned.rejects, misshapen],
            lines=scanned.total,
            framing=scanned.blank + split.height - body.height,
            filtered=empty,
        )
        return calls_of(found, rules)

    return read


def _header(split: pl.DataFrame) -> tuple[str, dict[str, int], int]:
    """Return the header line ("" if none), the place of each used column, and how many columns each line must have."""
    if not split.is_empty():
        count = int(split["columns"][0])
        first = split.head(1)
        names = [str(first.select(field(place, quote=_QUOTE)).item()).strip().lower() for place in range(count)]
        if "calldate" in names:
            return str(first["text"][0]), places_of(names, "the header"), count
    fits = split.filter(pl.col("is_well_quoted") & pl.col("columns").is_between(_FEWEST, len(COLUMNS)))
    count = max(fits["columns"].mode().to_list(), default=len(COLUMNS))
    return "", places_of(COLUMNS[: count if count == len(COLUMNS) else _FEWEST], "the file"), count


def _iso(order: str) -> pl.Expr:
    """Return calldate with slashes (`1/9/2017 6:33:01`, no leading zeros) as ISO; any other text unchanged."""
    text = pl.col("calldate")
    pieces = text.str.extract_groups(_SLASHES)
    one, two, year, hour, minute, second = (pieces.struct.field(str(place)) for place in range(1, 7))
    day, month = (one, two) if order == "d/m/y" else (two, one)
    date = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    time = pl.concat_str(hour.str.zfill(2), minute, second, separator=":")
    return pl.coalesce(pl.concat_str(date, time, separator=" "), text)


def _refuse_swapped(rows: pl.DataFrame, order: str) -> None:
    """Refuse a file (reason `dates`) when most of its dates are days away from the epoch in their uniqueid."""
    epoch = pl.col("uniqueid").str.extract(UNIQUE_ID).str.to_integer(strict=False, dtype=pl.Int64)
    off = wall_time(pl.col("calldate"), TIME).dt.epoch("s") - epoch
    asked = rows.filter(epoch.is_not_null())
    away = asked.filter((off.abs() > _DAY).fill_null(value=True)).height
    if 2 * away > asked.height:
        other = "m/d/y" if order == "d/m/y" else "d/m/y"
        raise FileRefused(
            "dates",
            f"{away:,} of {asked.height:,} dates, read as {order}, are more than a day away from the epoch in their "
            f'uniqueid: are they {other}? Set dates = "{other}" in [feed.options], or export dates as 2026-10-25',
        )
