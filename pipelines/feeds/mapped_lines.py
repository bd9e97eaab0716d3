"""The lines of a mapped file: which are framing, what the trailer says, and the columns of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.fields import field, shape_checks, with_fields, with_tolerant_fields
from pipelines.feeds.mapping_model import FeedMapping, Layout
from pipelines.feeds.result import Check, FileRefused, judge
from pipelines.feeds.scan import Scanned
from pipelines.feeds.trailer import Stated, refuse_other_totals, stated_in

COLUMN: Final = "csv:"  # before the file's own column names, so that they can never be one of ours


def text(column: str) -> pl.Expr:
    """Return the text of one of the file's columns."""
    return pl.col(COLUMN + column)


@dataclass(frozen=True)
class Rows:
    """Lines that have the shape of this file, each column as a text (`text`); the others are rejects."""

    named: pl.DataFrame
    misshapen: pl.DataFrame
    framing: int
    sequence: int | None


def rows_of(scanned: Scanned, mapping: FeedMapping) -> Rows:
    """Part the lines of a file; FileRefused when its header or trailer is not what the mapping says."""
    layout = mapping.layout
    lines, stated = _without_trailer(scanned.lines.filter(pl.col("line_number") > layout.skip_lines), layout)
    if layout.framing:
        lines = lines.filter(~pl.any_horizontal(pl.col("text").str.starts_with(begin) for begin in layout.framing))
    if layout.spans:
        body, named, checks = lines, *_cut(lines, layout)
    elif layout.names:
        body = _split(lines, layout)
        named = _named(body, layout, {name: place for place, name in enumerate(layout.names) if name})
        checks = shape_checks(pl.col("columns") == len(layout.names), f"{len(layout.names)} in its mapping")
    else:
        body, named, checks = _with_header(lines, mapping)
    if stated and layout.trailer:
        spoilt = int((scanned.rejects["reason"] != "trailing_bytes").sum())
        values = named[COLUMN + layout.trailer.column] if layout.trailer.column else pl.Series([], dtype=pl.String)
        refuse_other_totals(stated, layout.trailer, count=body.height + spoilt, values=values)
    shaped, misshapen = judge(named, checks)
    framing = scanned.blank + scanned.lines.height - body.height
    return Rows(shaped, misshapen, framing, stated.sequence if stated else None)


def _without_trailer(lines: pl.DataFrame, layout: Layout) -> tuple[pl.DataFrame, Stated | None]:
    if layout.trailer is None:
        return lines, None
    last = str(lines["text"][-1]) if lines.height else ""
    return lines.head(max(lines.height - 1, 0)), stated_in(last, layout.trailer)


def _split(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    split = with_tolerant_fields if layout.is_tolerant else with_fields
    return split(lines, delimiter=layout.delimiter, quote=layout.quote)


def _named(split: pl.DataFrame, layout: Layout, places: dict[str, int]) -> pl.DataFrame:
    columns = {name: field(place, quote=layout.quote) for name, place in places.items()}
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


def _with_header(lines: pl.DataFrame, mapping: FeedMapping) -> tuple[pl.DataFrame, pl.DataFrame, list[Check]]:
    """Find the header, which may come again further on, as may the rows after it; both are framing."""
    layout = mapping.layout
    if lines.is_empty():
        raise FileRefused("header", f"there is no header line; needed are {', '.join(mapping.columns)}")
    header, count, places = _header(_split(lines.head(1), layout), mapping)
    heading = [header, *lines["text"].slice(1, layout.rows_after_header)]
    body = _split(lines.filter(~pl.col("text").is_in(heading)), layout)
    checks = shape_checks(pl.col("columns") == count, f"{count} in its header")
    return body, _named(body, layout, places), checks


def _header(split: pl.DataFrame, mapping: FeedMapping) -> tuple[str, int, dict[str, int]]:
    """Return the header line, how many columns it has, and the place of each column that the mapping needs."""
    layout = mapping.layout
    line = str(split["text"][0])
    count = int(split["columns"][0])
    names = [str(split.select(field(place, quote=layout.quote)).item()) for place in range(count)]
    missing = [name for name in mapping.columns if name not in names]
    if missing:
        raise FileRefused(
            "header", f"the header lacks {', '.join(missing)} (delimiter {layout.delimiter!r}): {line[:120]!r}"
        )
    twice = [name for name in mapping.columns if names.count(name) > 1]
    if twice:
        raise FileRefused("header", f"the header has {', '.join(twice)} more than once")
    return line, count, {name: names.index(name) for name in mapping.columns}
