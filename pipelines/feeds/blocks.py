"""A file in blocks that end with a line, so that it is read and stored in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

BLOCK_BYTES: Final = 32 << 20
"""Bytes of a block; a line that is longer makes a longer one."""


def blocks_of(stream: BinaryIO, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield a file piece by piece, each ending with a line end, the last one perhaps not; nothing of an empty file."""
    begun: list[bytes] = []
    while piece := stream.read(size):
        end = piece.rfind(b"\n") + 1
        if not end:
            begun.append(piece)
            continue
        yield b"".join([*begun, piece[:end]])
        begun = [piece[end:]]
    if rest := b"".join(begun):
        yield rest
