"""Files on disk: every write is whole or absent, stored files have a hash, one run at a time holds the workspace."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from belnota.errors import WorkspaceBusy

_CHUNK = 1 << 20
TEMPORARY_SUFFIX = ".part"


def publish(path: Path, write: Callable[[Path], None], *, mode: int | None = None) -> None:
    """Let `write` make a file aside, then put it at `path` in one step: written, fsynced, renamed, folder fsynced.

    A crash at any moment leaves either the old file, or the new one, or a leftover `*.part` that
    `sweep` removes. An exception of `write` leaves `path` untouched and no leftover.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        write(aside)
        with aside.open("rb") as made:
            os.fsync(made.fileno())
        if mode is not None:
            aside.chmod(mode)
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    sync_folder(path.parent)


def publish_bytes(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Put `content` at `path` in one step; see `publish`."""
    publish(path, lambda aside: _write(aside, content), mode=mode)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def sync_folder(folder: Path) -> None:
    """Make renames and unlinks in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path, *, below: bool = True) -> int:
    """Remove what a killed run left half-written in a folder and below it; returns how many files."""
    pattern = f"*{TEMPORARY_SUFFIX}"
    leftovers = list(folder.rglob(pattern) if below else folder.glob(pattern))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content in hex, reading it in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def exclusive(lock_file: Path) -> Iterator[None]:
    """Hold the workspace for one writer; raises WorkspaceBusy (exit code 75) at once when another run has it.

    The lock belongs to the process and goes with it, so a killed run never blocks the next one.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            message = (
                f"another run (process {holder}) is working in {lock_file.parent}; wait until it ends and try again"
            )
            raise WorkspaceBusy(message) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
