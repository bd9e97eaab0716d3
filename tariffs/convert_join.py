"""A price file that has names instead of prefixes: the prefixes of each name, from a table that somebody else made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.tables.prices import MAX_DIGITS
from tariffs.convert_lines import Lines
from tariffs.convert_mapping import DeckMapping, Join, columns_of
from tariffs.convert_source import read_source
from tariffs.convert_texts import filled, translated, unexpected, with_prefixes
from tariffs.csv_lines import LINE
from tariffs.deck import DeckRefused, Fault

NAMELESS: Final = ","
"""What an empty name is compared as; it is the name of nothing."""
PREFIX_DIGITS: Final = rf"^[0-9]{{1,{MAX_DIGITS}}}$"


def compared(name: pl.Expr) -> pl.Expr:
    """Return a name as names are compared: without case and signs, the words before and after the first comma sorted.

    "Afghanistan, AWCC mobile" is "afghanistan, mobile awcc", but "Sri Lanka SLT" is not "Sri Lanka, SLT".
    """
    parts = name.fill_null("").str.to_lowercase().str.splitn(",", 2)
    head, rest = (_words(parts.struct.field(field)) for field in ("field_0", "field_1"))
    return pl.concat_str(head, rest, separator=",")


def _words(text: pl.Expr) -> pl.Expr:
    return text.fill_null("").str.extract_all(r"[\p{L}\p{N}]+").list.sort().list.join(" ")


def prefix_table(path: Path, content: bytes, mapping: DeckMapping) -> pl.DataFrame:
    """Return `prefix`, `name`, `key` and `rank` (0: the most exact): the names under which a prefix may have a price.

    A prefix that is there twice under other names, or is none, raises DeckRefused.
    """
    if mapping.table is None:
        raise Refused(f"mapping {mapping.name} does not read a table of prefixes: it has no [table]")
    file = str(path)
    lines = Lines.of(read_source(path, content, mapping), mapping, file)
    lines.refuse(unexpected(lines.rows, mapping, file))
    texts = translated(lines.rows, mapping.values)
    named = [filled(name) for name in mapping.table.names]
    ranked = [
        with_prefixes(texts.select(LINE, prefix=filled(mapping.table.prefix), name=name, rank=rank), mapping)
        for rank, name in enumerate(named)
    ]
    names = pl.concat(ranked).with_columns(key=compared(pl.col("name"))).filter(pl.col("key") != NAMELESS)
    names = names.unique(["prefix", "key"], keep="first", maintain_order=True)
    exact = names.filter(pl.col("rank") == 0)
    column = " + ".join(columns_of(mapping.table.prefix))
    wrong = exact.filter(~pl.col("prefix").fill_null("").str.contains(PREFIX_DIGITS))
    faults = [
        Fault(file, line, column, prefix or "", f"write 1 to {MAX_DIGITS} digits")
        for line, prefix in wrong.select(LINE, "prefix").iter_rows()
    ]
    twice = exact.with_columns(first=pl.col(LINE).first().over("prefix")).filter(pl.col(LINE) != pl.col("first"))
    faults += [
        Fault(file, line, column, prefix, f"line {first} has this prefix under another name; drop one of the two")
        for line, prefix, first in twice.select(LINE, "prefix", "first").iter_rows()
    ]
    lines.refuse(faults)
    return names.join(lines.rows, on=LINE, how="semi", maintain_order="left")


def joined(lines: Lines, join: Join, table: pl.DataFrame) -> pl.DataFrame:
    """Give each row the prefixes of its `name`; a prefix belongs to the most exact of its names that has a price.

    Lines without any prefix are left out or refused. Returned are the prefixes that somebody should look at: `prefix`,
    `name` (its most exact one), `priced_as` (the less exact name that has a price, null where none has).
    """
    keyed = lines.rows.with_columns(key=compared(_as_the_table_says(pl.col("name"), join.same)))
    priced = table.join(keyed.select("key").unique(), on="key", how="semi", maintain_order="left")
    best = priced.sort("rank", maintain_order=True).unique("prefix", keep="first", maintain_order=True)
    lost = keyed.join(best, on="key", how="anti", maintain_order="left")
    is_known = pl.col("key").is_in(table["key"].unique().implode())
    unknown = lost.filter(~is_known)
    if join.unmatched == "refuse" and unknown.height:
        told = 'no prefix of the table has this name; tell its name there under [join.same], or unmatched = "skip"'
        column, rows = " + ".join(columns_of(join.name)), unknown.select(LINE, "name").rows()
        faults = tuple(Fault(lines.file, line, column, name, told) for line, name in rows)
        raise DeckRefused(lines.file, faults, what="file")
    prefixes = best.sort(LINE, maintain_order=True).select("key", "prefix")
    lines.rows = keyed.join(prefixes, on="key", how="inner", maintain_order="left_right").drop("key", "name")
    lines.leave_out(unknown.select(LINE, reason=pl.lit("no prefix of the table has this name")))
    told = "each prefix of this name has a more exact name with a price"
    lines.leave_out(lost.filter(is_known).select(LINE, reason=pl.lit(told)))
    found = best.select("prefix", "rank", priced_as=_tidy(pl.col("name")))
    exact = table.filter(pl.col("rank") == 0).select("prefix", name=_tidy(pl.col("name")))
    looked_up = exact.join(found, on="prefix", how="left", maintain_order="left")
    return looked_up.filter(pl.col("rank").fill_null(1) > 0).select("prefix", "name", "priced_as")


def _tidy(name: pl.Expr) -> pl.Expr:
    return name.str.replace_all(r"\s+", " ").str.strip_chars(" ,")


def _as_the_table_says(name: pl.Expr, same: Mapping[str, str]) -> pl.Expr:
    """Return a name in the words of the table: as a whole, else what stands before its first comma."""
    parts = name.str.splitn(",", 2)
    head, rest = parts.struct.field("field_0"), parts.struct.field("field_1")
    swapped = head.str.strip_chars().replace(dict(same))
    again = pl.when(rest.is_null()).then(swapped).otherwise(pl.format("{},{}", swapped, rest.fill_null("")))
    return pl.when(name.is_in(list(same))).then(name.replace(dict(same))).otherwise(again)
