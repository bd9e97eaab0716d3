"""The FreePBX table `cdr` as a dump of MySQL or MariaDB: INSERT statements of one or many rows.

Source: shared design, feeds.md 1.6 (FreePBX table).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.settings import Feed
from pipelines.feeds.asterisk_rows import Rows, calls_of
from pipelines.feeds.freepbx_table import COLUMNS, places_of, table_rows, table_rules
from pipelines.feeds.mysql_dump import ESCAPED_CONTROL, parted, value
from pipelines.feeds.result import Check, Reader, ReadResult, judge
from pipelines.feeds.scan import scan

FORMAT: Final = "freepbx_sql"
_TABLE = "cdr"
_LONGEST = 1 << 24
"""Bytes in a line: mysqldump writes statements of a mebibyte, MySQL takes none of more than 16 by default."""


def freepbx_sql(feed: Feed) -> Reader:
    """Return the reader of dumps of one FreePBX table; Refused when an option is wrong.

    Options and meaning are those of `freepbx_csv`, without `dates`. A line_number counts each row of a statement as a
    line of its own: in a dump with one row per INSERT it is the line of the file. Rows of other tables are filtered,
    by line; all that is no row is framing. Nothing in the file is run.
    """
    rules = table_rules(feed)

    def read(content: bytes) -> ReadResult:
        dump = parted(scan(content, "utf-8", longest=_LONGEST), _TABLE, COLUMNS)
        places = places_of(dump.names, f"table {_TABLE}")
        named = dump.rows.with_columns(**{name: value(place) for name, place in places.items()})
        shaped, misshapen = judge(named, _shape(len(dump.names), list(places)))
        rows, empty = table_rows(shaped)
        found = Rows(rows, [dump.rejects, misshapen], dump.lines, dump.framing, dump.other_rows + empty)
        return calls_of(found, rules)

    return read


def _shape(columns: int, used: list[str]) -> list[Check]:
    count = pl.col("values").list.len()
    has_control = pl.any_horizontal(pl.col(name).str.contains(ESCAPED_CONTROL, literal=True) for name in used)
    return [
        Check("columns", count != columns, count.cast(pl.String) + pl.lit(f" values; the table has {columns} columns")),
        Check("control_characters", has_control, pl.lit("an escaped line end or zero byte stands in a value")),
    ]
