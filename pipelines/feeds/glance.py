"""What a raw file looks like before anything is believed about it: for people who write a mapping."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

_DELIMITERS: Final = (",", ";", "\t", "|")
_QUOTED: Final = re.compile('"[^"]*"')
_LINES: Final = 1_000
_HEAD: Final = 1 << 20
_SHOWN: Final = 1_000


@dataclass(frozen=True)
class Glance:
    """Size, encoding and line ends of a file; its likeliest delimiter and how many columns most lines then have.

    `fits` of `looked_at` first lines have that many columns; what stands in double quotes does not count. A delimiter
    of "" means that none was found, and `columns` is then how many characters most lines have.
    """

    size_bytes: int
    lines: int
    encoding: str
    line_ends: str
    delimiter: str
    columns: int
    fits: int
    looked_at: int
    first_line: str


def glance(content: bytes) -> Glance:
    """Look at a raw file; nothing is refused here."""
    lines = content[:_HEAD].decode("latin-1").split("\n", _LINES)[:_LINES]
    head = [line.rstrip("\r") for line in lines if line.strip()]
    delimiter, columns, fits = max((_columns(head, mark) for mark in _DELIMITERS), key=_likely)
    if columns < 2:
        widths = Counter(map(len, head)).most_common(1)
        delimiter, columns, fits = "", *(widths[0] if widths else (0, 0))
    return Glance(
        size_bytes=len(content),
        lines=content.count(b"\n") + (content[-1:] not in (b"", b"\n")),
        encoding=_encoding(content),
        line_ends=_line_ends(content),
        delimiter=delimiter,
        columns=columns,
        fits=fits,
        looked_at=len(head),
        first_line=_first_line(content),
    )


def _first_line(content: bytes) -> str:
    head = content[:_HEAD].removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")
    return head[:_SHOWN].decode("utf-8", errors="replace")


def _columns(lines: list[str], delimiter: str) -> tuple[str, int, int]:
    counts = Counter(_QUOTED.sub("", line).count(delimiter) + 1 for line in lines)
    columns, fits = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return delimiter, columns, fits


def _likely(found: tuple[str, int, int]) -> tuple[bool, int, int]:
    _, columns, fits = found
    return columns > 1, fits, columns


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    mark = " with byte order mark" if content.startswith(codecs.BOM_UTF8) else ""
    if content.isascii():
        return "ASCII"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8; iso-8859-1 or windows-1252, if it is text"
    return f"UTF-8{mark}"


def _line_ends(content: bytes) -> str:
    both, feeds = content.count(b"\r\n"), content.count(b"\n")
    if not feeds:
        return "CR" if content.count(b"\r") else "none"
    name = "LF" if not both else "CRLF" if both == feeds else "LF and CRLF"
    return name if content.endswith(b"\n") else f"{name}, none after the last line"
