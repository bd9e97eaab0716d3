"""A dump of MySQL or MariaDB, read as text: which lines are rows of one table, and what their values are.

Nothing is run. Source: MySQL's manual on string literals; the dumps of mysqldump, phpMyAdmin and Navicat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.feeds.result import Check, FileRefused, as_rejects, judge
from pipelines.feeds.scan import Scanned

ESCAPED_CONTROL: Final = "\x01"
r"""What `\n`, `\t`, `\0` and the like become in a value: no line of a scanned file has this character itself."""
_BACKSLASH = "\x00"
_STRING = r"'(?:[^'\\]|\\.|'')*'"
_VALUE = rf"(?:{_STRING}|-?\d+(?:\.\d+)?|NULL)"
_TUPLE = rf"\({_VALUE}(?:\s*,\s*{_VALUE})*\)"
_ROWS = rf"^{_TUPLE}(?:\s*,\s*{_TUPLE})*\s*[,;]?\s*$"
_NAME = r"(?:`?\w+`?\.)?`?(\w+)`?"
_INSERT = rf"(?i)^(?:INSERT(?: IGNORE)?|REPLACE) INTO {_NAME}\s*(?:\(([^()]*)\))?\s*VALUES\s*"
_CREATE = rf"(?i)^CREATE TABLE (?:IF NOT EXISTS )?{_NAME}"
_STATEMENT = r"(?i)^((?:INSERT|REPLACE|CREATE|DROP|ALTER|LOCK|UNLOCK|SET|COMMIT|START|BEGIN|USE)\b|/\*|--|#)"
_NONE = "none"


@dataclass(frozen=True)
class Dump:
    """A parted dump: `rows` (line_number, text, values) of the table, `names` of its columns, and the rest.

    A line_number counts each row of a statement as a line of its own; `lines` does so too.
    """

    rows: pl.DataFrame
    names: list[str]
    rejects: pl.DataFrame
    lines: int
    framing: int
    other_rows: int


def parted(scanned: Scanned, table: str, usual: tuple[str, ...]) -> Dump:
    """Part a dump into the rows of one table, what cannot be read, lines of other tables, and all that is no row.

    The columns are those of the INSERT statement, else of the CREATE TABLE in the file, else `usual`. FileRefused
    (`header`) when the file has no rows of the table, or when its statements disagree about the columns.
    """
    marked = _marked(scanned)
    is_row = pl.col("rows").is_not_null() & (pl.col("table") == table)
    mine = marked.filter(is_row | pl.col("is_stray"))
    theirs = marked.filter(pl.col("rows").is_not_null() & (pl.col("table") != table))
    if marked.filter(is_row).is_empty():
        found = ", ".join(sorted(theirs["table"].unique())[:10]) or "none"
        raise FileRefused("header", f"there is no INSERT INTO {table} here; tables that have one: {found}")
    readable, unreadable = judge(mine, _checks())
    lists = readable.with_columns(row=pl.col("rows").str.extract_all(_TUPLE))
    more = lists.select("line_number", more=pl.col("row").list.len().cast(pl.Int64) - 1)
    return Dump(
        rows=_exploded(_moved(lists, more)),
        names=_names(marked, table, usual),
        rejects=_moved(as_rejects(scanned.rejects, unreadable), more),
        lines=scanned.total + int(more["more"].sum()),
        framing=scanned.blank + marked.height - mine.height - theirs.height,
        other_rows=theirs.height,
    )


def value(position: int) -> pl.Expr:
    """Return the text of the value at a position of `values`: NULL is empty, escapes are undone."""
    text = pl.col("values").list.get(position, null_on_oob=True).fill_null("")
    inside = (
        text.str.slice(1)
        .str.head(-1)
        .str.replace_all(r"\\", _BACKSLASH, literal=True)
        .str.replace_all(r"\\[nrtb0Z]", ESCAPED_CONTROL)
        .str.replace_all(r"\\(.)", "${1}")
        .str.replace_all("''", "'", literal=True)
        .str.replace_all(_BACKSLASH, "\\", literal=True)
    )
    return pl.when(text.str.starts_with("'")).then(inside).when(text == "NULL").then(pl.lit("")).otherwise(text)


def _marked(scanned: Scanned) -> pl.DataFrame:
    """Add to each line `table` and `columns` of its INSERT, `rows` (its tuples), `created`, and `is_stray`.

    What is no row must be known for what it is: the first line of a statement, or a further line of one that is no
    INSERT. Every other line is stray, lest a spoilt word before a row make it vanish. Lines that the scan rejected
    are read for the statement that they begin, then let go.
    """
    spoilt = scanned.rejects.select("line_number", text="raw_line", is_cut=False, is_spoilt=True)
    whole = scanned.lines.with_columns(is_spoilt=pl.lit(value=False))
    lines = pl.concat([whole, spoilt], how="diagonal").sort("line_number")
    text = pl.col("text")
    statement = text.str.extract(_STATEMENT).str.to_uppercase()
    is_row = text.str.contains(r"^\s*\(\s*(?:'|-?\d|NULL)")
    after_end = text.str.contains(r";\s*$|^(?:--|#|/\*)").shift(1, fill_value=True)
    begins = (
        pl.when(statement.is_not_null())
        .then(statement)
        .when(pl.col("is_spoilt") & ~is_row | after_end)
        .then(pl.lit(_NONE))
    )
    marked = lines.with_columns(begins=begins, has_begun=statement.is_not_null(), is_row=is_row).with_columns(
        statement=pl.col("begins").forward_fill(),
        table=pl.when(pl.col("begins").is_not_null()).then(text.str.extract(_INSERT, 1).fill_null("")).forward_fill(),
        created=pl.when(pl.col("begins").is_not_null()).then(text.str.extract(_CREATE, 1).fill_null("")).forward_fill(),
        columns=text.str.extract(_INSERT, 2),
        rest=pl.when(text.str.contains(_INSERT)).then(text.str.replace(_INSERT, "")),
    )
    within = pl.col("statement").is_in(["INSERT", "REPLACE"])
    is_further_row = within & ~pl.col("has_begun") & pl.col("is_row") & (pl.col("table") != "")
    return (
        marked.with_columns(
            rows=pl.when(is_further_row).then(text.str.strip_chars_start()).when(pl.col("rest") != "").then("rest")
        )
        .with_columns(
            is_stray=pl.col("rows").is_null()
            & pl.col("rest").is_null()
            & (within | pl.col("is_row") | (pl.col("statement") == _NONE))
        )
        .filter(~pl.col("is_spoilt"))
    )


def _checks() -> list[Check]:
    is_bad = pl.col("is_stray") | ~pl.col("rows").str.contains(_ROWS)
    said = "not rows as MySQL dumps them: ('text', 12, NULL), … with \\' or '' for a quote"
    return [
        Check("truncated", pl.col("is_cut") & is_bad, pl.lit("the file ends in the middle of this line")),
        Check("quoting", is_bad, pl.lit(said)),
    ]


def _names(marked: pl.DataFrame, table: str, usual: tuple[str, ...]) -> list[str]:
    inserts = marked.filter(pl.col("rest").is_not_null() & (pl.col("table") == table))
    lists = inserts["columns"].fill_null("").unique().to_list()
    if len(lists) > 1:
        raise FileRefused("header", f"the INSERT statements of {table} name their columns in more than one way")
    if lists and lists[0]:
        return [name.strip(" `") for name in lists[0].split(",")]
    created = marked.filter((pl.col("created") == table) & ~pl.col("has_begun"))
    return created["text"].str.extract(r"^\s*`(\w+)`\s").drop_nulls().to_list() or list(usual)


def _moved(lines: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Move each line down by the rows that stand more than one on the lines before it."""
    before = more.sort("line_number").select(line_number=pl.col("line_number") + 1, before=pl.col("more").cum_sum())
    return (
        lines.sort("line_number")
        .join_asof(before, on="line_number", strategy="backward")
        .with_columns(line_number=pl.col("line_number") + pl.col("before").fill_null(0))
        .drop("before")
    )


def _exploded(lists: pl.DataFrame) -> pl.DataFrame:
    place = pl.int_range(pl.len()).over("line_number")
    return (
        lists.select("line_number", "row", "is_cut")
        .explode("row")
        .with_columns(line_number=pl.col("line_number") + place, text="row")
        .with_columns(values=pl.col("row").str.extract_all(_VALUE))
    )
