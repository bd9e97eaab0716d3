"""Quarantine as a place to work in: which lines wait, and what was decided about the others, by whom and why.

The lake keeps every line that ever came here, as it was counted on arrival. A decision is a row of the store beside
it and is never taken away; of several about one line the newest counts. So nothing leaves silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import polars as pl
import sqlalchemy as sa

import warehouse
from belnota.errors import Refused
from belnota.periods import local_date
from belnota.store.quarantine import quarantine_decisions, quarantine_retries
from belnota.tables import QuarantineDecision, schema_of
from pipelines import register, retry_pending
from pipelines.workspace import Workspace

STATES: Final = ("open", "retried", "dropped")
PLACE: Final = ("file_id", "line_number")
"""What a line is known by."""
_FILE_ID: Final = re.compile(r"[0-9a-f]{8,64}")
_SCHEMA: Final = schema_of(QuarantineDecision)


def decisions(tx: sa.Connection) -> pl.DataFrame:
    """Return all decisions that count (QuarantineDecision), oldest first; those of a retry count once it is done."""
    counts = quarantine_decisions.c.retry_id.is_(None) | (quarantine_retries.c.state == "done")
    columns = [quarantine_decisions.c[name] for name in _SCHEMA.names()]
    query = sa.select(*columns).outerjoin(quarantine_retries).where(counts).order_by(quarantine_decisions.c.decision_id)
    rows = [tuple(row) for row in tx.execute(query)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def assembled_again(tx: sa.Connection) -> pl.DataFrame:
    """Return how many calls the retried parts of each file made whole: file_id, calls."""
    retries = quarantine_retries.c
    query = sa.select(retries.file_id, sa.func.sum(retries.assembled)).where(retries.state == "done")
    rows = [(file_id, int(calls)) for file_id, calls in tx.execute(query.group_by(retries.file_id))]
    return pl.DataFrame(rows, schema=warehouse.FRAMES["assembled_again"], orient="row")


@dataclass(frozen=True)
class Selection:
    """Which lines are meant: those that agree with everything that is given; empty = any.

    file: a name, a pattern of names, or the first eight or more digits of the content's SHA-256.
    """

    feed: str = ""
    file: str = ""
    reason: str = ""
    state: str = "open"
    line_numbers: tuple[int, ...] = ()
    older_than_days: int = 0


def lines(workspace: Workspace, chosen: Selection) -> pl.DataFrame:
    """Return quarantined lines in order of file and line: the columns of QuarantinedLine, reason and detail as they are
    now, and state, became, call_id, decided_by, because, decided_at, received_at and age_days.

    age_days: since the file came (empty for files from before that was noted), by the local date.
    """
    with workspace.store.reading() as tx:
        newest = decisions(tx).unique(PLACE, keep="last", maintain_order=True)
        arrivals = register.source_files(tx)
    came = arrivals.filter(pl.col("status") == "accepted").select("file_id", "received_at").unique("file_id")
    decided = newest.drop("decision_id").rename({"reason": "reason_now", "detail": "detail_now"})
    today = workspace.clock()
    parked = workspace.lake.scan("quarantine").filter(_agrees(chosen)).collect()
    found = (
        parked.join(decided, on=PLACE, how="left")
        .join(came, on="file_id", how="left")
        .with_columns(
            state=pl.col("state").cast(pl.String).fill_null("open"),
            became=pl.col("became").cast(pl.String),
            reason=pl.coalesce("reason_now", "reason"),
            detail=pl.coalesce("detail_now", "detail"),
            age_days=(local_date(pl.lit(today)) - local_date(pl.col("received_at"))).dt.total_days().clip(0),
        )
        .drop("reason_now", "detail_now")
    )
    if chosen.state:
        found = found.filter(pl.col("state") == chosen.state)
    if chosen.reason:
        found = found.filter(pl.col("reason") == chosen.reason)
    if chosen.older_than_days:
        found = found.filter(pl.col("age_days") > chosen.older_than_days)
    if chosen.file:
        found = found.filter(pl.col("file_id").is_in(_files_named(found, chosen.file).implode()))
    return found.sort("file_name", "file_id", "line_number")


def _agrees(chosen: Selection) -> pl.Expr:
    wanted = [pl.col("feed") == chosen.feed] if chosen.feed else []
    wanted += [pl.col("line_number").is_in(list(chosen.line_numbers))] if chosen.line_numbers else []
    return pl.all_horizontal(wanted) if wanted else pl.lit(value=True)


def _files_named(found: pl.DataFrame, text: str) -> pl.Series:
    files = found.select("file_id", "file_name").unique()
    is_it = [
        fnmatchcase(name, text) or name == text or (bool(_FILE_ID.fullmatch(text)) and file_id.startswith(text))
        for file_id, name in files.iter_rows()
    ]
    return files.filter(pl.Series(is_it, dtype=pl.Boolean))["file_id"]


def one_file(found: pl.DataFrame, text: str) -> pl.DataFrame:
    """Return lines of exactly one file; Refused when a name fits none or several, naming their digits."""
    files = found.select("file_id", "file_name").unique().sort("file_name", "file_id")
    if files.is_empty():
        raise Refused(f"{text!r}: no such line in quarantine; see: belnota quarantine list --state all")
    if files.height > 1:
        named = ", ".join(f"{name} = {file_id[:12]}" for file_id, name in files.head(5).iter_rows())
        raise Refused(f"{text!r} is several files ({named}); name one by the digits of its content")
    return found


def finish_retries(workspace: Workspace) -> int:
    """Settle retries whose run died: done when their calls are in the lake, else undone; returns how many there were.

    One that stores parts of calls too is brought to its end from what it kept (pipelines.retry_pending). The caller
    holds the workspace, so no run that could still go on is alive.
    """
    begun = quarantine_retries.c.state == "begun"
    with workspace.store.reading() as tx:
        died = list(tx.scalars(sa.select(quarantine_retries.c.retry_id).where(begun)))
    for retry_id in died:
        if retry_pending.is_kept(workspace, retry_id):
            retry_pending.bring_in(workspace, retry_id)
        settle(workspace, retry_id, "done" if workspace.lake.has_batch("calls", retry_id) else "undone")
    retry_pending.forget(workspace)
    return len(died)


def settle(workspace: Workspace, retry_id: str, state: str) -> None:
    """Say of a retry what became of it; its decisions count from the moment it is done."""
    with workspace.store.writing() as tx:
        tx.execute(sa.update(quarantine_retries).where(quarantine_retries.c.retry_id == retry_id).values(state=state))
