"""Rows of a mapped file that are parts of sessions (feeds.md 1.9).

Each row holds the use since the row before it. A session is the rows of one `[key]`; it ends with a row that a column
calls the last one, or when the feed has had nothing of it for `complete_after_hours`.
"""

from __future__ import annotations

import polars as pl

from pipelines.feeds.mapped_lines import text
from pipelines.feeds.mapping_session import Session
from pipelines.feeds.result import PART, REJECT, Check, as_parts, judge, wrong


def parted(good: pl.DataFrame, session: Session | None) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Part good rows (the columns of RECORD, time_text, text) into whole calls, parts (PART) and rejects (REJECT).

    A row that was not answered is a whole call.
    """
    if session is None:
        return good, pl.DataFrame(schema=PART), pl.DataFrame(schema=REJECT)
    is_part = pl.col("service").is_in(session.services) & pl.col("is_answered")
    role, checks = pl.lit("usage"), list[Check]()
    if session.column:
        word = text(session.column)
        role = word.replace_strict(dict(session.values), default=None, return_dtype=pl.String)
        checks = [wrong("value", session.column, word, pl.col("role").is_null(), "the mapping has no such word")]
    told = [pl.col("time_text"), pl.col("role"), pl.col("quantity").cast(pl.String)]
    named = [text(column) for column in session.part] or told
    rows = good.filter(is_part).with_columns(role=role)
    fine, odd = judge(rows, checks) if checks else (rows, pl.DataFrame(schema=REJECT))
    fine = fine.with_columns(part_key=pl.concat_str(named, separator="|"), happened_at="answered_at")
    return good.filter(~is_part), as_parts(fine), odd
