"""The ingest step: raw files to calls and quarantined lines, each file whole or not at all, nothing twice.

Per file, in this order: take it out of the inbox, archive it, read it, store its calls and its bad lines (one
batch each, named by the content), register it, remove it. Killed between any two of these, the next run
takes up the same file with the same result.
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl
from sqlalchemy.exc import DBAPIError

from belnota.errors import Refused, UnableToFinish
from belnota.files import sha256_of
from belnota.phone import without_numbers
from belnota.settings import Feed, Settings
from belnota.store import Store
from belnota.tables import QuarantinedLine, schema_of
from pipelines import register
from pipelines.arrivals import Waiting, archived, waiting
from pipelines.feeds import FileRefused, Reader, ReadResult, reader_of
from pipelines.feeds.calls import KNOWN, as_calls, fingerprint, part_known
from pipelines.feeds.result import readable
from pipelines.register import Registered, source_files
from pipelines.workspace import Progress
from warehouse import Lake

__all__ = ["IngestSummary", "ingest", "mapping_text", "source_files"]

_MEBIBYTE = 1 << 20
NAME_REUSED = "name_reuse: an earlier file of this name had other content"


@dataclass(frozen=True)
class IngestSummary:
    """What one run of ingest did, in files, lines and calls.

    `refused` and `notes` are (file name, sentence): files refused whole, and files that were left or are odd.
    """

    files_accepted: int = 0
    files_duplicate: int = 0
    files_refused: int = 0
    lines: int = 0
    records_in: int = 0
    calls_accepted: int = 0
    lines_quarantined: int = 0
    calls_duplicate: int = 0
    filtered: int = 0
    framing: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    failed: tuple[str, ...] = ()
    """One sentence per file that could not be taken in, for a reason of ours or the disk's; it waits."""


def ingest(
    settings: Settings,
    store: Store,
    lake: Lake,
    *,
    files: Sequence[Path] | None,
    now: dt.datetime,
    progress: Progress,
) -> IngestSummary:
    """Read everything that waits in the inbox, or the named files, in order of name.

    Refused (before any file is touched) when a feed's settings or mapping are wrong; UnableToFinish when there is
    no disk. A file that could not be read at all is in `failed`: it waits, the others are done.
    """
    readers = [(feed, reader_of(feed, mapping_text(settings, feed))) for feed in settings.feeds]
    found, notes = waiting(settings.inbox, files, now=now, settle_seconds=settings.night.settle_seconds)
    run = _Run(settings, store, lake, readers, now)
    summary = IngestSummary(notes=tuple(notes))
    failed: list[str] = []
    for done, file in enumerate(found):
        progress(f"reading {file.name}", done, len(found))
        try:
            summary = _added(summary, run.one(file))
        except _Unreadable as error:
            failed.append(f"{file.name}: {error}")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                message = f"no space left on the disk at {file.name}; free some and run again, nothing is lost"
                raise UnableToFinish(message) from error
            where = f" ({error.filename})" if error.filename else ""
            failed.append(f"{file.name}: {error.strerror or error}{where}")
            run.known = None  # the file may have got as far as the lake
        except DBAPIError as error:
            message = f"the store could not be written at {file.name}, nothing is lost: {error.orig}"
            raise UnableToFinish(message) from error
    progress("reading files", len(found), len(found))
    return replace(summary, failed=tuple(failed))


class _Unreadable(Exception):
    """A reader broke on a file: our fault, not the file's; the other files go on."""


def mapping_text(settings: Settings, feed: Feed) -> str:
    """Return the text of a feed's mapping file, empty when it has none; Refused when it needs or names one in vain."""
    if not feed.mapping:
        if feed.format == "mapping":
            raise Refused(f'feed {feed.name!r}: format mapping needs a mapping file; write mapping = "mappings/….toml"')
        return ""
    path = settings.workspace / feed.mapping
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"feed {feed.name!r}: its mapping {path} cannot be read ({error})") from None


@dataclass
class _Run:
    """One run over many files; `known` grows with each, so that the lake is read once."""

    settings: Settings
    store: Store
    lake: Lake
    readers: list[tuple[Feed, Reader]]
    now: dt.datetime
    known: pl.DataFrame | None = field(default=None)

    def one(self, file: Waiting) -> Registered | None:
        """Do one file whole; None when an earlier run had done all but removing it."""
        file_id = sha256_of(file.path)
        with self.store.reading() as tx:
            earlier = register.earlier_arrivals(tx, file_id)
            is_name_reused = register.is_name_reused(tx, file.name, file_id)
        arrival = file.taken_as[1] if file.taken_as and file.taken_as[0] == file_id else len(earlier) + 1
        if any(row.arrival == arrival for row in earlier):
            file.discard()
            return None
        file = file.taken(file_id, arrival)
        copy = archived(self.settings.archive, file.path, file_id)
        row = Registered(file_id, arrival, file.name, copy.stat().st_size, "duplicate")
        original = next((before.file_name for before in earlier if before.status == "accepted"), None)
        if original is not None:
            row = replace(row, reason=f"known: {original} had the same content and was accepted")
        else:
            row = self._read(copy, row)
            if row.status == "accepted" and is_name_reused:
                row = replace(row, reason=NAME_REUSED)
        with self.store.writing() as tx:
            register.add(tx, replace(row, received_at=self.now))
        file.discard()
        return row

    def _read(self, copy: Path, row: Registered) -> Registered:
        try:
            feed, read = self._claim(row)
            row = replace(row, feed=feed.name)
            result = readable(_result(read, copy.read_bytes()), feed.format)
            self._refuse_known_sequence(result, row, feed)
        except FileRefused as refusal:
            return replace(row, status="refused", reason=f"{refusal.reason}: {without_numbers(refusal.sentence)}")
        return self._stored(result, replace(row, status="accepted"), feed)

    def _claim(self, row: Registered) -> tuple[Feed, Reader]:
        """Return the first feed that claims the file's name, with its reader."""
        limit = self.settings.night.max_file_mebibytes
        if row.size_bytes > limit * _MEBIBYTE:
            remedy = "split it, or raise max_file_mebibytes in [night] of belnota.toml"
            raise FileRefused("too_large", f"the file is larger than {limit} MiB; {remedy}")
        for feed, read in self.readers:
            if fnmatchcase(row.file_name, feed.files):
                return feed, read
        patterns = ", ".join(feed.files for feed, _ in self.readers) or "none"
        raise FileRefused("no_feed", f"no feed claims this name; the patterns in belnota.toml are {patterns}")

    def _refuse_known_sequence(self, result: ReadResult, row: Registered, feed: Feed) -> None:
        """A second file with the number of an accepted one is not read: which of both is right, the source must say."""
        if result.sequence is None:
            return
        with self.store.reading() as tx:
            earlier = register.name_of_sequence(tx, feed.name, result.sequence, row.file_id)
        if earlier is not None:
            said = f"file number {result.sequence} of feed {feed.name} was accepted before as {earlier}"
            raise FileRefused("sequence", f"{said}; ask the source for the calls that differ, under a new number")

    def _stored(self, result: ReadResult, row: Registered, feed: Feed) -> Registered:
        if self.known is None:
            self.known = self.lake.scan("calls").select("call_id", "file_id", fingerprint=fingerprint()).collect()
        parted = part_known(as_calls(result.records, feed=feed.name, file_id=row.file_id), self.known)
        bad = pl.concat([result.rejects, parted.conflicts]).with_columns(
            feed=pl.lit(feed.name), file_id=pl.lit(row.file_id), file_name=pl.lit(row.file_name)
        )
        if not parted.new.is_empty():
            self.lake.append("calls", parted.new, batch=row.file_id)
        if not bad.is_empty():
            self.lake.append("quarantine", bad.select(schema_of(QuarantinedLine).names()), batch=row.file_id)
        news = parted.new.select("call_id", "file_id", fingerprint=fingerprint())
        self.known = pl.concat([self.known, news.cast(KNOWN)], rechunk=False)
        return replace(
            row,
            sequence=result.sequence,
            lines=result.lines,
            framing_lines=result.framing_lines,
            filtered_lines=result.filtered_lines,
            quarantined_lines=bad.height,
            duplicate_calls=parted.duplicates,
            accepted_calls=parted.new.height,
        )


def _result(read: Reader, content: bytes) -> ReadResult:
    try:
        return read(content)
    except (FileRefused, OSError, MemoryError):
        raise
    except Exception as error:  # a fault of a reader must not stop the files of others
        raise _Unreadable(f"{type(error).__name__}: {error}".splitlines()[0][:300]) from error


def _added(summary: IngestSummary, row: Registered | None) -> IngestSummary:
    if row is None:
        return summary
    named = ((row.file_name, (row.reason or "").partition(": ")[2]),)
    records = row.lines - row.framing_lines
    bad = f"{row.quarantined_lines:,} of {records:,} records went to quarantine; see: belnota quarantine list"
    return replace(
        summary,
        files_accepted=summary.files_accepted + (row.status == "accepted"),
        files_duplicate=summary.files_duplicate + (row.status == "duplicate"),
        files_refused=summary.files_refused + (row.status == "refused"),
        lines=summary.lines + row.lines,
        records_in=summary.records_in + row.lines - row.framing_lines,
        calls_accepted=summary.calls_accepted + row.accepted_calls,
        lines_quarantined=summary.lines_quarantined + row.quarantined_lines,
        calls_duplicate=summary.calls_duplicate + row.duplicate_calls,
        filtered=summary.filtered + row.filtered_lines,
        framing=summary.framing + row.framing_lines,
        refused=summary.refused + (named if row.status == "refused" else ()),
        notes=summary.notes
        + (named if row.status == "accepted" and row.reason else ())
        + (((row.file_name, bad),) if row.quarantined_lines else ()),
    )
