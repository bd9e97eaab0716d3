"""BroadWorks accounting CSV, releases 14 to 23: markers, GMT times, one record per leg.

Positions and pitfalls: shared design, feeds.md 1.2.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds import options
from pipelines.feeds.broadworks_calls import TIME, value_checks, with_call
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.result import (
    Check,
    FileRefused,
    Reader,
    ReadResult,
    as_records,
    as_rejects,
    judge,
    record_checks,
)
from pipelines.feeds.scan import scan

FORMAT: Final = "broadworks_csv"
_QUOTE = '"'
_FEWEST = 18
_COLUMNS = {
    "record_id": 0,
    "kind": 2,
    "user_number": 3,
    "way": 5,
    "calling_number": 6,
    "presentation": 7,
    "called_number": 8,
    "start_time": 9,
    "answer_indicator": 11,
    "answer_time": 12,
    "release_time": 13,
    "dialed_digits": 17,
}
_FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?version=[!-~]{1,40} encoding=([A-Za-z0-9_-]+)[ \t]{0,40}\r?$")
_ENCODINGS = ("ISO-8859-1", "UTF-8", "US-ASCII")


def broadworks(feed: Feed) -> Reader:
    """Return the reader of one BroadWorks feed; Refused when an option is wrong.

    Options: `seconds` (how release minus answer, in milliseconds, becomes whole seconds; default `up`).

    Only records of type Normal are calls; Start and End are framing, other types are filtered. Times are GMT.
    Originating: made by userNumber; Terminating: received by it, from `anonymous` unless the presentation is Public.
    """
    options.only(feed, ("seconds",))
    mode = options.rounding(feed)

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, _encoding(content))
        split = with_fields(scanned.lines.filter(pl.col("line_number") > 1), delimiter=",", quote=_QUOTE).with_columns(
            **{name: field(position, quote=_QUOTE) for name, position in _COLUMNS.items()}
        )
        is_marker = pl.col("kind").is_in(["Start", "End"]) & pl.col("is_well_quoted")
        if "End" not in split["kind"]:
            raise FileRefused(
                "truncated", "the last record must be the End marker: the file is not complete; ask for it again"
            )
        rows = split.filter(~is_marker)
        shaped, misshapen = judge(rows, _shape(rows))
        calls = shaped.filter(pl.col("kind") == "Normal")
        good, bad = judge(with_call(calls, mode), [*value_checks(), *record_checks(TIME)])
        return ReadResult(
            records=as_records(good),
            rejects=as_rejects(scanned.rejects, misshapen, bad),
            lines=scanned.total,
            framing_lines=scanned.blank + 1 + split.height - rows.height,
            filtered_lines=shaped.height - calls.height,
        )

    return read


def _encoding(content: bytes) -> str:
    if not content:
        raise FileRefused("empty", "the file is empty; ask for it again")
    match = _FIRST_LINE.match(content.split(b"\n", 1)[0])
    if match is None:
        raise FileRefused("header", "line 1 must read `version=… encoding=…`: this is no BroadWorks accounting file")
    name = match[1].decode("ascii").upper()
    if name not in _ENCODINGS:
        raise FileRefused("encoding", f"line 1: encoding {name} is unknown; known are {', '.join(_ENCODINGS)}")
    return name


def _shape(rows: pl.DataFrame) -> list[Check]:
    # A release writes the same number of columns in every record: a record that differs is damaged or shifted.
    well = rows.filter(pl.col("is_well_quoted") & (pl.col("columns") >= _FEWEST))
    usual = max(well["columns"].mode().to_list(), default=_FEWEST)
    return shape_checks(pl.col("columns") == usual, f"{usual} in the other records of this file")
