"""One raw file on its way into the lake, block by block: nobody sees any of it before all of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from belnota.settings import Feed
from belnota.tables import QuarantinedLine, schema_of
from pipelines.feeds import ReadResult
from pipelines.feeds.calls import as_calls, part_known
from pipelines.feeds.result import Readable
from pipelines.known_calls import CallsOfFile, KnownCalls
from pipelines.legs import LegsOfRun
from pipelines.parts import PartsOfRun
from pipelines.register import Registered
from warehouse import Lake
from warehouse.lake_files import Staged

BLOCK: Final = 500_000
"""Records that become calls at once; a larger result takes several turns, so that memory stays bounded."""
_TABLES: Final = ("call_parts", "calls", "quarantine")
"""In the order in which they are committed."""


@dataclass
class Storing:
    """What is stored of one file so far, and where its lines went."""

    lake: Lake
    known: KnownCalls
    parts: PartsOfRun
    legs: LegsOfRun
    feed: Feed
    row: Registered
    readable: Readable = field(default_factory=Readable)
    _staged: dict[str, Staged] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _own: CallsOfFile = field(init=False)

    def __post_init__(self) -> None:
        self._own = CallsOfFile(self._table("calls"))

    def add(self, result: ReadResult) -> None:
        """Store one block; its lines follow those of the block before."""
        result = self.legs.without_repeats(result, self.feed, self.row.file_id)
        joined = self.parts.join(result, self.feed, self.row.file_id, self._stored)
        if not joined.parts.is_empty():
            self._table("call_parts").add(joined.parts)
        accepted, duplicates = 0, joined.duplicates
        rejects = [result.rejects, joined.rejects]
        for records in joined.records.iter_slices(BLOCK):
            self.known.trim()
            calls = as_calls(records, feed=self.feed.name, file_id=self.row.file_id)
            parted = part_known(calls, self._stored(calls["call_id"]))
            if not parted.new.is_empty():
                self._table("calls").add(parted.new)
            self._own.add(parted.new)
            self.legs.add(self.feed, parted.new)
            accepted, duplicates = accepted + parted.new.height, duplicates + parted.duplicates
            rejects.append(parted.conflicts)
        bad = pl.concat(rejects)
        if not bad.is_empty():
            self._table("quarantine").add(self._quarantined(bad))
        self._notes += [result.note] if result.note else []
        row = self.row
        self.row = replace(
            row,
            sequence=row.sequence if result.sequence is None else result.sequence,
            lines=row.lines + result.lines,
            framing_lines=row.framing_lines + result.framing_lines,
            filtered_lines=row.filtered_lines + result.filtered_lines,
            quarantined_lines=row.quarantined_lines + bad.height,
            duplicate_calls=row.duplicate_calls + duplicates,
            accepted_calls=row.accepted_calls + accepted - joined.assembled,
            part_lines=row.part_lines + joined.parts.height,
            assembled_calls=row.assembled_calls + joined.assembled,
        )

    def commit(self) -> Registered:
        """Make all of it visible; returns what the register says of the file."""
        for table in _TABLES:
            if table in self._staged and self._staged[table].made:
                self._staged[table].commit()
        self.known.add(self._own)
        return replace(self.row, reason=f"note: {'; '.join(self._notes)}" if self._notes else None)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take away what was written when the file is refused, or anything else stops it."""
        try:
            yield
        except Exception:
            for staged in self._staged.values():
                staged.discard()
            self.legs.forget()
            raise

    def _stored(self, call_ids: pl.Series) -> pl.DataFrame:
        return pl.concat([self.known.of(call_ids), self._own.of(call_ids)])

    def _table(self, table: str) -> Staged:
        if table not in self._staged:
            self._staged[table] = self.lake.staged(table, batch=self.row.file_id)
        return self._staged[table]

    def _quarantined(self, bad: pl.DataFrame) -> pl.DataFrame:
        told = bad.with_columns(
            feed=pl.lit(self.feed.name), file_id=pl.lit(self.row.file_id), file_name=pl.lit(self.row.file_name)
        )
        return told.select(schema_of(QuarantinedLine).names())
