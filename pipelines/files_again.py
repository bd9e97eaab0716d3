"""Files that were refused whole: which ones still are, and reading one again from the archive after a fix."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from belnota.errors import Refused
from belnota.periods import local_date
from pipelines import purged, register
from pipelines.arrivals import is_whole, raw_copy
from pipelines.ingest import IngestSummary, ingest
from pipelines.packing import content_hash, packing_of
from pipelines.register import Registered, source_files
from pipelines.workspace import Progress, Workspace

STATES: Final = ("accepted", "duplicate", "refused", "mended", "purged")
AGAIN: Final = ".again"
"""Folder of the workspace in which files are copied to be read again."""
_LONGEST: Final = 255
_KEPT: Final = 120


def files(workspace: Workspace) -> pl.DataFrame:
    """Return the register (SourceFile), newest arrival last, with state and age_days.

    state: the status, but `mended` for a refusal of a content that was accepted later, or was known, and `purged` for a
    refusal of which the archive keeps no copy any more, or never did as its months were purged. age_days: since it
    came, by the local date; empty for files from before that was noted.
    """
    with workspace.store.reading() as tx:
        arrivals = source_files(tx)
        gone = purged.raw_gone(tx)
    taken_in = arrivals.filter(pl.col("status") != "refused")["file_id"]
    is_mended = (pl.col("status") == "refused") & pl.col("file_id").is_in(taken_in.implode())
    is_gone = pl.col("file_id").is_in(list(gone)) | pl.col("reason").str.starts_with(f"{purged.REASON}:")
    is_purged = (pl.col("status") == "refused") & is_gone.fill_null(value=False)
    today = local_date(pl.lit(workspace.clock()))
    return arrivals.with_columns(
        state=pl.when(is_mended)
        .then(pl.lit("mended"))
        .when(is_purged)
        .then(pl.lit("purged"))
        .otherwise(pl.col("status").cast(pl.String)),
        age_days=(today - local_date(pl.col("received_at"))).dt.total_days().clip(0),
    ).sort("received_at", "file_name", "file_id", "arrival", nulls_last=False)


def named(found: pl.DataFrame, text: str) -> list[dict[str, Any]]:
    """Return the arrivals of the one content with this name or these first digits, oldest first; Refused if unclear."""
    is_digits = len(text) >= 8 and all(letter in "0123456789abcdef" for letter in text)
    by_digits = pl.col("file_id").str.starts_with(text) if is_digits else pl.lit(value=False)
    own = found.filter((pl.col("file_name") == text) | by_digits)
    contents = own["file_id"].unique().sort()
    if contents.is_empty():
        raise Refused(f"{text!r}: no such file ever came; see: belnota files list --state all")
    if len(contents) > 1:
        digits = ", ".join(content[:12] for content in contents.head(5))
        raise Refused(f"{len(contents)} files of other content came as {text!r} ({digits}); name one by its digits")
    return found.filter(pl.col("file_id") == contents[0]).sort("arrival").to_dicts()


def copy_of(workspace: Workspace, file_id: str) -> tuple[Path, str]:
    """Return where the archive has a file, and what is wrong with that copy, empty when nothing is."""
    path = raw_copy(workspace.settings.archive, file_id)
    with workspace.store.reading() as tx:
        gone_on = purged.raw_gone_on(tx, file_id)
    if gone_on is not None:
        return path, f"its copy in the archive was purged on {gone_on}"
    if not path.is_file():
        return path, "the archive has no copy of it; restore it from a backup"
    if not is_whole(path, file_id):
        return path, "its copy in the archive was changed after it was stored; see: belnota verify"
    return path, ""


def retry(workspace: Workspace, refused: Sequence[dict[str, Any]], progress: Progress) -> IngestSummary:
    """Take refused files in once more, under the names they came by; each is one more arrival in the register.

    Killed at any moment, the same command does what is left: a file that was taken in is not refused any more.
    """
    folder = workspace.settings.workspace / AGAIN
    shutil.rmtree(folder, ignore_errors=True)
    copies, packed = [], []
    for row in refused:
        path, problem = copy_of(workspace, row["file_id"])
        if problem:
            shutil.rmtree(folder, ignore_errors=True)
            raise Refused(f"{row['file_name']}: {problem}")
        copy = folder / row["file_id"] / _fit_for_a_disk(row["file_name"])
        copy.parent.mkdir(parents=True)
        shutil.copyfile(path, copy)
        copies.append(copy)
        if packing_of(copy):
            packed.append((row, copy))
    try:
        own = workspace
        done = ingest(own.settings, own.store, own.lake, files=copies, now=own.clock(), progress=progress)
        for row, copy in packed:
            _note_unpacked(own, row, copy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _note_unpacked(workspace: Workspace, row: dict[str, Any], copy: Path) -> None:
    """Note of a packed file that could not be unpacked before, and now can, where its content is registered.

    Its refusal has the hash of the packed bytes, for its content was not known; nothing else would say it is mended.
    """
    with workspace.store.reading() as tx:
        arrivals = register.earlier_arrivals(tx, row["file_id"])
    if arrivals[-1].arrival > row["arrival"]:  # it was refused once more, so its content is still unknown
        return
    content = content_hash(copy)
    with workspace.store.writing() as tx:
        if not any(earlier.status == "accepted" for earlier in register.earlier_arrivals(tx, content)):
            return
        now, said = workspace.clock(), f"known: it could be unpacked now, and its content is {content[:12]}"
        size, arrival = row["size_bytes"], row["arrival"] + 1
        name, feed = row["file_name"], row["feed"]
        again = Registered(row["file_id"], arrival, name, size, "duplicate", feed=feed, reason=said, received_at=now)
        register.add(tx, again)


def _fit_for_a_disk(name: str) -> str:
    """Return a name of at most 255 bytes: a registered one is longer when control characters in it were escaped."""
    held = name.encode()
    if len(held) <= _LONGEST:
        return name
    first, last = held[:_KEPT].decode("utf-8", "ignore"), held[-_KEPT:].decode("utf-8", "ignore")
    return f"{first}~{last}"
