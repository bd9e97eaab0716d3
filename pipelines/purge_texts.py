"""What the store says in words about lines and calls that are gone: decisions, write-offs, reasons in the trail."""

from __future__ import annotations

import json
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from belnota.store.parts import part_decisions
from belnota.store.quarantine import quarantine_decisions
from belnota.store.schema import events, suspense_write_offs
from pipelines.workspace import Workspace

FORGOTTEN: Final = "(purged)"
"""Stands in the audit trail for a reason, or a call, that is not kept."""
_AT_ONCE: Final = 500
_TRAIL: Final = pl.Schema({"event_id": pl.Int64, "action": pl.String, "subject": pl.String, "detail": pl.String})


def forget_texts(workspace: Workspace) -> None:
    """Remove what is about a line or call that the lake has no more; that something was decided, by whom, stays."""
    lake = workspace.lake
    lines = lake.scan("quarantine").select("file_id", "line_number").unique().collect()
    calls = lake.scan("calls").select("call_id")
    with workspace.store.writing() as tx:
        _forget_decisions(tx, lines)
        _forget_parts(tx, lake.scan("call_parts").select("feed", "key").unique().collect(engine="streaming"))
        _forget_write_offs(tx, calls)
        _forget_reasons(tx, lines["file_id"], calls)


def _forget_decisions(tx: sa.Connection, lines: pl.DataFrame) -> None:
    names = ("decision_id", *lines.columns)
    rows = tx.execute(sa.select(*(quarantine_decisions.c[name] for name in names))).all()
    decided = pl.DataFrame([tuple(row) for row in rows], schema={"decision_id": pl.Int64, **lines.schema}, orient="row")
    gone = decided.join(lines, on=lines.columns, how="anti")
    _delete(tx, quarantine_decisions.c.decision_id, gone["decision_id"])


def _forget_parts(tx: sa.Connection, parts: pl.DataFrame) -> None:
    names = ("decision_id", "feed", "key")
    rows = tx.execute(sa.select(*(part_decisions.c[name] for name in names))).all()
    decided = pl.DataFrame([tuple(row) for row in rows], schema={"decision_id": pl.Int64, **parts.schema}, orient="row")
    _delete(tx, part_decisions.c.decision_id, decided.join(parts, on=["feed", "key"], how="anti")["decision_id"])
    # the trail names no call here, only the feed: reasons from before the oldest decision that is kept
    oldest = sa.select(part_decisions.c.feed, sa.func.min(part_decisions.c.decided_at)).group_by(part_decisions.c.feed)
    since = {feed: at for feed, at in tx.execute(oldest).all()}  # noqa: C416 - mypy sees no pairs in rows
    told = sa.select(events.c.event_id, events.c.subject, events.c.at, events.c.detail)
    for event_id, feed, at, detail in tx.execute(told.where(events.c.action.startswith("parts "))).all():
        if feed not in since or at < since[feed]:
            said = json.dumps({**json.loads(detail), "because": FORGOTTEN}, sort_keys=True)
            tx.execute(sa.update(events).where(events.c.event_id == event_id).values(detail=said))


def _forget_write_offs(tx: sa.Connection, calls: pl.LazyFrame) -> None:
    ids = list(tx.scalars(sa.select(suspense_write_offs.c.call_id)))
    named = pl.LazyFrame({"call_id": ids}, schema={"call_id": pl.String})
    gone = named.join(calls, on="call_id", how="anti").collect(engine="streaming")
    _delete(tx, suspense_write_offs.c.call_id, gone["call_id"])


def _forget_reasons(tx: sa.Connection, files: pl.Series, calls: pl.LazyFrame) -> None:
    """Events about suspense name a call, those about quarantine a file."""
    about = sa.or_(events.c.action.startswith("suspense "), events.c.action.startswith("quarantine "))
    rows = tx.execute(sa.select(*(events.c[name] for name in _TRAIL)).where(about)).all()
    told = pl.DataFrame([tuple(row) for row in rows], schema=_TRAIL, orient="row")
    is_of_call = pl.col("action").str.starts_with("suspense ")
    of_calls = told.filter(is_of_call, pl.col("subject") != FORGOTTEN).lazy()
    gone = of_calls.join(calls, left_on="subject", right_on="call_id", how="anti").collect(engine="streaming")
    bare = told.filter(~is_of_call, ~pl.col("subject").is_in(files.implode()))
    for row in (*gone.to_dicts(), *bare.to_dicts()):
        detail = json.loads(row["detail"])
        said = {**detail, "because": FORGOTTEN} if "because" in detail else detail
        subject = FORGOTTEN if row["action"].startswith("suspense ") else row["subject"]
        values = {"subject": subject, "detail": json.dumps(said, sort_keys=True)}
        tx.execute(sa.update(events).where(events.c.event_id == row["event_id"]).values(values))


def _delete(tx: sa.Connection, column: sa.Column[Any], values: pl.Series) -> None:
    for start in range(0, len(values), _AT_ONCE):
        some = values.slice(start, _AT_ONCE).to_list()
        tx.execute(sa.delete(column.table).where(column.in_(some)))
