"""Asterisk `cdr_csv` (Master.csv): no header, 16 to 21 columns, times in the zone of the feed.

Source: asterisk cdr/cdr_csv.c and cdr.conf.sample; measured pitfalls in the shared design, feeds.md 1.6.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds.asterisk_rows import Rows, calls_of, rules_of
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.result import Check, Reader, ReadResult, judge
from pipelines.feeds.scan import scan

FORMAT: Final = "asterisk_cdr_csv"
_QUOTE = '"'
_COLUMNS = {
    "accountcode": 0,
    "src": 1,
    "dst": 2,
    "dcontext": 3,
    "channel": 5,
    "dstchannel": 6,
    "start": 9,
    "answer": 10,
    "duration": 12,
    "billsec": 13,
    "disposition": 14,
    "uniqueid": 16,
}
_NEWEST = {"linkedid": -2, "sequence": -1}
"""With `newcdrcolumns = yes` these end the line, whatever stands before them."""


def asterisk(feed: Feed) -> Reader:
    """Return the reader of one Asterisk feed; Refused when an option is wrong.

    Options: `incoming_contexts` (values of dcontext whose calls are received ones; all others are made by us),
    `trunks` (channels such as `PJSIP/provider`: a call that comes from one is received), `own` (`src` or
    `accountcode`: which column holds our number of a made call), `check_zone` (`yes` or `no`).
    """
    rules = rules_of(feed)

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        shaped, misshapen = judge(with_fields(scanned.lines, delimiter=",", quote=_QUOTE), _shape(scanned.lines))
        is_new = pl.col("columns") >= 19
        rows = shaped.with_columns(
            **{name: field(position, quote=_QUOTE) for name, position in _COLUMNS.items()},
            **{
                name: pl.when(is_new).then(field(position, quote=_QUOTE)).otherwise(pl.lit(""))
                for name, position in _NEWEST.items()
            },
            did=pl.lit(""),
            must_have_unique_id=pl.col("columns").is_in([18, 21]),
        )
        return calls_of(Rows(rows, [scanned.rejects, misshapen], scanned.total, scanned.blank), rules)

    return read


def _shape(lines: pl.DataFrame) -> list[Check]:
    # A last line that is cut may still have 16 columns: it must have as many as the line before it.
    commas = with_fields(lines.tail(2), delimiter=",", quote=_QUOTE)["columns"].to_list()
    fits = pl.col("columns").is_between(16, 21)
    if len(commas) == 2:
        fits &= ~pl.col("is_cut") | (pl.col("columns") >= commas[0])
    return shape_checks(fits, "16 to 21")
