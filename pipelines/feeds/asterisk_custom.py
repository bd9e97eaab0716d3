"""Asterisk `cdr_custom` with the mapping of its sample configuration: 19 columns, all quoted but the sequence.

Source: cdr_custom.conf.sample of asterisk; shared design, feeds.md 1.6.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds.asterisk_rows import Rows, calls_of, rules_of
from pipelines.feeds.fields import field, shape_checks, with_fields
from pipelines.feeds.result import Reader, ReadResult, judge, wrong
from pipelines.feeds.scan import scan

FORMAT: Final = "asterisk_cdr_custom"
_QUOTE = '"'
_COLUMNS = {
    "src": 1,
    "dst": 2,
    "dcontext": 3,
    "channel": 4,
    "dstchannel": 5,
    "start": 8,
    "answer": 9,
    "duration": 11,
    "billsec": 12,
    "disposition": 13,
    "accountcode": 15,
    "uniqueid": 16,
    "sequence": 18,
}


def asterisk_custom(feed: Feed) -> Reader:
    """Return the reader of one cdr_custom feed; Refused when an option is wrong.

    Options and meaning are those of `asterisk_cdr_csv`. The columns must be those of Asterisk's sample
    configuration; an exchange that writes others is read by a mapping.
    """
    rules = rules_of(feed)
    is_number = pl.col("sequence").str.contains(r"^\d{1,18}$")

    def read(content: bytes) -> ReadResult:
        scanned = scan(content, "utf-8")
        split = with_fields(scanned.lines, delimiter=",", quote=_QUOTE)
        shaped, misshapen = judge(split, shape_checks(pl.col("columns") == 19, "19"))
        rows = shaped.with_columns(
            **{name: field(position, quote=_QUOTE) for name, position in _COLUMNS.items()},
            linkedid=pl.lit(""),
            did=pl.lit(""),
            must_have_unique_id=pl.lit(value=True),
        )
        # A line cut in its last field may still look whole: without its sequence it has no identity.
        numbered, unnumbered = judge(
            rows, [wrong("key", "sequence", pl.col("sequence"), ~is_number, "must be a number; is the line cut?")]
        )
        rejects = [scanned.rejects, misshapen, unnumbered]
        return calls_of(Rows(numbered, rejects, scanned.total, scanned.blank), rules)

    return read
