"""Calls that wait for a price or an owner: finance looks at them, and may write off by name what will never be billed.

A write-off is a row of the store beside the call. Rating asks for it each time: a call that still has no price becomes
free (reason `written_off`), draws from no bundle and is on no invoice; a call that by now has a price is
billed, and its write-off lies idle. Only months that are not committed can change.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa

from belnota.errors import Refused
from belnota.periods import local_day
from belnota.phone import canonical
from belnota.store.schema import events, suspense_write_offs
from belnota.tables import RatedCall, schema_of
from pipelines.months import committed_months
from pipelines.signatures import signed
from pipelines.workspace import Workspace

WRITTEN_OFF: Final = "written_off"
_SHOWN: Final = 5
_NOTHING_CHARGED: Final = tuple(
    name for name in schema_of(RatedCall).names() if name == "billed_quantity" or name.endswith("_micro_eur")
)
_WRITE_OFFS: Final = pl.Schema(
    {"call_id": pl.String(), "actor": pl.String(), "because": pl.String(), "at": pl.Datetime("us", "UTC")}
)


def written_off(tx: sa.Connection) -> pl.DataFrame:
    """Return all write-offs, oldest first: call_id, actor, because, at."""
    rows = tx.execute(sa.select(suspense_write_offs).order_by("at", "call_id")).all()
    return pl.DataFrame(rows, schema=_WRITE_OFFS, orient="row")


def with_write_offs(rated: pl.DataFrame, write_offs: pl.DataFrame) -> pl.DataFrame:
    """Return rated calls (RatedCall) in which unrated ones that were written off are free and cost nothing.

    write_offs: as of `written_off`; only their call_id counts. A call that has a price keeps it.
    """
    if write_offs.is_empty():
        return rated
    named = pl.col("call_id").is_in(write_offs["call_id"].implode())
    is_unrated = pl.col("status").cast(pl.String) == "unrated"
    free = pl.when(is_unrated & named)
    return rated.with_columns(
        free.then(pl.lit(0)).otherwise(pl.col(name)).alias(name) for name in _NOTHING_CHARGED if name in rated.columns
    ).with_columns(
        status=free.then(pl.lit("free")).otherwise(pl.col("status").cast(pl.String)).cast(rated.schema["status"]),
        reason=free.then(pl.lit(WRITTEN_OFF)).otherwise(pl.col("reason").cast(pl.String)),  # may be an Enum of rating's
    )


@dataclass(frozen=True)
class Selection:
    """Which calls in suspense are meant: by id, or all that agree with each of the rest; empty = any."""

    call_ids: Collection[str] = ()
    reason: str = ""
    number: str = ""
    """Our number, as people write it."""
    called: str = ""
    """The number at the other end, as people write it."""

    def holds(self) -> pl.Expr:
        wanted = [pl.col("call_id").is_in(list(self.call_ids))] if self.call_ids else []
        wanted += [pl.col("reason") == self.reason] if self.reason else []
        for column, text in (("own_number", self.number), ("other_number", self.called)):
            wanted += [pl.col(column) == pl.select(canonical(pl.lit(text))).item()] if text else []
        return pl.all_horizontal(wanted)


def in_suspense(workspace: Workspace) -> pl.LazyFrame:
    """Return the calls (RatedCall) that have no price in the newest rating, and were not written off since."""
    with workspace.store.reading() as tx:
        gone = written_off(tx)["call_id"]
    rated = workspace.lake.scan("rated_calls").filter(pl.col("status") == "unrated")
    return rated.filter(~pl.col("call_id").is_in(gone.implode()))


def write_off(workspace: Workspace, selection: Selection, *, actor: str, because: str) -> pl.DataFrame:
    """Write off the selected calls in suspense and return them (RatedCall); from the next rating on they are free.

    Refused, with nothing written, when a named call is not in suspense or its month is committed, or nothing is there.
    """
    actor, because = signed("--by", actor), signed("--because", because)
    committed = committed_months(workspace)
    waiting = in_suspense(workspace).filter(~pl.col("billing_period").is_in(sorted(committed)))
    chosen = waiting.filter(selection.holds()).sort("answered_at", "call_id").collect()
    missing = sorted(set(selection.call_ids) - set(chosen["call_id"]))
    if missing:
        raise Refused(_why_not(workspace, missing, committed))
    if chosen.is_empty():
        raise Refused("no call in suspense is like that, so nothing was written off; see: belnota suspense list")
    at = workspace.clock()
    rows = [{"call_id": call_id, "actor": actor, "because": because, "at": at} for call_id in chosen["call_id"]]
    with workspace.store.writing() as tx:
        tx.execute(sa.insert(suspense_write_offs), rows)
        _note(tx, "suspense write-off", chosen["call_id"], actor, {"because": because}, at=at)
    return chosen


def restore(workspace: Workspace, call_ids: Collection[str], *, actor: str) -> int:
    """Take write-offs back: from the next rating on the calls wait for a price again; returns how many.

    Refused, with nothing changed, when a call was not written off, or is so in a committed month.
    """
    actor = signed("--by", actor)
    wanted = pl.Series(sorted(set(call_ids)), dtype=pl.String)
    with workspace.store.reading() as tx:
        known = written_off(tx)["call_id"]
    unknown = wanted.filter(~wanted.is_in(known.implode()))
    if len(unknown):
        raise Refused(f"{_named(unknown)}: not written off; see: belnota suspense list --written-off")
    billed = workspace.lake.scan("rated_calls", periods=sorted(committed_months(workspace)))
    final = billed.filter(pl.col("call_id").is_in(wanted.implode())).select("call_id", "billing_period").collect()
    if not final.is_empty():
        months = ", ".join(sorted(set(final["billing_period"])))
        raise Refused(f"{_named(final['call_id'])}: the month {months} is closed, so that stays as it is")
    with workspace.store.writing() as tx:
        tx.execute(sa.delete(suspense_write_offs).where(suspense_write_offs.c.call_id.in_(wanted.to_list())))
        _note(tx, "suspense restore", wanted, actor, {}, at=workspace.clock())
    return len(wanted)


def _why_not(workspace: Workspace, call_ids: list[str], committed: Collection[str]) -> str:
    """Say of the first calls that cannot be written off why that is."""
    asked = pl.Series(call_ids[:_SHOWN], dtype=pl.String)
    with workspace.store.reading() as tx:
        before = {
            row["call_id"]: row for row in written_off(tx).filter(pl.col("call_id").is_in(asked.implode())).to_dicts()
        }
    rated = workspace.lake.scan("rated_calls").filter(pl.col("call_id").is_in(asked.implode()))
    found = {row["call_id"]: row for row in rated.select("call_id", "billing_period", "status").collect().to_dicts()}
    sentences = []
    for call_id in asked:
        if call_id in before:
            row = before[call_id]
            why = f"written off already by {row['actor']} on {local_day(row['at'])}: {row['because']}"
        elif call_id not in found:
            why = "there is no such call; belnota suspense list names those that wait"
        elif found[call_id]["billing_period"] in committed:
            why = f"the month {found[call_id]['billing_period']} is closed, so it can no longer change"
        else:
            why = f"it is not in suspense: it is {found[call_id]['status']}"
        sentences.append(f"{call_id}: {why}")
    more = len(call_ids) - len(asked)
    return "\n  ".join(["nothing was written off:", *sentences, *([f"... and {more} more"] if more else [])])


def _named(call_ids: pl.Series) -> str:
    more = f" and {len(call_ids) - _SHOWN} more" if len(call_ids) > _SHOWN else ""
    return ", ".join(call_ids.sort().head(_SHOWN)) + more


def _note(
    tx: sa.Connection, action: str, call_ids: pl.Series, actor: str, detail: Mapping[str, str], *, at: dt.datetime
) -> None:
    """Leave what was done in the audit trail, one event per call."""
    text = json.dumps(dict(detail), sort_keys=True)
    rows = [{"at": at, "actor": actor, "action": action, "subject": call_id, "detail": text} for call_id in call_ids]
    tx.execute(sa.insert(events), rows)
