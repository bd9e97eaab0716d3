"""Which columns a file has, from its first lines: a new version of a source's file shows in its header (D22).

Source: reliability.md 2b, D22. What the columns mean is the reader's business; this only names them.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds import asterisk, broadworks, freepbx_csv, uk_standard
from pipelines.feeds.fields import MAX_COLUMNS, field, with_fields
from pipelines.feeds.mapping import parse_mapping

HEAD: Final = 64 * 1024
"""So many bytes of a file are enough to name its columns."""
_LOOKED_AT: Final = 20
_FEWEST: Final = 16
"""Lines of fewer columns are markers or bad ones in all these formats."""
_COUNTED: Final = (asterisk.FORMAT, broadworks.FORMAT, freepbx_csv.FORMAT)
"""Formats whose files may have more columns at the end and no header that names them."""


def columns_of(feed: Feed, mapping_toml: str, head: bytes) -> tuple[str, ...]:
    """Return the columns that a file's first HEAD bytes name, sorted; none for formats that have no such thing.

    Columns without a header are called `column 1`, `column 2`, ….
    """
    if feed.format == "mapping":
        layout = parse_mapping(mapping_toml, feed.mapping, feed.timezone).layout
        if layout.names or layout.spans:
            return ()
        lines = _lines(head, layout.encoding, skip=layout.skip_lines)
        return _named(lines, delimiter=layout.delimiter, quote=layout.quote)
    lines = _lines(head, "utf-8")
    if feed.format == uk_standard.FORMAT:
        return _named(lines, delimiter=",", quote='"')
    if feed.format not in _COUNTED:
        return ()
    if feed.format == freepbx_csv.FORMAT and "calldate" in (named := _named(lines, delimiter=",", quote='"')):
        return named
    split = with_fields(pl.DataFrame({"text": lines[:_LOOKED_AT]}, {"text": pl.String}), delimiter=",", quote='"')
    usual = split.filter(pl.col("is_well_quoted") & (pl.col("columns") >= _FEWEST))["columns"].mode().max()
    return tuple(sorted(f"column {place + 1}" for place in range(usual))) if isinstance(usual, int) else ()


def _lines(head: bytes, encoding: str, *, skip: int = 0) -> list[str]:
    """Return the whole lines of the beginning of a file without the skipped ones, from the first that is not blank."""
    text = head.decode(encoding, "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    lines = text.split("\n")
    if len(head) == HEAD:
        lines = lines[:-1]
    lines = [line.removesuffix("\r") for line in lines[skip:]]
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    return lines[first:]


def _named(lines: list[str], *, delimiter: str, quote: str) -> tuple[str, ...]:
    """Return the names in the first line, each once, sorted."""
    split = with_fields(pl.DataFrame({"text": lines[:1]}, {"text": pl.String}), delimiter=delimiter, quote=quote)
    if split.is_empty() or not 1 < split["columns"][0] <= MAX_COLUMNS:
        return ()
    names = split.select(field(place, quote=quote).alias(str(place)) for place in range(split["columns"][0])).row(0)
    return tuple(sorted({name.strip() for name in names if name.strip()}))
