"""Raw files on disk: which ones wait, taking one out of the inbox, and the archive by content.

A file is *taken* by one rename to `inbox/.taken/<sha-256>.<arrival>/<name>`. A run that was killed leaves it there
with its arrival number, so that the next run knows this arrival again and does not count it twice.
"""

from __future__ import annotations

import datetime as dt
import errno
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from belnota.errors import Refused
from belnota.files import publish, sha256_of, sync_folder
from pipelines.feeds import FileRefused
from pipelines.packing import SUFFIXES, Caps, content_hash, packing_of, unpack

_TAKEN: Final = ".taken"
_TAKEN_FOLDER: Final = re.compile(r"([0-9a-f]{64})\.(\d+)")
_UPLOADING: Final = (".part", ".filepart", ".tmp")
_STILL: Final = "([night] settle_seconds) and may still be uploading; the next run reads it, or: belnota ingest FILE"


@dataclass(frozen=True)
class Waiting:
    """A raw file to be read. `taken_as` is its content and arrival number when an earlier run took it already."""

    path: Path
    inbox: Path
    taken_as: tuple[str, int] | None = None

    @property
    def name(self) -> str:
        """The name fit for a register and a screen: control and undecodable characters are escaped."""
        text = self.path.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)

    @property
    def is_ours(self) -> bool:
        """Whether it stands in the inbox, so that it is removed when it is done."""
        return self.path.is_relative_to(self.inbox)

    def next_arrival(self, file_id: str, *, after: int) -> int:
        """Return a number for this arrival that none has which is registered (up to `after`) or taken and waits."""
        number = after + 1
        while (self.inbox / _TAKEN / f"{file_id}.{number}").exists():
            number += 1
        return number

    def taken(self, file_id: str, arrival: int) -> Waiting:
        """Take the file out of the inbox; a file named from elsewhere stays where it is."""
        if self.taken_as == (file_id, arrival) or not self.is_ours:
            return self
        folder = self.inbox / _TAKEN / f"{file_id}.{arrival}"
        folder.mkdir(parents=True, exist_ok=True)
        moved = self.path.rename(folder / self.path.name)
        sync_folder(folder)
        sync_folder(self.inbox)
        _clear(self.inbox)
        return Waiting(moved, self.inbox, (file_id, arrival))

    def discard(self) -> None:
        """Remove a file that is archived and registered."""
        if self.is_ours:
            self.path.unlink(missing_ok=True)
            _clear(self.inbox)


def _clear(inbox: Path) -> None:
    """Remove empty folders of taken files."""
    for folder in (*(inbox / _TAKEN).glob("*"), inbox / _TAKEN):
        with suppress(OSError):  # it holds a file that an earlier run took
            folder.rmdir()


def waiting(
    inbox: Path, named: Sequence[Path] | None, *, now: dt.datetime, settle_seconds: int
) -> tuple[list[Waiting], list[tuple[str, str]]]:
    """Return the files to read in order of name, what a killed run took first, and (name, why) of what stays.

    Hidden and `.part` files and files changed less than `settle_seconds` ago wait for another run. Links, pipes
    and devices are never opened; folders are not looked into. Refused when a named file is not a plain file.
    """
    inbox = inbox.resolve()
    _clear(inbox)
    left = [
        Waiting(path, inbox, (match[1], int(match[2])))
        for path in sorted((inbox / _TAKEN).glob("*/*"))
        if (match := _TAKEN_FOLDER.fullmatch(path.parent.name)) and _is_plain(path)
    ]
    if named is not None:
        again = {file.path.name for file in left}
        wanted = [Waiting(_named(path), inbox) for path in named if path.exists() or path.name not in again]
        return _ordered([*left, *wanted]), []
    found, notes = [], []
    for path in sorted(inbox.iterdir()) if inbox.is_dir() else []:
        file = Waiting(path, inbox)
        if path.name.startswith(".") or path.name.endswith(_UPLOADING) or _is_folder(path):
            continue
        if not _is_plain(path):
            notes.append((file.name, "is a link, pipe or device, not a plain file; it is never opened, remove it"))
        elif 0 <= now.timestamp() - path.lstat().st_mtime < settle_seconds:  # a stamp in the future is a wrong clock
            notes.append((file.name, f"was changed less than {settle_seconds} seconds ago {_STILL}"))
        else:
            found.append(file)
    return _ordered([*left, *found]), notes


def _ordered(files: list[Waiting]) -> list[Waiting]:
    unique = {file.path: file for file in files}
    # What a killed run left half-stored is ended before anything new is judged by it.
    return sorted(unique.values(), key=lambda file: (file.taken_as is None, file.path.name, file.taken_as or ("", 0)))


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _named(path: Path) -> Path:
    full = path.parent.resolve() / path.name
    if not full.exists():
        raise Refused(f"{path} does not exist; name files that do, or none for everything in the inbox")
    if not _is_plain(full):
        raise Refused(f"{path} is a folder, link, pipe or device; name plain files")
    return full


@dataclass(frozen=True)
class Content:
    """What is in a raw file: `file_id` is the SHA-256 of its content, `arrived` that of its bytes, packed or not.

    `unpacked` is where the content of a packed file lies; `refusal` why it could not be unpacked, or is too large: then
    `file_id` is `arrived` where the content is unknown.
    """

    file_id: str
    arrived: str
    size: int
    modified_at: dt.datetime
    packing: str | None = None
    unpacked: Path | None = None
    refusal: FileRefused | None = None


class StillArriving(Exception):
    """A file changed while it was looked at: its upload goes on."""


def content_of(path: Path, scratch: Path, caps: Caps) -> Content:
    """Look into a raw file, unpacking it into `scratch`; StillArriving when it changes meanwhile."""
    before = path.lstat()
    modified_at = dt.datetime.fromtimestamp(before.st_mtime, dt.UTC)
    arrived, packing = sha256_of(path), packing_of(path)
    found = Content(arrived, arrived, before.st_size, modified_at)
    try:
        caps.refuse(before.st_size)
        if packing is not None:
            unpacked = scratch / "content"
            file_id = unpack(path, unpacked, caps)
            size = unpacked.stat().st_size
            found = replace(found, file_id=file_id, size=size, packing=packing, unpacked=unpacked)
    except FileRefused as refusal:
        found = replace(found, refusal=refusal)
    after = path.lstat()
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise StillArriving("changed while it was read and may still be uploading; the next run reads it")
    return found


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """Make an empty folder for what lives no longer than a run; what a killed run left in it goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def raw_copy(archive: Path, file_id: str) -> Path:
    """Return where the archive keeps the raw file with this content: as it arrived, packed or not.

    `pipelines.packing.opened` reads either. Where there is none, the path of an unpacked one.
    """
    plain = archive / "raw" / file_id[:2] / file_id
    packed = (plain.with_name(plain.name + suffix) for suffix in SUFFIXES.values())
    return next((path for path in (plain, *packed) if path.exists()), plain)


def archived(archive: Path, file: Path, file_id: str, arrived: str, packing: str | None = None) -> Path:
    """Copy a raw file into the archive, read-only, named by its content; returns the copy, whole and checked.

    `arrived` is the SHA-256 of the bytes as they arrived: other than `file_id`, the hash of the content, when they are
    packed. A content that is there already, in whatever packing, stays.
    """
    there = raw_copy(archive, file_id)
    if there.exists() and is_whole(there, file_id):
        return there
    target = archive / "raw" / file_id[:2] / (file_id + SUFFIXES.get(packing or "", ""))
    publish(target, lambda aside: _copy(file, aside, arrived), mode=0o444)
    if there != target:
        there.unlink(missing_ok=True)  # it was damaged
    return target


def is_whole(copy: Path, file_id: str) -> bool:
    """Return whether a copy in the archive still has the content that it is named by."""
    try:
        # what was refused for its packing is kept without a suffix, under the hash of the bytes that arrived
        return file_id == (content_hash(copy) if copy.suffix else sha256_of(copy))
    except FileRefused:
        return False


def _copy(source: Path, target: Path, arrived: str) -> None:
    shutil.copyfile(source, target)
    if sha256_of(target) != arrived:
        raise OSError(errno.EBUSY, "changed while it was read; wait until its upload ends and run again")
