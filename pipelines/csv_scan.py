"""CSV scanned as texts, with each line held to the number of fields in the header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import Refused

_BATCH: Final = 2_000
"""Rows of Python's csv that become columns at once; with more of them the garbage collector takes longer."""
_FIELD: Final = r'(?:[^",\r]*|"[^"\r]*")'
"""A field that every reader cuts alike: without quotes, or in quotes with none inside."""


def scan_texts(file: Path, needed: Sequence[str]) -> pl.LazyFrame:
    """Scan a CSV file (UTF-8, comma, header) in file order: `line`, where a row ends (Int64), and texts, empty as "".

    Polars silently fills up a line that is too short. So one pass first asks of every line whether it is just as
    many plain fields as the header. A file with any other line, be it only a blank one or a doubled quote, is read by
    Python's csv instead: as exactly, but slower, and into memory. A wrong line raises Refused with its number, as
    does a header without `needed`.
    """
    try:
        header = header_of(file, needed)
        if _is_plain(file, len(header)):
            return _scan_plain(file, header)
        return _read_odd(file, header)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{file} cannot be read: {' '.join(str(error).split())[:200]}") from None


def header_of(file: Path, needed: Sequence[str] = ()) -> list[str]:
    """Return the trimmed names in the first line of a CSV file; Refused when one of `needed` is not there."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = [name.strip() for name in next(csv.reader(stream, strict=True), [])]
    if not header:
        raise Refused(f"{file}, line 1: the file is empty; write a header line with {', '.join(needed)}")
    if len(set(header)) < len(header):
        raise Refused(f"{file}, line 1: a column is there twice: {', '.join(header)}")
    refuse_missing(file, needed, header)
    return header


def refuse_missing(file: Path, needed: Sequence[str], there: Sequence[str]) -> None:
    """Refuse a file without one of the needed columns, naming those that are there."""
    missing = [name for name in needed if name not in there]
    if missing:
        raise Refused(f"{file}: no column {', '.join(missing)}; the columns there are {', '.join(there)}")


def _is_plain(file: Path, width: int) -> bool:
    """Return whether every line, the header too, is `width` plain fields; not so either when it is no UTF-8."""
    pattern = f"^{_FIELD}(?:,{_FIELD}){{{width - 1}}}$"
    lines = pl.scan_lines(file, name="text", glob=False).select(pl.col("text").str.contains(pattern).all())
    try:
        return bool(lines.collect(engine="streaming").item())
    except pl.exceptions.ComputeError:
        return False


def _scan_plain(file: Path, header: list[str]) -> pl.LazyFrame:
    table = pl.scan_csv(
        file,
        infer_schema=False,
        empty_string_is_null=False,
        new_columns=[str(place) for place in range(len(header))],
        row_index_name="line",
        row_index_offset=2,
        glob=False,
    )
    return _named(table, header)


def _named(table: pl.LazyFrame, header: list[str]) -> pl.LazyFrame:
    """Return `line` and the columns by name; one that is called line itself is left out, for it is not the line."""
    named = {name: pl.col(str(place)) for place, name in enumerate(header) if name != "line"}
    return table.select(pl.col("line").cast(pl.Int64), **named)


def _rows(file: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line on which it ends."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        next(reader)
        for row in reader:
            if row and len(row) != width:
                raise Refused(f"{file}, line {reader.line_num}: {len(row)} fields, the header has {width}")
            if row:
                yield reader.line_num, row


def _read_odd(file: Path, header: list[str]) -> pl.LazyFrame:
    schema = {"line": pl.Int64(), **{str(place): pl.String() for place in range(len(header))}}
    rows, parts = _rows(file, len(header)), [pl.DataFrame(schema=schema)]
    while batch := list(islice(rows, _BATCH)):
        lines, texts = zip(*batch, strict=True)
        parts.append(pl.DataFrame([lines, *zip(*texts, strict=True)], schema=schema))
    return _named(pl.concat(parts, rechunk=True).lazy(), header)
