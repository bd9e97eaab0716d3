"""Packed raw files (gzip, zip, zstd): told by their first bytes, never by name, and unpacked under caps.

Memory stays small whatever the file claims: one piece at a time, and a zip's directory is sized before it is read.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import pyarrow as pa

from pipelines.feeds import FileRefused

SUFFIXES: Final = {"gzip": ".gz", "zip": ".zip", "zstd": ".zst"}
"""Per packing, the suffix of its copies in the archive; files in the inbox may be called anything."""

_SIGNATURES: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
_PIECE: Final = 1 << 20
_RATIO_FROM: Final = 1 << 20
"""Unpacked bytes from which the ratio counts: a few kilobytes of one letter are no bomb."""
_END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
_DIRECTORY_LIMIT: Final = 1 << 16
_FAULTS: Final = (EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Caps:
    """What a file may become: bytes after unpacking, and how many times as large as it arrived."""

    mebibytes: int
    ratio: int

    def refuse(self, size: int, what: str = "the file is") -> None:
        """Refuse a size in bytes that is too large."""
        if size > self.mebibytes << 20:
            remedy = "split it, or raise max_file_mebibytes in [night] of belnota.toml"
            raise FileRefused("too_large", f"{what} larger than {self.mebibytes} MiB; {remedy}")


def packing_of(path: Path) -> str | None:
    """Return gzip, zip or zstd by the first bytes of a file; None for any other file."""
    with path.open("rb") as stream:
        return _packing(stream.read(4))


def _packing(head: bytes) -> str | None:
    return next((name for signature, name in _SIGNATURES.items() if head.startswith(signature)), None)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a raw file's content for reading, whether it is packed or not.

    A damaged packing raises FileRefused, here or while it is read. No caps: for files that `unpack` let through.
    """
    packing = packing_of(path)
    with path.open("rb") as raw:
        if packing is None:
            yield raw
            return
        with _named(packing):
            if packing == "gzip":
                with gzip.open(raw) as stream:
                    yield cast(BinaryIO, stream)
            elif packing == "zip":
                _refuse_odd_directory(raw)
                with zipfile.ZipFile(raw) as archive, archive.open(_only_member(archive)) as member:
                    yield cast(BinaryIO, member)
            else:
                with pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd") as stream:
                    yield cast(BinaryIO, io.BufferedReader(stream))


def content_bytes(path: Path) -> bytes:
    """Return the whole content of a raw file, unpacked if need be; see `opened`."""
    with opened(path) as stream:
        return stream.read()


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a raw file's content, unpacked if need be; FileRefused when its packing is damaged."""
    digest = hashlib.sha256()
    with opened(path) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def unpack(source: Path, target: Path, caps: Caps) -> str:
    """Write the content of a packed file to `target`; returns its SHA-256.

    Refused by name: damaged, cut or followed by other bytes (`gzip`, `zip`, `zstd`), a zip of other than one plain
    file, packed once more inside, larger than the caps allow (`too_large`, `ratio`). A refusal leaves no target.
    """
    packing, arrived = packing_of(source) or "nothing", source.stat().st_size
    digest, size = hashlib.sha256(), 0
    try:
        with opened(source) as stream, target.open("wb") as out:
            while piece := stream.read(_PIECE):
                if size == 0:
                    _refuse_nested(packing, piece)
                size += len(piece)
                _refuse_bomb(size, arrived, caps)
                digest.update(piece)
                out.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def _refuse_nested(packing: str, head: bytes) -> None:
    if inner := _packing(head):
        raise FileRefused(packing, f"inside the {packing} is a {inner} file once more; pack it once only")


def _refuse_bomb(size: int, arrived: int, caps: Caps) -> None:
    caps.refuse(size, "unpacked, the file is")
    if size > max(_RATIO_FROM, arrived * caps.ratio):
        said = f"unpacked it is more than {caps.ratio} times as large as it arrived"
        remedy = "send it unpacked, or raise max_ratio in [night] of belnota.toml"
        raise FileRefused("ratio", f"{said}, as no file of calls is; {remedy}")


@contextmanager
def _named(packing: str) -> Iterator[None]:
    """Turn what a damaged packing raises into a refusal; a fault of the disk stays what it is."""
    try:
        yield
    except _FAULTS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        sentence = f"the {packing} is cut, damaged or followed by other bytes; ask for it again"
        raise FileRefused(packing, sentence) from None


def _refuse_odd_directory(raw: BinaryIO) -> None:
    """Judge a zip by the record at its very end, before any of its directory is read into memory."""
    size = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, size - _END_OF_DIRECTORY.size - 0xFFFF))
    tail = raw.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_OF_DIRECTORY.size:
        raise zipfile.BadZipFile
    _, _, _, _, count, length, start, comment = _END_OF_DIRECTORY.unpack_from(tail, place)
    if count != 1:
        raise FileRefused("zip", f"the zip holds {count} files; send each file in a zip of its own")
    begins_at = size - len(tail) + place
    is_whole = len(tail) == place + _END_OF_DIRECTORY.size + comment and start + length == begins_at
    if not is_whole or length > _DIRECTORY_LIMIT:
        raise zipfile.BadZipFile
    raw.seek(0)


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one plain file in a zip. Its name is never used."""
    (member,) = archive.infolist()
    if member.header_offset:
        raise zipfile.BadZipFile
    if member.is_dir() or member.external_attr >> 28 not in (0, 8):  # Unix: a plain file, or nothing said
        raise FileRefused("zip", "the zip holds a folder or a link, not a plain file; pack the file itself")
    if member.flag_bits & 1:
        raise FileRefused("zip", "the zip is locked with a password; send it without")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileRefused("zip", "the zip is packed in a rare way; pack it with deflate, as every program can")
    return member
