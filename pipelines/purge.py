"""The purge: call details and invoices past their clocks go for good; totals still tie out (docs/retention.md).

First what goes is counted and written down in the store, in one transaction, as a purge that has begun. Then it is
carried out in steps that may each be repeated. A purge that was killed is finished by the next purge, night or close.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

import alerts
import invoicing
import warehouse
from belnota.errors import ControlsDoNotBalance
from belnota.periods import Period, local_day
from belnota.store.purges import purged_draws, purged_files, purged_usage, purges
from pipelines.arrivals import raw_copy
from pipelines.carry_over import settle
from pipelines.files_again import AGAIN
from pipelines.publishing import publish_release, reconcile
from pipelines.purge_plan import Plan, arrivals, plan_of
from pipelines.purge_texts import forget_texts
from pipelines.quarantine import decisions, finish_retries
from pipelines.reading import SCRATCH
from pipelines.signatures import note
from pipelines.workspace import Progress, Workspace, silent


def run_purge(workspace: Workspace, *, actor: str, progress: Progress) -> Plan:
    """Purge what is due and return what that was; nothing due changes nothing.

    The caller holds the workspace. Raises ControlsDoNotBalance, with nothing purged, when the figures did not tie out
    before.
    """
    finish_purge(workspace, progress)
    finish_retries(workspace)
    _settle(workspace)
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


def _settle(workspace: Workspace) -> None:
    """Take out of closed months what their invoices do not carry, should a close have died before that: it stays."""
    with workspace.store.reading() as tx:
        closes = invoicing.status(tx).filter(pl.col("state") == "committed")
    for period in closes["period"]:
        settle(workspace, Period.parse(period))


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
    if begun["calls_through"]:
        forget_texts(workspace)


def _remove_raw(workspace: Workspace, begun: sa.RowMapping) -> None:
    mine = sa.select(purged_files.c.file_id).where(
        purged_files.c.purge_id == begun["purge_id"], purged_files.c.is_raw_gone
    )
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
