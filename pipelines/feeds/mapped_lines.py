"""The lines of a mapped file: which are framing, what the trailer says, and the columns of the rest."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from pipelines.feeds.fields import field as field_at
from pipelines.feeds.fields import shape_checks, with_fields, with_tolerant_fields
from pipelines.feeds.mapping_model import FeedMapping, Layout
from pipelines.feeds.plain_lines import PlainShape, part_plain, plain_rows
from pipelines.feeds.result import Check, FileRefused, as_rejects, judge
from pipelines.feeds.scan import Scanned, checked, decoded, lines_in
from pipelines.feeds.trailer import Stated, refuse_other_totals, stated_in

COLUMN: Final = "csv:"  # before the file's own column names, so that they can never be one of ours
_HEAD: Final = 64
_AS_ASCII: Final = ("iso8859-", "cp125", "cp437", "cp85", "ascii")
"""Beginnings of the names of encodings in which each ASCII character is its byte, and nothing else is."""


def text(column: str) -> pl.Expr:
    """Return the text of one of the file's columns."""
    return pl.col(COLUMN + column)


@dataclass(frozen=True)
class Columns:
    """Where a delimited file has its columns: the place of each, how many there are, and which lines are headings."""

    places: Mapping[str, int] = field(default_factory=dict)
    count: int = 0
    expected: str = ""
    headings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The lines of a block: `named` have the shape of this file, each column as a text (`text`); others are rejects."""

    named: pl.DataFrame
    rejects: pl.DataFrame
    lines: int
    framing: int
    sequence: int | None = None


def beginning_of(content: bytes, blocks: Iterator[bytes], mapping: FeedMapping) -> tuple[Columns, bytes]:
    """Return the columns of a file, and its first block; it is made longer when the headings do not stand in it.

    FileRefused when there is no header, or not the one that the mapping names.
    """
    layout = mapping.layout
    if layout.spans:
        return Columns(), content
    if layout.names:
        places = {name: place for place, name in enumerate(layout.names) if name}
        return Columns(places, len(layout.names), f"{len(layout.names)} in its mapping"), content
    while True:
        lines = _heading_lines(content, layout)
        if lines.height > layout.rows_after_header or not (more := next(blocks, b"")):
            return _columns(lines, mapping), content
        content += more


def _heading_lines(content: bytes, layout: Layout) -> pl.DataFrame:
    """Return the lines that may be headings: of the beginning only, if they are all there."""
    end = 0
    for _ in range(layout.skip_lines + layout.rows_after_header + _HEAD):
        end = content.find(b"\n", end) + 1
        if not end:
            break
    if end:
        lines = _body(checked(lines_in(content[:end], layout.encoding)).lines, layout)
        if lines.height > layout.rows_after_header:
            return lines
    return _body(checked(lines_in(content, layout.encoding)).lines, layout)


def _columns(lines: pl.DataFrame, mapping: FeedMapping) -> Columns:
    if lines.is_empty():
        raise FileRefused("header", f"there is no header line; needed are {', '.join(mapping.columns)}")
    header, count, places = _header(_split(lines.head(1), mapping.layout), mapping)
    headings = (header, *lines["text"].slice(1, mapping.layout.rows_after_header))
    return Columns(places, count, f"{count} in its header", headings)


def rows_of(content: bytes, mapping: FeedMapping, columns: Columns, *, after: int = 0) -> Rows:
    """Part the lines of a block, which `after` lines stand before; the plain ones are read the fast way.

    FileRefused when a trailer is not what the mapping says (then the block is the whole file), or when the block is not
    in the file's encoding.
    """
    layout = mapping.layout
    shape = _plain(layout, columns)
    if layout.spans or layout.trailer or not shape.is_possible:
        return _careful_rows(checked(lines_in(content, layout.encoding, after=after)), mapping, columns)
    if not content.isascii():
        decoded(content, layout.encoding, after)
    parted = part_plain(content, shape, after=after)
    if parted.numbers.is_empty():
        return _careful_rows(checked(lines_in(content, layout.encoding, after=after)), mapping, columns)
    named = _filled_rows(plain_rows(parted, shape, dict(columns.places)), columns, layout)
    if parted.odd_numbers.is_empty():
        return Rows(named, as_rejects(), named.height, 0)
    lines = lines_in(parted.odd, layout.encoding).with_columns(line_number=parted.odd_numbers)
    odd = _careful_rows(checked(lines), mapping, columns)
    both = pl.concat([named, odd.named.select(named.columns)]).sort("line_number") if odd.named.height else named
    return Rows(both, odd.rejects, named.height + odd.lines, odd.framing)


def _plain(layout: Layout, columns: Columns) -> PlainShape:
    encoding = codecs.lookup(layout.encoding).name
    is_utf8 = encoding == "utf-8"
    if not is_utf8 and not encoding.startswith(_AS_ASCII):
        return PlainShape(layout.delimiter, layout.quote, 0)
    others = (*layout.framing, *columns.headings)
    return PlainShape(
        layout.delimiter,
        layout.quote,
        columns.count,
        others=(codecs.BOM_UTF8, *(line.encode(layout.encoding) for line in others)),
        skip=layout.skip_lines,
        takes_all=is_utf8,
    )


def _filled_rows(rows: pl.DataFrame, columns: Columns, layout: Layout) -> pl.DataFrame:
    named = {COLUMN + name: _filled(pl.col(name), layout) for name in columns.places}
    return rows.select("line_number", "text", **named)


def _careful_rows(scanned: Scanned, mapping: FeedMapping, columns: Columns) -> Rows:
    """Part lines one by one, suspiciously."""
    layout = mapping.layout
    lines, stated = _without_trailer(_past_skipped(scanned.lines, layout), layout)
    body = _without_framing(lines, layout)
    if layout.spans:
        named, checks = _cut(body, layout)
    else:
        body = _split(body.filter(~pl.col("text").is_in(list(columns.headings))), layout)
        named = _named(body, layout, columns.places)
        checks = shape_checks(pl.col("columns") == columns.count, columns.expected)
    if stated and layout.trailer:
        spoilt = int((scanned.rejects["reason"] != "trailing_bytes").sum())
        values = named[COLUMN + layout.trailer.column] if layout.trailer.column else pl.Series([], dtype=pl.String)
        refuse_other_totals(stated, layout.trailer, count=body.height + spoilt, values=values)
    shaped, misshapen = judge(named, checks)
    framing = scanned.blank + scanned.lines.height - body.height
    sequence = stated.sequence if stated else None
    return Rows(shaped, as_rejects(scanned.rejects, misshapen), scanned.total, framing, sequence)


def _past_skipped(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    return lines.filter(pl.col("line_number") > layout.skip_lines)


def _without_framing(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    if not layout.framing:
        return lines
    return lines.filter(~pl.any_horizontal(pl.col("text").str.starts_with(begin) for begin in layout.framing))


def _body(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return the lines among which the headings are the first."""
    last = 0 if layout.trailer is None else 1
    return _without_framing(_past_skipped(lines, layout).head(max(lines.height - last, 0)), layout)


def _without_trailer(lines: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, Stated | None]:
    if layout.trailer is None:
        return lines, None
    last = str(lines["text"][-1]) if lines.height else ""
    return lines.head(max(lines.height - 1, 0)), stated_in(last, layout.trailer)


def _split(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    split = with_tolerant_fields if layout.is_tolerant else with_fields
    return split(lines, delimiter=layout.delimiter, quote=layout.quote)


def _named(split: pl.DataFrame, layout: Layout, places: Mapping[str, int]) -> pl.DataFrame:
    columns = {name: field_at(place, quote=layout.quote) for name, place in places.items()}
    return split.with_columns(**{COLUMN + name: _filled(column, layout) for name, column in columns.items()})


def _filled(column: pl.Expr, layout: Layout) -> pl.Expr:
    plain = column.str.strip_chars(" ") if layout.trims else column
    return pl.when(plain.is_in(list(layout.empty))).then(pl.lit("")).otherwise(plain) if layout.empty else plain


def _cut(lines: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, list[Check]]:
    columns = {name: pl.col("text").str.slice(start, end - start) for name, (start, end) in layout.spans.items()}
    named = lines.with_columns(**{COLUMN + name: _filled(column, layout) for name, column in columns.items()})
    width, least = pl.col("text").str.len_chars(), max(end for _, end in layout.spans.values())
    fits = width == layout.width if layout.width else width >= least
    right = f"exactly {layout.width}" if layout.width else f"{least} or more"
    found = width.cast(pl.String) + pl.lit(f" characters; this format has {right}")
    return named, [
        Check("truncated", pl.col("is_cut") & ~fits, pl.lit("the file ends in the middle of this line")),
        Check("columns", ~fits, found),
    ]


def _header(split: pl.DataFrame, mapping: FeedMapping) -> tuple[str, int, dict[str, int]]:
    """Return the header line, how many columns it has, and the place of each column that the mapping needs."""
    layout = mapping.layout
    line = str(split["text"][0])
    count = int(split["columns"][0])
    names = [str(split.select(field_at(place, quote=layout.quote)).item()) for place in range(count)]
    missing = [name for name in mapping.columns if name not in names]
    if missing:
        raise FileRefused(
            "header", f"the header lacks {', '.join(missing)} (delimiter {layout.delimiter!r}): {line[:120]!r}"
        )
    twice = [name for name in mapping.columns if names.count(name) > 1]
    if twice:
        raise FileRefused("header", f"the header has {', '.join(twice)} more than once")
    return line, count, {name: names.index(name) for name in mapping.columns}
