"""What a workspace holds, in a form that two runs can be compared by: content, not file names or moments."""

import email
import hashlib
import os
from pathlib import Path

import sqlalchemy as sa

from belnota.store import schema
from pipelines.publishing import TABLES
from pipelines.workspace import opened
from warehouse import query

MOMENTS = {
    "at",
    "queued_at",
    "changed_at",
    "made_at",
    "approved_at",
    "imported_at",
    "message",
    "attempts",
    "event_id",
    "received_at",
}
"""Columns that say when, not what; messages carry a Date."""
REGISTERS = (
    "source_files",
    "closes",
    "invoice_drafts",
    "invoices",
    "warnings",
    "outbox",
    "decks",
    "customers",
    "numbers",
)
VERSIONS = {"table_versions", "content_key", "draft_hash", "approved_hash"}
"""How many commits it took to get there may differ after a kill."""


def state_of(folder: Path) -> dict[str, object]:
    """Return everything that must not depend on how often a run was killed."""
    with opened(folder, os.environ) as workspace:
        state: dict[str, object] = {t: workspace.lake.digest(t, workspace.lake.version(t)) for t in TABLES}
        with workspace.store.reading() as tx:
            for name in REGISTERS:
                state[name] = rows_of(tx, schema.metadata.tables[name])
        settings = workspace.settings
    state["inbox"] = names(settings.inbox)
    state["archive"] = hashes(settings.archive)
    state["invoices on disk"] = hashes(settings.invoices)
    state["mails on disk"] = {path.name: subject_of(path) for path in sorted(settings.outbox.glob("*.eml"))}
    state["left over"] = [name for name in names(folder) if name.endswith(".part")]
    if settings.published.exists():
        published = (
            "select billing_period, status, count(*), sum(charge_eur) from report.calls group by all order by all"
        )
        state["published"] = query(settings.published, published).rows()
    return state


def rows_of(tx: sa.Connection, table: sa.Table) -> list[dict[str, object]]:
    wanted = [column for column in table.c if column.name not in MOMENTS | VERSIONS]
    rows = tx.execute(sa.select(*wanted).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in rows]


def names(folder: Path) -> list[str]:
    return (
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    )


def hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names(folder)}


def subject_of(path: Path) -> str:
    message = email.message_from_bytes(path.read_bytes())
    return f"{message['To']} {message['Subject']} {message['Message-ID']}"
