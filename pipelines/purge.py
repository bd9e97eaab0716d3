"""The purge: call details and invoices past their clocks go for good; totals still tie out (docs/retention.md).

First what goes is counted and written down in the store, in one transaction, as a purge that has begun. Then it is
carried out in steps that may each be repeated. A purge that was killed is finished by the next purge, night or close.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

import alerts
import invoicing
import warehouse
from belnota.errors import ControlsDoNotBalance
from belnota.periods import local_day
from belnota.store import schema
from belnota.store.purges import purged_draws, purged_files, purged_usage, purges
from belnota.store.quarantine import quarantine_decisions
from pipelines.arrivals import raw_copy
from pipelines.files_again import AGAIN
from pipelines.publishing import publish_release, reconcile
from pipelines.purge_plan import Plan, arrivals, plan_of
from pipelines.quarantine import decisions, finish_retries
from pipelines.reading import SCRATCH
from pipelines.signatures import note
from pipelines.workspace import Progress, Workspace, silent

_AT_ONCE: Final = 500
_FORGOTTEN: Final = "(purged)"


def run_purge(workspace: Workspace, *, actor: str, progress: Progress) -> Plan:
    """Purge what is due and return what that was; nothing due changes nothing.

    The caller holds the workspace. Raises ControlsDoNotBalance, with nothing purged, when the figures did not tie out
    before.
    """
    finish_purge(workspace, progress)
    finish_retries(workspace)
    plan = plan_of(workspace)
    if plan.is_empty:
        return plan
    progress("controls", 0, 1)
    _, _, controls = reconcile(workspace, local_day(workspace.clock()))
    if not warehouse.balanced(controls):
        faults = "\n  ".join(warehouse.imbalances(controls))
        raise ControlsDoNotBalance(f"nothing was purged, because the figures do not tie out before it:\n  {faults}")
    warehouse.require_whole(workspace.lake, plan.gone)
    _begin(workspace, plan, actor)
    finish_purge(workspace, progress)
    return plan


def finish_purge(workspace: Workspace, progress: Progress = silent) -> bool:
    """Carry out the purge that has begun, if there is one; every step may be repeated."""
    with workspace.store.reading() as tx:
        begun = tx.execute(sa.select(purges).where(purges.c.state == "begun")).mappings().one_or_none()
    if begun is None:
        return False
    for number, (name, step) in enumerate(STEPS.items()):
        progress(f"purge: {name}", number, len(STEPS))
        step(workspace, begun)
    progress("purge", len(STEPS), len(STEPS))
    return True


def _begin(workspace: Workspace, plan: Plan, actor: str) -> None:
    """Write down what goes, and the sums that stay of it."""
    at = workspace.clock()
    raw = dict(plan.raw)
    with workspace.store.writing() as tx:
        number = (tx.scalar(sa.select(sa.func.max(purges.c.purge_id))) or 0) + 1
        made = {
            "purge_id": number,
            "calls_through": plan.through,
            "invoices_through": plan.year,
            "state": "begun",
            "actor": actor,
            "began_at": at,
            "report": json.dumps(plan.records()),
        }
        tx.execute(sa.insert(purges).values(made))
        same = {"purge_id": number}
        _insert(tx, purged_usage, ({**same, **row} for row in plan.gone.usage.to_dicts()))
        _insert(tx, purged_draws, ({**same, **row} for row in plan.gone.draws.to_dicts()))
        counted = {row["file_id"]: row for row in plan.gone.files.to_dicts()}
        nothing = dict.fromkeys(plan.gone.files.columns[2:], 0) | {"feed": None}
        rows = [
            {**same, **nothing, **counted.get(file_id, {"file_id": file_id}), "is_raw_gone": file_id in raw}
            for file_id in sorted(counted.keys() | raw.keys())
        ]
        _insert(tx, purged_files, rows)
        note(tx, "purge", plan.through or str(plan.year), actor, {"purge": number}, at=at)


def _insert(tx: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    made = list(rows)
    if made:
        tx.execute(sa.insert(table), made)


def _take_out(workspace: Workspace, begun: sa.RowMapping) -> None:
    if not begun["calls_through"]:
        return
    with workspace.store.reading() as tx:
        decided = decisions(tx)
    gone = warehouse.doomed(workspace.lake, begun["calls_through"], decided, arrivals(workspace))
    warehouse.take_out(workspace.lake, gone)


def _forget_texts(workspace: Workspace, begun: sa.RowMapping) -> None:
    """Remove what the store said about lines and calls that are gone: decisions, write-offs, reasons in the trail."""
    if not begun["calls_through"]:
        return
    lake, events = workspace.lake, schema.events
    lines = lake.scan("quarantine").select("file_id", "line_number").unique().collect()
    calls = lake.scan("calls").select("call_id")
    written, trail = schema.suspense_write_offs.c.call_id, (events.c.event_id, events.c.action, events.c.subject, events.c.detail)
    with workspace.store.writing() as tx:
        about = sa.select(quarantine_decisions.c.decision_id, quarantine_decisions.c.file_id, quarantine_decisions.c.line_number)
        decided = pl.DataFrame(tx.execute(about).all(), schema={"decision_id": pl.Int64, **lines.schema}, orient="row")
        _delete(tx, quarantine_decisions.c.decision_id, decided.join(lines, on=["file_id", "line_number"], how="anti")["decision_id"])
        named = pl.LazyFrame({"call_id": list(tx.scalars(sa.select(written)))}, schema={"call_id": pl.String})
        _delete(tx, written, named.join(calls, on="call_id", how="anti").collect()["call_id"])
        found = tx.execute(sa.select(*trail).where(sa.or_(*(events.c.action.startswith(word) for word in ("suspense ", "quarantine "))))).all()
        told = pl.DataFrame([tuple(row) for row in found], schema=["event_id", "action", "subject", "detail"], orient="row", schema_overrides={"event_id": pl.Int64, "action": pl.String, "subject": pl.String, "detail": pl.String})
        of_calls = told.filter(pl.col("action").str.starts_with("suspense ")).lazy()
        of_files = told.filter(pl.col("action").str.starts_with("quarantine "))
        gone = of_calls.join(calls, left_on="subject", right_on="call_id", how="anti").collect()
        bare = of_files.filter(~pl.col("subject").is_in(lines["file_id"].implode()))
        for event_id, _, _, detail in (*gone.rows(), *bare.rows()):
            said = json.dumps({**json.loads(detail), **({"because": _FORGOTTEN} if "because" in detail else {})}, sort_keys=True)
            tx.execute(sa.update(events).where(events.c.event_id == event_id).values(detail=said))
        for event_id in gone["event_id"]:
            tx.execute(sa.update(events).where(events.c.event_id == event_id).values(subject=_FORGOTTEN))


def _delete(tx: sa.Connection, column: sa.Column[Any], values: pl.Series) -> None:
    for start in range(0, len(values), _AT_ONCE):
        some = values.slice(start, _AT_ONCE).to_list()
        tx.execute(sa.delete(column.table).where(column.in_(some)))


def _remove_raw(workspace: Workspace, begun: sa.RowMapping) -> None:
    mine = sa.select(purged_files.c.file_id).where(purged_files.c.purge_id == begun["purge_id"], purged_files.c.is_raw_gone)
    with workspace.store.reading() as tx:
        gone = list(tx.scalars(mine))
    for file_id in gone:
        path = raw_copy(workspace.settings.archive, file_id)
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _expire_invoices(workspace: Workspace, begun: sa.RowMapping) -> None:
    year, on = begun["invoices_through"], local_day(begun["began_at"])
    if not year:
        return
    with workspace.store.reading() as tx:
        expired = invoicing.expired(tx, workspace.settings.invoices, year)
        mails = alerts.expired_mails(tx, year)
        issued = invoicing.status(tx).filter(pl.col("issued_on").dt.year() <= year)["period"]
    invoicing.remove_pdfs(expired)
    for path in alerts.mail_files(workspace.settings.outbox, mails):
        path.unlink(missing_ok=True)
    newest = max(issued, default="")
    warehouse.without_usage_of_bundles(workspace.lake, newest)
    with workspace.store.writing() as tx:
        invoicing.forget(tx, expired, on)
        alerts.forget_mails(tx, mails)
        for table in (purged_usage, purged_draws):
            tx.execute(sa.delete(table).where(table.c.billing_period <= newest))


def _publish(workspace: Workspace, _begun: sa.RowMapping) -> None:
    publish_release(workspace, local_day(workspace.clock()), silent)


def _shred(workspace: Workspace, _begun: sa.RowMapping) -> None:
    warehouse.shred(workspace.lake)
    for name in (SCRATCH, AGAIN):
        shutil.rmtree(workspace.settings.workspace / name, ignore_errors=True)


def _scrub(workspace: Workspace, _begun: sa.RowMapping) -> None:
    workspace.store.scrub()


def _end(workspace: Workspace, begun: sa.RowMapping) -> None:
    with workspace.store.writing() as tx:
        mine = purges.c.purge_id == begun["purge_id"]
        tx.execute(sa.update(purges).where(mine).values(state="done", ended_at=workspace.clock()))


STEPS: Mapping[str, Callable[[Workspace, sa.RowMapping], None]] = {
    "lake": _take_out,
    "decisions": _forget_texts,
    "raw files": _remove_raw,
    "invoices": _expire_invoices,
    "publish": _publish,
    "shred": _shred,
    "store": _scrub,
    "done": _end,
}
"""In this order: readers see the new release before the files of the old one go."""
