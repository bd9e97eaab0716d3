"""Parts of calls in a run of ingest: what waits from earlier files, and what one more file makes of it.

Only registered files count: what a killed run left in the lake is the same file's own and is judged anew with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import polars as pl
import sqlalchemy as sa

from belnota.periods import period_of
from belnota.settings import Feed
from belnota.store import Store, schema
from belnota.tables import CallPart, schema_of
from pipelines.feeds import options
from pipelines.feeds.assemble import EARLIER, assemble
from pipelines.feeds.result import REJECT
from pipelines.parts_dropped import dropped_keys
from warehouse import Lake

CallsOf: TypeAlias = Callable[[pl.Series], pl.DataFrame]
"""Returns at least the stored calls (KNOWN) that have one of these call_ids."""


_NOBODY = "no file"
"""What no file_id is equal to."""


class Lines(Protocol):
    """What is asked of a file: its records (RECORD) and parts (PART)."""

    @property
    def records(self) -> pl.DataFrame: ...
    @property
    def parts(self) -> pl.DataFrame: ...


@dataclass(frozen=True)
class Joined:
    """The records of a file with the calls that its parts made whole (RECORD), and its parts (CallPart).

    `assembled` of the records are made of parts; `rejects` (REJECT) and `duplicates` are lines of the file.
    """

    records: pl.DataFrame
    parts: pl.DataFrame
    rejects: pl.DataFrame
    assembled: int = 0
    duplicates: int = 0


@dataclass(frozen=True)
class _Waiting:
    """Parts of one feed that wait (EARLIER), the newest time among all that ever came, and keys that were dropped."""

    parts: pl.DataFrame
    newest: dt.datetime | None
    dropped: pl.Series


@dataclass
class PartsOfRun:
    """What waits per feed, read from the lake once and brought on by each file when it is registered."""

    store: Store
    lake: Lake
    now: dt.datetime
    _known: dict[str, _Waiting] = field(default_factory=dict)
    _next: dict[str, _Waiting] = field(default_factory=dict)

    def join(self, lines: Lines, feed: Feed, file_id: str, calls_of: CallsOf, *, is_retry: bool = False) -> Joined:
        """Join a file's parts with those that wait; `calls_of` returns the stored calls (KNOWN) of some call_ids.

        What the lake holds of the file itself was left by a run that was killed, and does not count; in a retry of some
        of its lines it does: it is its other lines.
        """
        if lines.parts.is_empty():
            return Joined(lines.records, pl.DataFrame(schema=schema_of(CallPart)), pl.DataFrame(schema=REJECT))
        itself = _NOBODY if is_retry else file_id
        before = self._known.get(feed.name) or self._of(feed.name)
        self._known[feed.name] = before
        newest = self._newest(before, lines.parts)
        finished = _finished(lines.parts["key"], feed.name, itself, calls_of)
        given_up = lines.parts["key"].filter(lines.parts["key"].is_in(before.dropped.implode())).unique()
        finished = pl.concat([finished, given_up])
        silence = options.hours(feed, "complete_after_hours")
        done = assemble(
            lines.parts,
            waiting=before.parts,
            joined=self._joined(feed.name, itself, lines.parts, finished),
            finished=finished,
            silent_since=newest - dt.timedelta(hours=silence) if silence and newest else None,
        )
        self._next = {feed.name: _Waiting(done.waiting, newest, before.dropped)}
        records, clashing = _without_parts(lines.records, pl.concat([before.parts["key"], done.parts["key"]]))
        # a file that failed on its way to the register may have made a call whole already; it will be read again
        taken = _finished(done.records["key"], feed.name, itself, calls_of)
        whole = done.records.filter(~pl.col("key").is_in(taken.implode()))
        return Joined(
            records=pl.concat([records, whole]),
            parts=_as_stored(done.parts, feed.name, file_id),
            rejects=pl.concat([done.rejects, clashing]),
            assembled=whole.height,
            duplicates=done.duplicates,
        )

    def registered(self) -> None:
        """Go on from the file that was just registered."""
        self._known |= self._next
        self._next = {}

    def forget(self) -> None:
        """Read all anew for the next file: one may have got as far as the lake."""
        self._known, self._next = {}, {}

    def _of(self, feed: str) -> _Waiting:
        files = self._files(feed)
        parts = self._stored(feed).join(files, on="file_id", how="semi")
        calls = self.lake.scan("calls").filter(pl.col("feed") == feed).join(files, on="file_id", how="semi")
        keys = calls.select(key=pl.col("call_id").str.slice(len(feed) + 1))
        with self.store.reading() as tx:
            dropped = dropped_keys(tx, feed)
        waits = parts.join(keys, on="key", how="anti").filter(~pl.col("key").is_in(dropped.implode()))
        waits = waits.select(EARLIER.names())
        newest = parts.filter(pl.col("happened_at") <= self.now).select(pl.col("happened_at").max())
        found, time = pl.collect_all([waits, newest], engine="streaming")
        return _Waiting(found, time.item(), dropped)

    def _files(self, feed: str) -> pl.LazyFrame:
        wanted = sa.select(schema.source_files.c.file_id).where(
            schema.source_files.c.feed == feed, schema.source_files.c.status == "accepted"
        )
        with self.store.reading() as tx:
            ids = list(tx.scalars(wanted))
        return pl.LazyFrame({"file_id": ids}, schema={"file_id": pl.String})

    def _stored(self, feed: str) -> pl.LazyFrame:
        return self.lake.scan("call_parts").filter(pl.col("feed") == feed)

    def _joined(self, feed: str, itself: str, parts: pl.DataFrame, finished: pl.Series) -> pl.DataFrame:
        """Return the parts of finished calls, to know again what comes once more; read only when there are any."""
        if finished.is_empty():
            return pl.DataFrame(schema=EARLIER)
        # a part that comes again has the same time, so it is in the same month
        months = parts.filter(pl.col("key").is_in(finished.implode())).select(period_of(pl.col("happened_at")))
        stored = self.lake.scan("call_parts", periods=sorted(set(months.to_series())))
        of_others = stored.filter(pl.col("feed") == feed, pl.col("file_id") != itself)
        return of_others.filter(pl.col("key").is_in(finished.implode())).select(EARLIER.names()).collect()

    def _newest(self, before: _Waiting, parts: pl.DataFrame) -> dt.datetime | None:
        """Return the newest time of the feed; one that lies ahead of us is a wrong clock and counts for nothing."""
        own = parts.filter(pl.col("happened_at") <= self.now)["happened_at"].max()
        times = [time for time in (before.newest, own) if isinstance(time, dt.datetime)]
        return max(times, default=None)


def _finished(keys: pl.Series, feed: str, itself: str, calls_of: CallsOf) -> pl.Series:
    """Return those keys whose calls are stored from other files."""
    wanted = pl.DataFrame({"key": keys.unique()}).with_columns(call_id=pl.lit(f"{feed}/") + pl.col("key"))
    others = calls_of(wanted["call_id"]).filter(pl.col("file_id") != itself)
    return wanted.join(others, on="call_id", how="semi")["key"]


def _without_parts(records: pl.DataFrame, keys: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part off records that have the identity of a call that comes in parts: somebody must decide which is right."""
    is_both = pl.col("key").is_in(keys.implode())
    clashing = records.filter(is_both).select(
        "line_number",
        reason=pl.lit("conflict"),
        detail=pl.lit("a whole record has the identity of a call that comes in parts: ") + pl.col("key"),
        raw_line="raw_line",
    )
    return records.filter(~is_both), clashing.cast(REJECT)


def _as_stored(parts: pl.DataFrame, feed: str, file_id: str) -> pl.DataFrame:
    told = parts.with_columns(feed=pl.lit(feed), file_id=pl.lit(file_id), period=period_of(pl.col("happened_at")))
    return told.select(pl.col(name).cast(kind) for name, kind in schema_of(CallPart).items())
