"""Quotes that change nothing: around a whole field, with neither a quote nor a delimiter inside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LF, _CR = b"\n\r"

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def lines_with_other_quotes(body: Bytes, ends: Places, *, delimiter: int, quote: int) -> Places:
    """Return the lines (from 0, some more than once) that hold any other quote; `ends` are the places of line ends.

    In all other lines the quotes may be left out: `1;"a";""` says `1;a;`.
    """
    quotes = np.flatnonzero(body == quote)
    lines = np.searchsorted(ends, quotes)
    counts = np.bincount(lines, minlength=ends.size)
    before = np.cumsum(counts) - counts
    opens = (np.arange(quotes.size) - before[lines]) % 2 == 0
    behind = np.searchsorted(np.flatnonzero(body == delimiter), quotes)
    is_right = np.where(
        opens,
        _is_edge(body, quotes - 1, delimiter) & (behind == np.append(behind[1:], -1)),
        _is_edge(body, quotes + 1, delimiter),
    )
    return np.concatenate((lines[~is_right], np.flatnonzero(counts % 2)))


def _is_edge(body: Bytes, places: Places, delimiter: int) -> Mask:
    """Return whether a place is beside a field: a delimiter, a line end, or before the first byte (-1)."""
    values = body[places]  # that of -1 is the last one, a line end
    is_edge: Mask = (values == delimiter) | (values == _LF)
    following = body[np.minimum(places + 1, body.size - 1)]
    is_edge |= (values == _CR) & (following == _LF)
    return is_edge
