"""What refuses a retry: when a fix would make of lines that are in already something else than they are.

Each guard is of one file, of which nothing is read again then; the other files go on.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipelines.feeds import ReadResult
from pipelines.register import source_files
from pipelines.workspace import Workspace

TWIN: Final = r"#\d+$"
"""How the second of equal calls of a file is named (feeds.result.numbered)."""


class CannotRetry(Exception):
    """Why a file's lines cannot be read again; the other files go on."""


def refuse_other_identities(records: pl.DataFrame, held: pl.DataFrame, feed: str, file_id: str) -> None:
    """Lines of this file that are calls already must have the same identity still, else they would be calls twice."""
    stored = held.filter(pl.col("origin") == file_id).select("line_number", was="call_id")
    now = records.select("line_number", now=pl.lit(f"{feed}/") + pl.col("key"))
    both = stored.join(now, on="line_number").filter(
        pl.col("was").str.replace(TWIN, "") != pl.col("now").str.replace(TWIN, "")
    )
    if not both.is_empty():
        number = both["line_number"].sort()[0]
        raise CannotRetry(
            f"its calls have another identity now (line {number} among them), so they would be billed twice; "
            f"take back what was changed about the key of feed {feed!r}"
        )


def refuse_calls_left_out(result: ReadResult, held: pl.DataFrame, file_id: str) -> None:
    """Lines of this file that are calls already must not be left out beside a mended one: both may be one conversation.

    Of the legs of a call an exchange's reader keeps the best, and leaves the others out.
    """
    named = pl.concat([part["line_number"] for part in (result.records, result.rejects, result.parts)])
    gone = held.filter((pl.col("origin") == file_id) & ~pl.col("line_number").is_in(named.implode()))
    if not gone.is_empty():
        number = gone["line_number"].sort()[0]
        raise CannotRetry(
            f"line {number} is a call already and would be left out now, so that one conversation might be billed "
            "twice; drop the line that waits when it is the same one, or take back what was changed"
        )


def refuse_other_parts(workspace: Workspace, parts: pl.DataFrame, feed: str, file_id: str) -> None:
    """Lines of this file that are parts already must belong to the same calls still, else none would be whole."""
    stored = workspace.lake.scan("call_parts").filter(pl.col("file_id") == file_id).select("line_number", was="key")
    both = parts.lazy().select("line_number", "key").join(stored, on="line_number")
    other = both.filter(pl.col("was") != pl.col("key"))
    number = other.select(pl.col("line_number").min()).collect().item() if not parts.is_empty() else None
    if number is not None:
        raise CannotRetry(
            f"its parts belong to other calls now (line {number} among them), so these would never be whole; "
            f"take back what was changed about the key of feed {feed!r}"
        )


def refuse_lines_that_vanish(workspace: Workspace, file_id: str, outcomes: pl.DataFrame, result: ReadResult) -> None:
    """A line that is neither a record nor bad must be counted as framing or filtered, which were so many on arrival."""
    with workspace.store.reading() as tx:
        row = source_files(tx).filter(file_id=file_id, status="accepted").row(0, named=True)
    more = result.framing_lines + result.filtered_lines - row["framing_lines"] - row["filtered_lines"]
    gone = outcomes.filter(pl.col("became") == "left_out")
    if gone.height > more:
        raise CannotRetry(
            f"line {gone['line_number'].sort()[0]} would go nowhere: it is no call, not bad and not left out by the "
            "feed's rules; ask the source for these lines in a file of their own"
        )
