"""Proof that what is stored is what was stored: hashes of raw files, tables, price lists and invoices."""

from __future__ import annotations

import sqlalchemy as sa

import invoicing
import tariffs.registry
from belnota.store import schema
from pipelines import purged
from pipelines.arrivals import is_whole, raw_copy
from pipelines.publishing import TABLES
from pipelines.workspace import Workspace


def verify_workspace(workspace: Workspace) -> tuple[int, list[str]]:
    """Compare everything stored with its hash; returns how much was checked and one sentence per difference."""
    checked, problems = _raw_files(workspace)
    for table in TABLES:
        found = workspace.lake.verify(table)
        checked += len(workspace.lake.files(table, workspace.lake.version(table)))
        problems += found
    with workspace.store.reading() as tx:
        problems += tariffs.registry.verify(tx, workspace.settings.archive)
        problems += invoicing.verify(tx, workspace.settings.invoices)
        checked += tx.execute(sa.select(sa.func.count()).select_from(schema.decks)).scalar_one()
        checked += tx.execute(sa.select(sa.func.count()).select_from(schema.invoices)).scalar_one()
    return checked, problems


def _raw_files(workspace: Workspace) -> tuple[int, list[str]]:
    problems = []
    with workspace.store.reading() as tx:
        names = (schema.source_files.c[name] for name in ("file_id", "file_name", "reason"))
        gone = purged.raw_gone(tx)
        found = tx.execute(sa.select(*names).distinct()).all()
    # of what came only after its months were purged there never was a copy, or it went then
    unkept = gone.keys() | {row.file_id for row in found if purged.is_refusal(row.reason)}
    wanted = sorted({(row.file_id, row.file_name) for row in found if row.file_id not in unkept})
    for file_id, name in wanted:
        path = raw_copy(workspace.settings.archive, file_id)
        if not path.exists():
            problems.append(f"{path}: missing; it held {name}. Restore it from a backup")
        elif not is_whole(path, file_id):
            problems.append(f"{path}: changed since it arrived as {name}. Restore it from a backup")
    return len(wanted), problems
