"""The table `cdr` of FreePBX, whatever brought it: its columns, its empty rows, and its times.

Source: shared design, feeds.md 1.6 (FreePBX table).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds.asterisk_rows import Rules, rules_of
from pipelines.feeds.result import FileRefused

COLUMNS: Final = (
    *("calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration"),
    *("billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "did", "recordingfile", "cnum"),
    *("cnam", "outbound_cnum", "outbound_cnam", "dst_cnam", "linkedid", "peeraccount", "sequence"),
)
"""The 26 columns of today, in their order; older tables lack the last three or have them in another order."""
_NEEDED = (
    *("calldate", "src", "dst", "dcontext", "channel", "dstchannel", "duration", "billsec", "disposition"),
    *("accountcode", "uniqueid"),
)
USED: Final = (*_NEEDED, "did", "cnum", "outbound_cnum", "linkedid", "sequence")
"""The columns that are read; those after uniqueid may be missing."""
_NOTHING = ("", "NULL", "\\N")
_CALLER = ("src", "dst", "channel", "uniqueid")


def table_rules(feed: Feed, more: tuple[str, ...] = ()) -> Rules:
    """Return the rules of a FreePBX feed: those of Asterisk, and `own` may be `cnum` or `outbound_cnum` too."""
    return rules_of(feed, ("src", "accountcode", "cnum", "outbound_cnum"), more)


def places_of(names: Sequence[str], where: str) -> dict[str, int]:
    """Return the place of each used column; FileRefused (`header`) when a needed one is missing or is there twice."""
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise FileRefused("header", f"{where} lacks {', '.join(missing)} of the FreePBX table cdr")
    twice = [name for name in USED if names.count(name) > 1]
    if twice:
        raise FileRefused("header", f"{where} has {', '.join(twice)} more than once")
    return {name: names.index(name) for name in USED if name in names}


def table_rows(named: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return rows as `calls_of` takes them from texts of USED, and how many rows are empty: no calls.

    An empty row has no caller, called number, channel, uniqueid or seconds; its date is often 0000-00-00. The table
    has no time of answering, so `answer` is null.
    """
    there = [name for name in USED if name in named.columns]
    plain = named.with_columns(
        *(pl.when(pl.col(name).is_in(_NOTHING)).then(pl.lit("")).otherwise(name).alias(name) for name in there),
        **{name: pl.lit("") for name in USED if name not in there},
    )
    is_empty = pl.all_horizontal(*(pl.col(name) == "" for name in _CALLER), pl.col("billsec").is_in(["", "0"]))
    rows = plain.filter(~is_empty).with_columns(
        start="calldate", answer=pl.lit(None, pl.String), must_have_unique_id=pl.lit(value=False)
    )
    return rows, plain.height - rows.height
