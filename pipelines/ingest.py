"""The ingest step: raw files to calls and quarantined lines, each file whole or not at all, nothing twice.

Per file, in this order: take it out of the inbox, archive it, read it, store its calls and its bad lines (one
batch each, named by the content), register it, remove it. Killed between any two of these, the next run
takes up the same file with the same result.
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from belnota.errors import Refused, UnableToFinish
from belnota.phone import without_numbers
from belnota.settings import Feed, Settings
from belnota.store import Store
from pipelines import layouts, purged, register
from pipelines.arrivals import Content, StillArriving, Waiting, archived, content_of, scratch_folder, waiting
from pipelines.feeds import FileRefused, ReadResult, reader_of
from pipelines.feeds.future import without_future
from pipelines.feeds.purged import PurgedMonths
from pipelines.ingest_summary import IngestSummary, with_file
from pipelines.known_calls import KnownCalls
from pipelines.legs import LegsOfRun
from pipelines.packing import SUFFIXES, Caps
from pipelines.parts import PartsOfRun
from pipelines.reading import SCRATCH, Reading, ReadingProcess, Unreadable
from pipelines.register import Registered, source_files
from pipelines.storing import Storing
from pipelines.workspace import Progress
from warehouse import Lake, withdraw

__all__ = ["IngestSummary", "ingest", "mapping_text", "source_files"]

NAME_REUSED = "name_reuse: an earlier file of this name had other content"


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
        known, legs, through = KnownCalls(lake), LegsOfRun(lake), purged.through(store)
        run = _Run(settings, store, lake, feeds, read, now, latest, scratch, known, parts, legs, through)
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
            summary = with_file(summary, run.one(file))
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
    purged: str

    def one(self, file: Waiting) -> Registered | None:
        """Do one file whole; None when an earlier run had done all but removing it."""
        content = content_of(file.path, self.scratch, self._caps())
        with self.store.reading() as tx:
            earlier = register.earlier_arrivals(tx, content.file_id)
            is_name_reused = register.is_name_reused(tx, file.name, content.file_id)
            purged_on = purged.raw_gone_on(tx, content.file_id)
        is_taken = file.taken_as is not None and file.taken_as[0] == content.file_id
        after = max((row.arrival for row in earlier), default=0)
        arrival = file.taken_as[1] if file.taken_as and is_taken else file.next_arrival(content.file_id, after=after)
        if any(row.arrival == arrival for row in earlier):
            file.discard()
            return None
        file = file.taken(content.file_id, arrival)
        row = Registered(content.file_id, arrival, file.name, content.size, "duplicate")
        if purged_on is not None:
            return self._registered(file, replace(row, status="refused", reason=purged.came_before(purged_on)))
        copy = archived(self.settings.archive, file.path, content.file_id, content.arrived, content.packing)
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
            if purged.is_refusal(row.reason):
                copy.unlink(missing_ok=True)
            if row.status == "accepted" and is_name_reused:
                row = replace(row, reason="; ".join(filter(None, [NAME_REUSED, row.reason])))
        layout = self._new_layout(row, content.unpacked or copy)
        if layout is not None and layout.note:
            row = replace(row, reason="; ".join(filter(None, [row.reason, f"columns: {layout.note}"])))
        return self._registered(file, row, layout)

    def _registered(self, file: Waiting, row: Registered, layout: layouts.NewLayout | None = None) -> Registered:
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
            return self._stored(self.read(feed, mapping, path), row, feed, max(self.latest, content.modified_at))
        except FileRefused as refusal:
            return replace(row, status="refused", reason=f"{refusal.reason}: {without_numbers(refusal.sentence)}")

    def _stored(self, blocks: Generator[ReadResult], row: Registered, feed: Feed, latest: dt.datetime) -> Registered:
        """Store a file block by block; FileRefused with any of them leaves nothing of it."""
        storing = Storing(self.lake, self.known, self.parts, self.legs, feed, replace(row, status="accepted"))
        months = PurgedMonths(self.purged)
        with storing.all_or_nothing(), closing(blocks):
            for block in blocks:
                storing.readable.add(block)
                storing.add(months.without(without_future(block, latest=latest)))
            storing.readable.refuse_none(feed.format)
            months.refuse_all()
            self._refuse_known_sequence(storing.row, feed)
            return storing.commit()

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

    def _refuse_known_sequence(self, row: Registered, feed: Feed) -> None:
        """A second file with the number of an accepted one is not read: which of both is right, the source must say."""
        if row.sequence is None:
            return
        with self.store.reading() as tx:
            earlier = register.name_of_sequence(tx, feed.name, row.sequence, row.file_id)
        if earlier is not None:
            said = f"file number {row.sequence} of feed {feed.name} was accepted before as {earlier}"
            raise FileRefused("sequence", f"{said}; ask the source for the calls that differ, under a new number")
