"""The publishing step: reconcile, make a release, swap `analytics.duckdb`; unbalanced figures publish nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

import accounts
import alerts
import invoicing
import warehouse
from belnota.errors import ControlsDoNotBalance
from belnota.store import schema
from belnota.wording import CALL_TYPES
from pipelines import controls_page, parts_dropped
from pipelines.controlled import controls_of
from pipelines.ingest import source_files
from pipelines.quarantine import decisions, finish_retries
from pipelines.workspace import Progress, Workspace
from tariffs.registry import imported_decks

TABLES = ("calls", "call_parts", "quarantine", "rated_calls", "bundle_draws", "bundle_usage")
_CUSTOMER = ("customer_id", "name", "city", "language", "delivery", "vat_regime")
_CALL_TYPE = ("call_type", "name_nl", "name_en")


@dataclass(frozen=True)
class PublishSummary:
    """Which release readers see now, and whether this run made it."""

    release_id: int
    is_new: bool
    controls: int
    alarms: tuple[str, ...] = ()
    """What is told and held up nothing, one sentence each."""


def reconcile(workspace: Workspace, on: dt.date) -> tuple[dict[str, int], dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the lake's versions, the store's tables and the controls over both, judged on a local date."""
    versions = {table: workspace.lake.version(table) for table in TABLES}
    with workspace.store.reading() as tx:
        frames = store_frames(tx)
    return versions, frames, controls_of(workspace, versions, frames, on)


def publish_release(workspace: Workspace, on: dt.date, progress: Progress) -> PublishSummary:
    """Publish the present state as a release, unless it is the newest one already.

    Raises ControlsDoNotBalance, naming each control that does not tie out; the old release stays what readers see.
    """
    progress("controls", 0, 2)
    finish_retries(workspace)
    versions, frames, controls = reconcile(workspace, on)
    folder = workspace.settings.workspace
    if not warehouse.balanced(controls):
        with workspace.store.reading() as tx:
            before = warehouse.newest(tx)
        release_id = before.release_id if before else None
        controls_page.write(folder, controls, on=on, release_id=release_id, is_published=False)
        faults = "\n  ".join(warehouse.imbalances(controls))
        raise ControlsDoNotBalance(
            f"nothing was published, because the figures do not tie out:\n  {faults}\n"
            f"what to do stands in {folder / 'controls.html'}, and: belnota controls"
        )
    progress("publishing", 1, 2)
    with workspace.store.writing() as tx:
        before = warehouse.newest(tx)
        release = warehouse.record(
            tx,
            content_key=_content_key(versions, frames, _judged_on(before, versions, frames, on)),
            run_on=on,
            made_at=workspace.clock(),
            table_versions=versions,
            controls=controls,
        )
    path = workspace.settings.published
    if not warehouse.is_published(path, release.release_id):
        warehouse.publish(path, workspace.lake, release, frames)
    controls_page.write(folder, controls, on=on, release_id=release.release_id, is_published=True)
    progress("publishing", 2, 2)
    is_new = before is None or before.release_id != release.release_id
    return PublishSummary(release.release_id, is_new, controls.height, tuple(warehouse.alarms(controls)))


def store_frames(tx: sa.Connection) -> dict[str, pl.DataFrame]:
    """Return the store's tables that analysts see, by the names of `warehouse.publish`."""
    rows = tx.execute(sa.select(*(schema.customers.c[name] for name in _CUSTOMER)).order_by("customer_id"))
    customers = [tuple(row) for row in rows]
    call_types = [(code, *names) for code, names in CALL_TYPES.items()]
    return {
        "customers": pl.DataFrame(customers, schema=dict.fromkeys(_CUSTOMER, pl.String), orient="row"),
        "numbers": accounts.ownership(tx),
        "decks": imported_decks(tx),
        "call_types": pl.DataFrame(call_types, schema=dict.fromkeys(_CALL_TYPE, pl.String), orient="row"),
        "source_files": source_files(tx),
        "quarantine_decisions": decisions(tx),
        "part_decisions": parts_dropped.decisions(tx),
        "invoices": invoicing.invoices(tx),
        "invoice_lines": invoicing.invoice_lines(tx),
        "warnings": alerts.warnings_frame(tx),
    }


def _judged_on(
    before: warehouse.Release | None, versions: Mapping[str, int], frames: Mapping[str, pl.DataFrame], on: dt.date
) -> dt.date:
    """Return the date that is part of what a release says: alarms, and how far behind the feeds are.

    A later night on which nothing came is news; a night of an earlier date with the same content is none.
    """
    if before and before.run_on > on and before.content_key == _content_key(versions, frames, before.run_on):
        return before.run_on
    return on


def _content_key(versions: Mapping[str, int], frames: Mapping[str, pl.DataFrame], on: dt.date) -> str:
    digest = hashlib.sha256(json.dumps([versions, on.isoformat()], sort_keys=True).encode())
    for name in sorted(frames):
        digest.update(name.encode())
        digest.update(frames[name].write_csv().encode())
    return digest.hexdigest()
