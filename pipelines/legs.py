"""Legs of one Asterisk call that lie in two files, parted by a rotation: one conversation is billed once.

Within a file the reader sees them (pipelines.feeds.asterisk_legs). An exchange writes all legs of a call when it ends,
so across files only the newest calls of the feed matter: they are read from the lake once a run, and kept in memory.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from belnota.periods import period_of
from belnota.settings import Feed
from pipelines.feeds import ReadResult, asterisk, asterisk_custom, freepbx_csv, freepbx_sql
from warehouse import Lake

FORMATS: Final = (asterisk.FORMAT, asterisk_custom.FORMAT, freepbx_csv.FORMAT, freepbx_sql.FORMAT)
_WINDOW: Final = dt.timedelta(days=2)
"""No call is believed to be longer (MAX_VOICE_SECONDS)."""
_MANY: Final = 500_000
_SAME: Final = ["conversation", "direction", "own_number", "dialled"]


@dataclass(frozen=True)
class _Newest:
    """Answered legs of a feed that began at or after `since`."""

    since: dt.datetime
    legs: pl.DataFrame


@dataclass
class LegsOfRun:
    """The newest answered legs of each Asterisk feed, as far as a run needs them."""

    lake: Lake
    _newest: dict[str, _Newest] = field(default_factory=dict)

    def without_repeats(self, result: ReadResult, feed: Feed, file_id: str) -> ReadResult:
        """Filter the answered legs of a file that repeat a conversation of which a leg came in another file.

        The same uniqueid, direction and numbers, and more than a second of overlap: the leg that came first stays, for
        it may be billed already. Legs that share only their linkedid are not seen: the lake does not keep it.

        Worked rows (uniqueid 1.1): stored leg 1.1:7 12:00:00-12:01:00; 1.1:8 12:00:00-12:01:00 -> filtered;
        1.1:9 12:01:00-12:02:00 -> a call, it begins when the other ends; 1.1:7 again -> no matter of legs.
        """
        if feed.format not in FORMATS:
            return result
        own = _legs(result.records.lazy().select(*_COLUMNS, "line_number")).collect()
        if own.is_empty():
            return result
        known = self._known(feed.name, own["answered_at"].min()).filter(pl.col("file_id") != file_id)
        news = own.join(known, on="key", how="anti")
        begins, ends = pl.col("answered_at"), pl.col("ends")
        overlap = pl.min_horizontal(ends, pl.col("ends_other")) - pl.max_horizontal(begins, pl.col("answered_at_other"))
        repeats = (
            news.join(known, on=_SAME, suffix="_other")
            .filter((overlap > dt.timedelta(seconds=1)) | (begins == pl.col("answered_at_other")))["line_number"]
            .unique()
        )
        if repeats.is_empty():
            return result
        kept = result.records.filter(~pl.col("line_number").is_in(repeats.implode()))
        filtered = result.filtered_lines + result.records.height - kept.height
        return replace(result, records=kept, filtered_lines=filtered)

    def add(self, feed: Feed, calls: pl.DataFrame) -> None:
        """Remember calls (Call) that were stored just now."""
        if feed.format in FORMATS and feed.name in self._newest:
            newest = self._newest[feed.name]
            legs = pl.concat([newest.legs, _stored(calls.lazy(), feed.name).collect()])
            since = newest.since
            if legs.height > _MANY:
                since = max(since, _instant(legs["answered_at"].max()) - _WINDOW)
                legs = legs.filter(pl.col("ends") >= since)
            self._newest[feed.name] = _Newest(since, legs)

    def forget(self) -> None:
        """Read anew from the lake: a file may have got as far as there."""
        self._newest = {}

    def _known(self, feed: str, first: object) -> pl.DataFrame:
        since = _instant(first) - _WINDOW
        newest = self._newest.get(feed)
        if newest is None or since < newest.since:
            month = pl.select(period_of(pl.lit(since).cast(pl.Datetime("us", "UTC")))).item()
            periods = self.lake.periods("calls")
            calls = self.lake.scan("calls", periods=[period for period in periods if period >= month])
            calls = calls.filter(pl.col("feed") == feed, pl.col("answered_at") >= since)
            newest = self._newest[feed] = _Newest(since, _stored(calls, feed).collect(engine="streaming"))
        return newest.legs


def _instant(value: object) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        raise TypeError("answered legs have a time")
    return value


_COLUMNS: Final = ("key", "direction", "own_number", "dialled", "answered_at", "quantity", "is_answered")


def _legs(calls: pl.LazyFrame) -> pl.LazyFrame:
    """Return answered calls whose key says of which conversation they are a leg, with `conversation` and `ends`."""
    conversation = pl.col("key").str.extract(r"^([^:|]*\d\.\d+):")
    return (
        calls.filter(pl.col("is_answered"), pl.col("quantity") > 0)
        .with_columns(
            conversation=conversation,
            ends=pl.col("answered_at") + pl.duration(seconds=pl.col("quantity")),
            direction=pl.col("direction").cast(pl.String),
        )
        .filter(pl.col("conversation").is_not_null())
        .drop("is_answered", "quantity")
    )


def _stored(calls: pl.LazyFrame, feed: str) -> pl.LazyFrame:
    keyed = calls.with_columns(key=pl.col("call_id").str.slice(len(feed) + 1))
    return _legs(keyed.select(*_COLUMNS, "file_id"))
