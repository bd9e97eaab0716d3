"""Calls that wait for a part: since when, and what has not come. They are billed when it comes, never by guess.

Calls that somebody dropped wait no more; they are listed when one asks for them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from belnota import wording
from belnota.periods import local_date
from belnota.store import schema
from pipelines import parts_dropped
from pipelines.workspace import Workspace

STATES: Final = ("waiting", "dropped")


def overview(
    workspace: Workspace, *, feed: str = "", at_least_days: int = 0, state: str = "waiting"
) -> list[dict[str, Any]]:
    """Return one row per call that waits, the oldest first; `days` are whole ones since its newest part.

    state: `waiting`, `dropped` (with decided_by, because and decided_at) or empty for both. call_id is `feed/key`;
    quantity is what came in seconds, messages or bytes; `so_far` is the same as people read it.
    """
    parts = workspace.lake.scan("call_parts")
    if feed:
        parts = parts.filter(pl.col("feed") == feed)
    role = pl.col("role")
    missing = (
        pl.when((role == "answer").any())
        .then(pl.lit("hangup"))
        .when((role == "hangup").any())
        .then(pl.lit("answer"))
        .otherwise(pl.lit("last part"))
    )
    waiting = (
        parts.with_columns(call_id=pl.col("feed") + "/" + pl.col("key"))
        .join(workspace.lake.scan("calls").select("call_id"), on="call_id", how="anti")
        .sort("happened_at", "part_key")
        .group_by("feed", "key", maintain_order=True)
        .agg(
            pl.col("own_number", "service").drop_nulls().first(),
            parts=pl.len(),
            since_at=pl.col("happened_at").min(),
            newest_at=pl.col("happened_at").max(),
            quantity=pl.col("quantity").sum(),
            missing=missing,
            file_id=pl.col("file_id").last(),
            line_number=pl.col("line_number").last(),
        )
        .with_columns(since=local_date(pl.col("since_at")))
        .collect(engine="streaming")
    )
    with workspace.store.reading() as tx:
        given_up = parts_dropped.dropped(tx).drop("decision_id", "parts").with_columns(pl.col("state").cast(pl.String))
    waiting = waiting.join(given_up, on=["feed", "key"], how="left").with_columns(pl.col("state").fill_null("waiting"))
    waiting = waiting.filter(pl.col("state") == state) if state else waiting
    now = workspace.clock()
    old = waiting.filter(pl.col("newest_at") <= now - dt.timedelta(days=at_least_days)) if at_least_days else waiting
    names = _names(workspace)
    return [_row(row, now, names) for row in old.sort("since_at", "feed", "key").to_dicts()]


def _row(row: dict[str, Any], now: dt.datetime, names: dict[str, str]) -> dict[str, Any]:
    is_session = row["missing"] == "last part"
    return row | {
        "call_id": f"{row['feed']}/{row['key']}",
        "number": row["own_number"] or "",
        "days": max((now - row["newest_at"]).days, 0),
        "so_far": wording.quantity(row["quantity"], row["service"], "en") if is_session else "",
        "file_name": names.get(row["file_id"], ""),
    }


def _names(workspace: Workspace) -> dict[str, str]:
    files = schema.source_files
    accepted = sa.select(files.c.file_id, files.c.file_name).where(files.c.status == "accepted")
    with workspace.store.reading() as tx:
        return {row.file_id: row.file_name for row in tx.execute(accepted)}
