"""The plain lines of a delimited file: as many columns as the header says, no quote that means anything, nothing odd.

Nearly all lines are so, and Polars' own CSV reader may have them. Which they are is decided here, byte by byte, so that
it has nothing left to guess: every other line goes the careful way (`fields.with_fields`), and both ways agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from pipelines.feeds.fields import MAX_COLUMNS
from pipelines.feeds.plain_quotes import Bytes, Mask, Places, lines_with_other_quotes
from pipelines.feeds.scan import MAX_LINE

_LF, _CR, _TAB, _SPACE, _DELETE = b"\n\r\t \x7f"
_NO_SEPARATOR: Final = "\x01"  # in no plain line, so that a line is one column
_BEGINNING: Final = 16


@dataclass(frozen=True)
class PlainShape:
    """What a plain line is. Lines that begin like one of `others` (framing, headings) are not, nor the first `skip`."""

    delimiter: str
    quote: str
    columns: int
    others: tuple[bytes, ...] = ()
    skip: int = 0
    takes_all: bool = True
    """Whether bytes beyond ASCII are the same text in UTF-8."""

    @property
    def is_possible(self) -> bool:
        """Whether any line can be plain: one column leaves nothing to count."""
        marks = (self.delimiter, *self.quote)
        return 2 <= self.columns <= MAX_COLUMNS and all(mark.isascii() for mark in marks)


@dataclass(frozen=True)
class PlainParted:
    """The lines of a block: plain ones and odd ones as bytes, and of each the line numbers, in order."""

    plain: bytes
    numbers: pl.Series
    odd: bytes
    odd_numbers: pl.Series


def part_plain(content: bytes, shape: PlainShape, *, after: int) -> PlainParted:
    """Part a block, which `after` lines stand before, into its plain lines and the others.

    A last line without a line end is never plain.
    """
    raw = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(raw == _LF)
    size = int(ends[-1]) + 1 if ends.size else 0
    is_odd = _odd(raw[:size], ends, shape, after) if size else np.zeros(0, bool)
    if size and _has_strange(content, shape):
        is_odd[np.searchsorted(ends, np.flatnonzero(_strange(raw[:size], ends, shape)))] = True
    plain, odd = _runs(content, ends, is_odd)
    numbers = np.arange(after + 1, after + 1 + ends.size)
    tail = [after + ends.size + 1] if size < len(content) else []
    return PlainParted(
        plain=plain.replace(b"\r\n", b"\n") if b"\r" in plain else plain,
        numbers=pl.Series(numbers[~is_odd], dtype=pl.Int64),
        odd=odd + content[size:],
        odd_numbers=pl.Series([*numbers[is_odd].tolist(), *tail], dtype=pl.Int64),
    )


def plain_rows(parted: PlainParted, shape: PlainShape, places: dict[str, int]) -> pl.DataFrame:
    """Return line_number, text and the columns at some places (from 0) of plain lines, all as texts."""
    values = parted.plain.translate(None, shape.quote.encode()) if shape.quote else parted.plain
    columns = _read(values, shape.delimiter, sorted(places.values()))
    named = columns.select(pl.col(f"column_{place}").alias(name) for name, place in places.items())
    text = _read(parted.plain, _NO_SEPARATOR, [0]).to_series()
    return named.with_columns(line_number=parted.numbers, text=text)


def _read(plain: bytes, separator: str, places: list[int]) -> pl.DataFrame:
    frame = pl.read_csv(
        plain,
        has_header=False,
        separator=separator,
        columns=places,
        quote_char=None,
        infer_schema=False,
        empty_string_is_null=False,
    )
    return frame.rechunk()


def _odd(body: Bytes, ends: Places, shape: PlainShape, after: int) -> Mask:
    """Return which lines are not plain; `body` ends with a line end."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    delimiter = ord(shape.delimiter)
    # counts beyond 16 bits begin anew, but such lines are too long anyway
    is_odd: Mask = np.add.reduceat(body == delimiter, starts, dtype=np.uint16) != shape.columns - 1
    is_odd |= ends - starts > MAX_LINE
    for beginning in shape.others:
        is_odd[_begins(body, starts, beginning[:_BEGINNING])] = True
    if delimiter in (_TAB, _SPACE):  # blank lines have columns then
        is_odd |= ~np.logical_or.reduceat(body > _SPACE, starts)
    if shape.quote and (body == ord(shape.quote)).any():
        is_odd[lines_with_other_quotes(body, ends, delimiter=delimiter, quote=ord(shape.quote))] = True
    is_odd[: max(shape.skip - after, 0)] = True
    return is_odd


def _strange(body: Bytes, ends: Places, shape: PlainShape) -> Mask:
    """Return which bytes no plain line has: control characters, and what is not the same text in UTF-8."""
    strange: Mask = (body < _SPACE) & (body != _LF) & (body != _TAB)
    last = ends[ends > 0] - 1
    strange[last[body[last] == _CR]] = False
    strange |= body == _DELETE
    return strange if shape.takes_all else strange | (body > _DELETE)


def _has_strange(content: bytes, shape: PlainShape) -> bool:
    """Return whether any byte can be strange: most often none is, and this is soon said."""
    usual = bytes(range(_SPACE, _DELETE)) + b"\n\t" + (bytes(range(_DELETE + 1, 256)) if shape.takes_all else b"")
    left = content.translate(None, usual)
    returns = left.count(b"\r")
    return returns < len(left) or (returns > 0 and returns != content.count(b"\r\n"))


def _begins(body: Bytes, starts: Places, beginning: bytes) -> Places:
    """Return which lines begin so."""
    lines = np.arange(starts.size)
    for place, value in enumerate(beginning):
        lines = lines[body[np.minimum(starts[lines] + place, body.size - 1)] == value]
    return lines


def _runs(content: bytes, ends: Places, is_odd: Mask) -> tuple[bytes, bytes]:
    """Return the plain lines and the odd ones, each put together from runs of lines."""
    if not is_odd.size:
        return b"", b""
    edges = [0, *(np.flatnonzero(np.diff(is_odd)) + 1).tolist(), is_odd.size]
    places = [0, *(ends[np.array(edges[1:]) - 1] + 1).tolist()]
    whole = memoryview(content)
    runs = [whole[start:end] for start, end in pairwise(places)]
    first, second = b"".join(runs[::2]), b"".join(runs[1::2])
    return (second, first) if is_odd[0] else (first, second)
