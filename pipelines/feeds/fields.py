"""Delimited lines to fields, line by line, so that a bad quote can never swallow or shift the next record."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from pipelines.feeds.result import Check

MAX_COLUMNS: Final = 2_000
"""The most fields that a line is cut into; a line with more has `MAX_COLUMNS + 1` columns and no fields."""


def with_fields(lines: pl.DataFrame, *, delimiter: str, quote: str) -> pl.DataFrame:
    """Add `fields` (list of raw fields, each with its leading delimiter), `columns` and `is_well_quoted`.

    A line is well quoted when its fields, put together again, are the line. A quote inside an unquoted field,
    or one that is never closed, is not (RFC 4180, one line at a time).

    >>> fields = with_fields(pl.DataFrame({"text": ['1;"a;""b"', '1;"a']}), delimiter=";", quote='"')
    >>> fields.select("columns", "is_well_quoted").rows()
    [(2, True), (2, False)]
    """
    line = pl.lit(delimiter) + pl.col("text")
    mark, sign = re.escape(delimiter), re.escape(quote)
    quoted = f"{sign}(?:[^{sign}]|{sign}{sign})*{sign}|" if quote else ""
    is_wide = pl.col("text").str.count_matches(delimiter, literal=True) > MAX_COLUMNS
    # Without a quote every delimiter ends a field: such lines need no pattern. No line holds a line end.
    is_plain = ~pl.col("text").str.contains(quote, literal=True) if quote else pl.lit(value=True)
    plain = pl.when(~is_wide).then("text").otherwise(pl.lit(""))
    parted = (delimiter + plain.str.replace_all(delimiter, "\n" + delimiter, literal=True)).str.split("\n")
    columns = pl.when(is_wide).then(MAX_COLUMNS + 1).otherwise(pl.col("fields").list.len()).cast(pl.Int64)
    if lines.select(is_plain.all()).item():
        return lines.with_columns(fields=parted).with_columns(columns=columns, is_well_quoted=pl.lit(value=True))
    careful = pl.when(~is_wide).then(line).otherwise(pl.lit(""))
    found = careful.str.extract_all(f"{mark}(?:{quoted}[^{mark}{sign}]*)")
    return lines.with_columns(fields=found).with_columns(
        columns=columns, is_well_quoted=is_wide | (pl.col("fields").list.join("") == line)
    )


def with_tolerant_fields(lines: pl.DataFrame, *, delimiter: str, quote: str) -> pl.DataFrame:
    """As `with_fields`, but a line that is not well quoted gets a second reading, for exports that quote wrongly.

    In that reading a field that begins with a quote ends at the first quote that a delimiter or the line's end follows,
    and whatever quotes stand between belong to it. Each line is still read by itself, and its number of columns
    still has to be right: a line with two meanings is a reject, not a shifted record (feeds.md 1.6 f).

    >>> fields = with_tolerant_fields(pl.DataFrame({"text": ['1,""Jan, P" <1>",2', '1,"a']}), delimiter=",", quote='"')
    >>> fields.select("columns", "is_well_quoted").rows()
    [(3, True), (2, False)]
    """
    strict = with_fields(lines, delimiter=delimiter, quote=quote)
    if strict["is_well_quoted"].all():
        return strict
    line = pl.lit(delimiter) + pl.col("text")
    mark, sign = re.escape(delimiter), re.escape(quote)
    quoted = f"{sign}(?:[^{sign}]|{sign}+[^{sign}{mark}])*{sign}+"
    again = line.str.extract_all(f"{mark}(?:{quoted}|(?:[^{mark}{sign}][^{mark}]*)?)")
    return strict.with_columns(fields=pl.when("is_well_quoted").then("fields").otherwise(again)).with_columns(
        columns=pl.col("fields").list.len().cast(pl.Int64),
        is_well_quoted=pl.col("fields").list.join("") == line,
    )


def field(position: int, *, quote: str) -> pl.Expr:
    """Return the text of the field at a position (from 0) of `fields`; empty where the line is shorter."""
    text = pl.col("fields").list.get(position, null_on_oob=True).str.slice(1).fill_null("")
    if not quote:
        return text
    inside = text.str.slice(1).str.head(-1)
    return (
        pl.when(text.str.starts_with(quote))
        .then(inside.str.replace_all(quote * 2, quote, literal=True))
        .otherwise(text)
    )


def shape_checks(fits: pl.Expr, expected: str) -> list[Check]:
    """Return the checks of a line's quoting and number of columns; `fits` says whether the number is right.

    A last line without its line end that does not fit is called what it is: truncated.
    """
    bad = ~pl.col("is_well_quoted") | ~fits
    found = pl.col("columns").cast(pl.String) + pl.lit(f" columns; this format has {expected}")
    return [
        Check("truncated", pl.col("is_cut") & bad, pl.lit("the file ends in the middle of this line")),
        Check("quoting", ~pl.col("is_well_quoted"), pl.lit("a quote is not closed or stands inside a field")),
        Check("columns", ~fits, found),
    ]
