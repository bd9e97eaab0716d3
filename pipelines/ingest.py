"""The ingest step: raw files to calls and quarantined lines, each file whole or not at all, nothing twice.

Per file, in this order: take it out of the inbox, archive it, read it, store its calls and its bad lines (one
batch each, named by the content), register it, remove it. Killed between any two of these, the next run
takes up the same file with the same result.
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy.exc import DBAPIError

from belnota.errors import Refused, UnableToFinish
from belnota.phone import without_numbers
from belnota.settings import Feed, Settings
from belnota.store import Store
from belnota.tables import QuarantinedLine, schema_of
from pipelines import layouts, register
from pipelines.arrivals import Content, StillArriving, Waiting, archived, content_of, scratch_folder, waiting
from pipelines.feeds import FileRefused, ReadResult, reader_of
from pipelines.feeds.calls import as_calls, part_known
from pipelines.feeds.future import without_future
from pipelines.feeds.result import readable
from pipelines.known_calls import KnownCalls
from pipelines.legs import LegsOfRun
from pipelines.packing import SUFFIXES, Caps
from pipelines.parts import PartsOfRun
from pipelines.reading import SCRATCH, Reading, ReadingProcess, Unreadable
from pipelines.register import Registered, source_files
from pipelines.workspace import Progress
from warehouse import Lake, withdraw

__all__ = ["IngestSummary", "ingest", "mapping_text", "source_files"]

BLOCK: Final = 500_000
"""Records of one file that become calls at once; a larger file takes several turns, so that memory stays bounded."""
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
    parts: int = 0
    """Lines that are parts of calls."""
    calls_assembled: int = 0
    """Calls that such parts made whole."""
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
    on: dt.date | None = None,
    reading: Reading | None = None,
) -> IngestSummary:
    """Read everything that waits in the inbox, or the named files, in order of name.

    `on` is the day whose night this is: a call may not be later than its beginning (UTC), `now` and the file, whichever
    is latest. `reading` stands in for the process that reads.
    Refused (before any file is touched) when a feed's settings or mapping are wrong; UnableToFinish when there is
    no disk. A file that could not be read at all is in `failed`: it waits, the others are done.
    """
    feeds = [(feed, mapping_text(settings, feed)) for feed in settings.feeds]
    for feed, mapping in feeds:
        reader_of(feed, mapping)
    found, notes = waiting(settings.inbox, files, now=now, settle_seconds=settings.night.settle_seconds)
    latest = max(now, dt.datetime.combine(on, dt.time(), dt.UTC)) if on else now
    with scratch_folder(settings.workspace / SCRATCH) as scratch, ExitStack() as stack:
        read = reading or stack.enter_context(_reading_process(settings, scratch))
        parts = PartsOfRun(store, lake, latest)
        run = _Run(settings, store, lake, feeds, read, now, latest, scratch, KnownCalls(lake), parts, LegsOfRun(lake))
        for begun in sorted({file.taken_as[0] for file in found if file.taken_as}):
            run.undo(begun)
        return _summed(run, found, IngestSummary(notes=tuple(notes)), progress)


def _reading_process(settings: Settings, scratch: Path) -> ReadingProcess:
    night = settings.night
    return ReadingProcess(scratch / "process", mebibytes=night.reader_mebibytes, seconds=night.reader_seconds)


def _summed(run: _Run, found: Sequence[Waiting], summary: IngestSummary, progress: Progress) -> IngestSummary:
    """Do each file; what stops one file stops no other."""
    failed: list[str] = []
    for done, file in enumerate(found):
        progress(f"reading {file.name}", done, len(found))
        try:
            summary = _added(summary, run.one(file))
        except StillArriving as error:
            summary = replace(summary, notes=(*summary.notes, (file.name, str(error))))
        except Unreadable as error:
            failed.append(f"{file.name}: {error}")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                message = f"no space left on the disk at {file.name}; free some and run again, nothing is lost"
                raise UnableToFinish(message) from error
            where = f" ({error.filename})" if error.filename else ""
            failed.append(f"{file.name}: {error.strerror or error}{where}")
            run.known.forget()  # the file may have got as far as the lake
            run.parts.forget()
            run.legs.forget()
        except DBAPIError as error:
            message = f"the store could not be written at {file.name}, nothing is lost: {error.orig}"
            raise UnableToFinish(message) from error
    progress("reading files", len(found), len(found))
    return replace(summary, failed=tuple(failed))


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
    """One run over many files."""

    settings: Settings
    store: Store
    lake: Lake
    feeds: list[tuple[Feed, str]]
    read: Reading
    now: dt.datetime
    latest: dt.datetime
    scratch: Path
    known: KnownCalls
    parts: PartsOfRun
    legs: LegsOfRun

    def one(self, file: Waiting) -> Registered | None:
        """Do one file whole; None when an earlier run had done all but removing it."""
        content = content_of(file.path, self.scratch, self._caps())
        with self.store.reading() as tx:
            earlier = register.earlier_arrivals(tx, content.file_id)
            is_name_reused = register.is_name_reused(tx, file.name, content.file_id)
        is_taken = file.taken_as is not None and file.taken_as[0] == content.file_id
        after = max((row.arrival for row in earlier), default=0)
        arrival = file.taken_as[1] if file.taken_as and is_taken else file.next_arrival(content.file_id, after=after)
        if any(row.arrival == arrival for row in earlier):
            file.discard()
            return None
        file = file.taken(content.file_id, arrival)
        copy = archived(self.settings.archive, file.path, content.file_id, content.arrived, content.packing)
        row = Registered(content.file_id, arrival, file.name, content.size, "duplicate")
        original = next((before.file_name for before in earlier if before.status == "accepted"), None)
        if original is not None:
            row = replace(row, reason=f"known: {original} had the same content and was accepted")
        else:
            if not file.is_ours:
                self.undo(content.file_id)
            try:
                row = self._read(content.unpacked or copy, row, content)
            except OSError:  # it may have got as far as the lake, by which no other file may be judged
                self.undo(content.file_id)
                raise
            if row.status == "accepted" and is_name_reused:
                row = replace(row, reason="; ".join(filter(None, [NAME_REUSED, row.reason])))
        layout = self._new_layout(row, content.unpacked or copy)
        if layout is not None and layout.note:
            row = replace(row, reason="; ".join(filter(None, [row.reason, f"columns: {layout.note}"])))
        with self.store.writing() as tx:
            register.add(tx, replace(row, received_at=self.now))
            if layout is not None:
                layouts.remember(tx, layout, row.file_id)
        self.parts.registered()
        file.discard()
        return row

    def undo(self, file_id: str) -> None:
        """Take out what an earlier try stored of a file that was not accepted: what it holds is decided anew."""
        with self.store.reading() as tx:
            is_accepted = any(row.status == "accepted" for row in register.earlier_arrivals(tx, file_id))
        if not is_accepted and withdraw(self.lake, file_id):
            self.known.forget()
            self.parts.forget()
            self.legs.forget()

    def _new_layout(self, row: Registered, path: Path) -> layouts.NewLayout | None:
        if row.status != "accepted":
            return None
        feed, mapping = self._claim(row)
        with self.store.reading() as tx:
            return layouts.new_layout(tx, feed, mapping, path)

    def _caps(self) -> Caps:
        return Caps(self.settings.night.max_file_mebibytes, self.settings.night.max_ratio)

    def _read(self, path: Path, row: Registered, content: Content) -> Registered:
        try:
            feed, mapping = self._claim(row)
            row = replace(row, feed=feed.name)
            if content.refusal is not None:
                raise content.refusal
            result = readable(self.read(feed, mapping, path), feed.format)
            result = without_future(result, latest=max(self.latest, content.modified_at))
            self._refuse_known_sequence(result, row, feed)
        except FileRefused as refusal:
            return replace(row, status="refused", reason=f"{refusal.reason}: {without_numbers(refusal.sentence)}")
        return self._stored(result, replace(row, status="accepted"), feed)

    def _claim(self, row: Registered) -> tuple[Feed, str]:
        """Return the first feed that claims the file's name, with the text of its mapping.

        The name of a packed file is claimed without its suffix as well.
        """
        names = {row.file_name, *(row.file_name.removesuffix(suffix) for suffix in SUFFIXES.values())}
        for feed, mapping in self.feeds:
            if any(fnmatchcase(name, feed.files) for name in names):
                return feed, mapping
        patterns = ", ".join(feed.files for feed, _ in self.feeds) or "none"
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
        self.known.trim()
        result = self.legs.without_repeats(result, feed, row.file_id)
        joined = self.parts.join(result, feed, row.file_id, self.known.of)
        if not joined.parts.is_empty():
            self.lake.append("call_parts", joined.parts, batch=row.file_id)
        accepted, duplicates = 0, joined.duplicates
        rejects = [result.rejects, joined.rejects]
        for number, records in enumerate(joined.records.iter_slices(BLOCK)):
            calls = as_calls(records, feed=feed.name, file_id=row.file_id)
            parted = part_known(calls, self.known.of(calls["call_id"]))
            if not parted.new.is_empty():
                self.lake.append("calls", parted.new, batch=f"{row.file_id}.{number}" if number else row.file_id)
            self.known.add(parted.new)
            self.legs.add(feed, parted.new)
            accepted, duplicates = accepted + parted.new.height, duplicates + parted.duplicates
            rejects.append(parted.conflicts)
        bad = pl.concat(rejects).with_columns(
            feed=pl.lit(feed.name), file_id=pl.lit(row.file_id), file_name=pl.lit(row.file_name)
        )
        if not bad.is_empty():
            self.lake.append("quarantine", bad.select(schema_of(QuarantinedLine).names()), batch=row.file_id)
        return replace(
            row,
            reason=f"note: {result.note}" if result.note else None,
            sequence=result.sequence,
            lines=result.lines,
            framing_lines=result.framing_lines,
            filtered_lines=result.filtered_lines,
            quarantined_lines=bad.height,
            duplicate_calls=duplicates,
            accepted_calls=accepted - joined.assembled,
            part_lines=joined.parts.height,
            assembled_calls=joined.assembled,
        )


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
        parts=summary.parts + row.part_lines,
        calls_assembled=summary.calls_assembled + row.assembled_calls,
        refused=summary.refused + (named if row.status == "refused" else ()),
        notes=summary.notes
        + (named if row.status == "accepted" and row.reason else ())
        + (((row.file_name, bad),) if row.quarantined_lines else ()),
    )
