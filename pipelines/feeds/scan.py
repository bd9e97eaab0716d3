"""Bytes to numbered lines, suspiciously: nothing is guessed, and a file that is not plain text is refused by name."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.result import Check, FileRefused, judge

_SIGNATURES = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"%PDF", "PDF"),
    (b"PAR1", "Parquet"),
)
_WIDE = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
_CONTROL = r"[\x00-\x08\x0A-\x1F\x7F]"  # all but the tab
MAX_LINE: Final = 1 << 16
"""Bytes in the longest line that is looked at any further (BroadWorks' longest have some 10,000)."""
END_OF_FILE = "\x1a"  # Ctrl-Z, which old DOS programs put at the end


@dataclass(frozen=True)
class Scanned:
    """The lines of a file: `lines` (line_number, text, is_cut) without blank and bad ones.

    `is_cut` marks a last line without a line end: complete perhaps, perhaps cut in the middle.
    """

    lines: pl.DataFrame
    rejects: pl.DataFrame
    total: int
    blank: int


def scan(content: bytes, encoding: str, *, longest: int = MAX_LINE) -> Scanned:
    """Part a file into numbered lines; both line ends, a byte order mark and no end at all are fine.

    Lines with control characters, and lines of more than `longest` bytes, are rejects; of the latter the beginning is
    kept.
    Refused whole: empty, not text (gzip, UTF-16 …), not in the declared encoding, or with line ends that no format
    here has.
    """
    return checked(lines_in(begun(content, encoding), encoding), longest=longest)


def begun(content: bytes, encoding: str) -> bytes:
    """Return the beginning of a file without its byte order mark; FileRefused when a file does not begin so."""
    if not content:
        raise FileRefused("empty", "the file is empty; ask for it again")
    _refuse_binary(content)
    if content.startswith(codecs.BOM_UTF8):
        content = content.removeprefix(codecs.BOM_UTF8)
        if codecs.lookup(encoding).name != "utf-8":
            raise FileRefused("encoding", f"the file says it is UTF-8 but this feed's files are {encoding}")
        if not content:
            raise FileRefused("empty", "the file holds a byte order mark and nothing else; ask for it again")
    if b"\n" not in content and b"\r" in content.rstrip(b"\r\n"):
        raise FileRefused("line_ends", "the lines end in CR only; send the file with LF or CRLF line ends")
    return content


def lines_in(content: bytes, encoding: str, *, after: int = 0) -> pl.DataFrame:
    """Return the lines (line_number, text, is_cut) of a file, or of the part of it that follows `after` lines.

    FileRefused when they are not in the encoding.
    """
    texts = _decoded(content, encoding, after).str.split("\n").explode()
    is_cut = texts[-1] != ""
    if not is_cut:
        texts = texts.head(-1)
    return pl.select(
        text=texts.str.strip_suffix("\r"),
        line_number=pl.int_range(after + 1, after + texts.len() + 1, dtype=pl.Int64),
    ).with_columns(is_cut=pl.lit(is_cut) & (pl.col("line_number") == after + texts.len()))


def checked(lines: pl.DataFrame, *, longest: int = MAX_LINE) -> Scanned:
    """Tell blank and bad lines from the others."""
    written = lines.filter(pl.col("text").str.strip_chars(" \t") != "")
    good, rejects = judge(written, _line_checks(longest))
    return Scanned(good, _cut_short(rejects), total=lines.height, blank=lines.height - written.height)


def _cut_short(rejects: pl.DataFrame) -> pl.DataFrame:
    line = pl.col("raw_line")
    is_long = pl.col("reason") == "too_long"
    return rejects.with_columns(raw_line=pl.when(is_long).then(line.str.slice(0, 200) + "…").otherwise(line))


def _line_checks(longest: int) -> list[Check]:
    text = pl.col("text")
    bytes_long = text.str.len_bytes().cast(pl.String)
    found = text.str.extract(f"({_CONTROL})").str.encode("hex").str.to_uppercase()
    return [
        Check(
            "too_long",
            text.str.len_bytes() > longest,
            pl.lit("the line has ") + bytes_long + pl.lit(f" bytes; no record has more than {longest}"),
        ),
        Check("trailing_bytes", text.str.contains(f"^{END_OF_FILE}+$"), pl.lit("a Ctrl-Z is no record")),
        Check(
            "control_characters",
            text.str.contains(_CONTROL),
            pl.lit("control character 0x") + found + pl.lit(" in the line"),
        ),
    ]


def _decoded(content: bytes, encoding: str, after: int) -> pl.Series:
    """Return the whole text as one value."""
    if codecs.lookup(encoding).name in ("utf-8", "ascii") and content.isascii():
        return pl.Series([content], dtype=pl.Binary).cast(pl.String)
    return pl.Series([decoded(content, encoding, after)], dtype=pl.String)


def decoded(content: bytes, encoding: str, after: int) -> str:
    """Return the text of what follows `after` lines of a file; FileRefused names the first line not in `encoding`."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = after + content.count(b"\n", 0, error.start) + 1
        value = content[error.start]
        raise FileRefused(
            "encoding", f"line {line}: byte 0x{value:02X} is not {encoding}; send the file as {encoding}"
        ) from None


def _refuse_binary(content: bytes) -> None:
    for signature, name in _WIDE:
        if content.startswith(signature):
            raise FileRefused("encoding", f"the file is {name}; send it in the encoding that its feed declares")
    for signature, name in _SIGNATURES:
        if content.startswith(signature):
            raise FileRefused("binary", f"the file is {name}, not text; unpack it and put it in the inbox again")
    head = content[:4096]
    if 4 * head.count(0) >= len(head):
        raise FileRefused(
            "binary",
            "a quarter of the file's start is zero bytes: it is not text, or it is UTF-16; ask for it as UTF-8",
        )
