"""Times of mapped files: calendars in a zone of the file or of the row, literal offsets, and epochs."""

from __future__ import annotations

from itertools import product
from typing import Final
from zoneinfo import available_timezones

import polars as pl

from belnota.periods import AmbiguousTime, to_utc
from belnota.zones import is_zone
from pipelines.feeds.mapped_lines import COLUMN, text
from pipelines.feeds.mapping_model import EPOCHS, Time
from pipelines.feeds.values import instant, time_pattern, wall_time, whole_number

_OFFSET: Final = r"Z|[+-](?:0\d|1[0-4]):?[0-5]\d"
_MICROS: Final = {"epoch": r"^(\d{1,11})(?:\.(\d{1,6}))?$", "epoch_milliseconds": r"^(\d{1,11})(\d{3})$"}


def joined(columns: tuple[str, ...]) -> pl.Expr:
    """Return the texts of one or more columns, with a space between."""
    return pl.concat_str([text(column) for column in columns], separator=" ") if len(columns) > 1 else text(columns[0])


def is_filled(columns: tuple[str, ...]) -> pl.Expr:
    """Return whether columns hold something: `0`, `0000-00-00 00:00:00` and nothing at all are empty times."""
    return joined(columns).str.contains("[1-9A-Za-z]")


def answer_text(time: Time) -> pl.Expr:
    """Return the text of a call's time: of its columns, or where they hold nothing, of `if_empty`."""
    if not time.if_empty:
        return joined(time.columns)
    return pl.when(is_filled(time.columns)).then(joined(time.columns)).otherwise(joined(time.if_empty))


def instants(rows: pl.DataFrame, written: pl.Expr, time: Time, ambiguous: AmbiguousTime) -> pl.Expr:
    """Return times as instants (UTC); null for what is not a time in this format, or does not exist in its zone."""
    if time.format in EPOCHS:
        whole, rest = (written.str.extract(_MICROS[time.format], place) for place in (1, 2))
        micros = whole_number(whole) * 1_000_000 + whole_number(rest.fill_null("").str.pad_end(6, "0"))
        return micros.cast(pl.Datetime("us", "UTC"))
    if time.has_offset:
        form = time.format.removesuffix("%z")
        pattern = f"^({time_pattern(form)})({_OFFSET})$"
        return _behind(wall_time(written.str.extract(pattern, 1), form), written.str.extract(pattern, 2))
    if not time.zone_column:
        return instant(written, time.format, zone=time.timezone, ambiguous=ambiguous)
    local, zone = wall_time(written, time.format), text(time.zone_column)
    named = sorted(filter(is_zone, set(rows[COLUMN + time.zone_column].unique()) & available_timezones()))
    offset = _behind(local, pl.when(zone.str.contains(f"^(?:{_OFFSET})$")).then(zone))
    return pl.coalesce(
        offset, *(pl.when(zone == name).then(to_utc(local, zone=name, ambiguous=ambiguous)) for name in named)
    )


def _behind(local: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return local times with a literal offset (`Z`, `+0200`, `-05:00`) as instants."""
    digits = offset.str.replace("Z", "+0000", literal=True).str.replace(":", "", literal=True)
    minutes = whole_number(digits.str.slice(1, 2)) * 60 + whole_number(digits.str.slice(3, 2))
    signed = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return (local - pl.duration(minutes=signed)).dt.replace_time_zone("UTC")


def milliseconds_between(rows: pl.DataFrame, start: pl.Expr, end: pl.Expr, time: Time) -> pl.Expr:
    """Return the time from one column to another in milliseconds; negative when it ends before it starts.

    Where a local time occurs twice (October), the shortest length that is not negative is meant.
    """
    policies: tuple[AmbiguousTime, ...] = ("earliest", "latest")
    lengths = [
        (instants(rows, end, time, last) - instants(rows, start, time, first)).dt.total_milliseconds()
        for first, last in product(policies, policies)
    ]
    shortest = pl.min_horizontal(pl.when(length >= 0).then(length) for length in lengths)
    return pl.coalesce(shortest, lengths[0])
