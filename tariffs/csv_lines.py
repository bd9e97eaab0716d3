"""Cut a delimited text into fields, exactly: nothing is guessed, padded or dropped, and every line keeps its number.

Python's csv in strict mode cuts; its fields are joined again by a character that no text may hold, and Polars splits
them into columns. That is five times quicker than handing each field over as a Python object.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

import polars as pl

from tariffs.deck import Fault

_JOINT: Final = "\x1f"
"""Between the fields of a line; no text that is let through holds it."""
LINE: Final = f"{_JOINT}line"
"""The column of line numbers, named as no column of a file can be."""
_CONTROL: Final = bytes(code for code in range(128) if (code < 32 and code not in b"\t\n\r") or code == 127)
_NO_CONTROL: Final = bytes(set(range(256)) - set(_CONTROL))
_EXPORT_AGAIN: Final = "export it again as CSV in UTF-8"
_CUT_OFF: Final = "the file may be cut off; take the whole file"
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a file is written; an empty `quote` means that quotes are ordinary characters."""

    separator: str = ","
    quote: str = '"'
    space_after_separator: bool = False
    encoding: str = "utf-8"
    skip_lines: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """The lines of a file that hold something: `LINE` (from 1) and `fields`, the fields with a joint between them."""

    lines: pl.DataFrame
    separator: str

    @property
    def header(self) -> list[str]:
        """Return the fields of the first line, trimmed."""
        return [name.strip() for name in str(self.lines["fields"][0]).split(_JOINT)]

    def columns(self, names: list[str], file: str, *, after_header: bool) -> tuple[pl.DataFrame, list[Fault]]:
        """Return `LINE` and a text column per name, trimmed, null where empty; a line of another length is a fault."""
        body = self.lines.slice(1 if after_header else 0)
        width = len(names)
        count = pl.col("fields").str.count_matches(_JOINT, literal=True).cast(pl.Int64) + 1
        uneven = body.select(LINE, count=count).filter(pl.col("count") != width)
        if uneven.height:
            wanted = f"{'the header' if after_header else 'each line'} has {width}"
            comma = ", and decimals stand after a point" if self.separator == "," else ""
            more = f"; a value with {self.separator!r} in it stands between double quotes{comma}"
            return pl.DataFrame(), [
                Fault(file, line, None, None, f"this line has {_count(found)}, {wanted}{more if found > width else ''}")
                for line, found in uneven.iter_rows()
            ]
        split = pl.col("fields").str.split_exact(_JOINT, width - 1).struct.rename_fields(names)
        texts = body.select(LINE, split).unnest("fields").with_columns(pl.col(names).str.strip_chars())
        return texts.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names), []


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"


def cut(content: bytes, file: str, style: CsvStyle) -> Cut | Fault:
    """Cut a file into lines of fields, or say what makes it no whole text of that style."""
    text = _text_of(content, file, style.encoding)
    if isinstance(text, Fault):
        return text
    stream = io.StringIO(text, newline="")
    for _ in range(style.skip_lines):
        stream.readline()
    reader = csv.reader(
        stream,
        delimiter=style.separator,
        quotechar=style.quote or None,
        quoting=csv.QUOTE_MINIMAL if style.quote else csv.QUOTE_NONE,
        skipinitialspace=style.space_after_separator,
        strict=True,
    )
    numbers: list[int] = []
    fields: list[str] = []
    try:
        for row in reader:
            if row:
                numbers.append(style.skip_lines + reader.line_num)
                fields.append(_JOINT.join(row))
    except csv.Error as error:
        # A quote that is never closed is noticed far below; the row began after the last good one.
        line = (numbers[-1] if numbers else style.skip_lines) + 1
        return Fault(file, line, None, None, f"this line is not CSV ({error}); close each quote, double those inside")
    lines = pl.DataFrame({LINE: numbers, "fields": fields}, schema={LINE: pl.Int64, "fields": pl.String})
    return Cut(lines, style.separator)


def _text_of(content: bytes, file: str, encoding: str) -> str | Fault:
    """Return the text; half a file, other encodings and damage are faults.

    A byte order mark is harmless. A last line without an end is where a copy was broken off: the price in it may be
    the first half of a price.
    """
    if content.startswith(_WIDE_MARKS):
        return Fault(file, 1, None, None, f"this is UTF-16 text, not UTF-8; {_EXPORT_AGAIN}")
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if error.reason == "unexpected end of data":
            return Fault(file, line, None, None, f"the file ends within a letter: {_CUT_OFF}")
        told = f"this is not {encoding.upper()} text (byte {content[error.start]:#04x}); {_EXPORT_AGAIN}"
        return Fault(file, line, None, None, told)
    if found := content.translate(None, delete=_NO_CONTROL)[:1]:
        line = content[: content.index(found)].count(b"\n") + 1
        named = "a NUL byte" if found == b"\0" else f"the control character {found.decode()!r}"
        return Fault(file, line, None, None, f"this line holds {named}: the file is damaged; {_EXPORT_AGAIN}")
    if text and not text.endswith(("\n", "\r")):
        lines = sum(1 for _ in io.StringIO(text, newline=""))
        return Fault(file, lines, None, None, f"the last line does not end: {_CUT_OFF}, or end the line with Enter")
    return text
