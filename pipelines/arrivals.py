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
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from belnota.errors import Refused
from belnota.files import publish, sha256_of, sync_folder

_TAKEN: Final = ".taken"
_TAKEN_FOLDER: Final = re.compile(r"([0-9a-f]{64})\.(\d+)")
_UPLOADING: Final = (".part", ".filepart", ".tmp")


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
    """Return the files to read in order of name, and (name, why) of what stays where it is.

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
        if path.name.startswith(".") or path.name.endswith(_UPLOADING) or path.is_dir():
            continue
        if not _is_plain(path):
            notes.append((file.name, "is a link, pipe or device, not a plain file; it is never opened, remove it"))
        elif 0 <= now.timestamp() - path.lstat().st_mtime < settle_seconds:  # a stamp in the future is a wrong clock
            notes.append((file.name, "was changed a moment ago and may still be uploading; the next run reads it"))
        else:
            found.append(file)
    return _ordered([*left, *found]), notes


def _ordered(files: list[Waiting]) -> list[Waiting]:
    unique = {file.path: file for file in files}
    return sorted(unique.values(), key=lambda file: (file.path.name, file.taken_as is None, file.taken_as or ("", 0)))


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _named(path: Path) -> Path:
    full = path.parent.resolve() / path.name
    if not full.exists():
        raise Refused(f"{path} does not exist; name files that do, or none for everything in the inbox")
    if not _is_plain(full):
        raise Refused(f"{path} is a folder, link, pipe or device; name plain files")
    return full


def raw_copy(archive: Path, file_id: str) -> Path:
    """Return where the archive keeps the raw file with this content."""
    return archive / "raw" / file_id[:2] / file_id


def archived(archive: Path, file: Path, file_id: str) -> Path:
    """Copy a raw file into the archive under its content, read-only; returns the copy, whole and checked."""
    target = raw_copy(archive, file_id)
    if not target.exists() or sha256_of(target) != file_id:
        publish(target, lambda aside: _copy(file, aside, file_id), mode=0o444)
    return target


def _copy(source: Path, target: Path, file_id: str) -> None:
    shutil.copyfile(source, target)
    if sha256_of(target) != file_id:
        raise OSError(errno.EBUSY, "changed while it was read; wait until its upload ends and run again")
