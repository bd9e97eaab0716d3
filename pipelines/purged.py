"""What was purged, for every step that meets it again: a re-sent file, a control, a question about a call."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from belnota.periods import local_day
from belnota.store import Store
from belnota.store.purges import purged_draws, purged_files, purged_usage, purges
from belnota.tables import PurgedDraw, PurgedFile, PurgedUsage, schema_of
from belnota.tables.contract import Table
from pipelines.feeds.purged import REASON

__all__ = [
    "REASON",
    "Watermark",
    "came_before",
    "counters",
    "draws",
    "is_refusal",
    "raw_gone",
    "raw_gone_on",
    "through",
    "watermark",
]


@dataclass(frozen=True)
class Watermark:
    """How far call details are purged: calls of months up to `through` (YYYY-MM; empty = none) never come back."""

    through: str = ""
    on: dt.date | None = None

    def said(self) -> str:
        """Return a clause for people, empty when nothing was ever purged."""
        return f"call details of months up to {self.through} were purged on {self.on}" if self.through else ""


def watermark(tx: sa.Connection) -> Watermark:
    """Return how far call details are purged, or are being purged."""
    query = sa.select(purges.c.calls_through, purges.c.began_at).where(purges.c.calls_through != "")
    row = tx.execute(query.order_by(purges.c.calls_through.desc(), purges.c.purge_id).limit(1)).one_or_none()
    return Watermark(row.calls_through, local_day(row.began_at)) if row else Watermark()


def through(store: Store) -> str:
    """Return the newest month (YYYY-MM) whose call details are purged; empty = none."""
    with store.reading() as tx:
        return watermark(tx).through


def came_before(on: dt.date) -> str:
    """Return why a content that was purged is refused, as the register keeps it."""
    return f"{REASON}: the same content came before and was purged on {on}; it is not kept"


def raw_gone(tx: sa.Connection) -> dict[str, dt.date]:
    """Return the raw files (file_id) whose copy in the archive was purged, and on which local date."""
    query = sa.select(purged_files.c.file_id, purges.c.began_at).join(purges).where(purged_files.c.is_raw_gone)
    return {row.file_id: local_day(row.began_at) for row in tx.execute(query)}


def raw_gone_on(tx: sa.Connection, file_id: str) -> dt.date | None:
    """Return on which local date the archive's copy of one raw file was purged, if it was."""
    query = sa.select(purges.c.began_at).join(purged_files)
    row = tx.execute(query.where(purged_files.c.is_raw_gone, purged_files.c.file_id == file_id)).first()
    return local_day(row.began_at) if row else None


def counters(tx: sa.Connection) -> dict[str, pl.DataFrame]:
    """Return the sums that stayed of what was purged, by their names in `warehouse.FRAMES`."""
    return {
        "purged_usage": _frame(tx, purged_usage, PurgedUsage),
        "purged_draws": _frame(tx, purged_draws, PurgedDraw),
        "purged_files": _frame(tx, purged_files, PurgedFile),
    }


def draws(tx: sa.Connection) -> pl.DataFrame:
    """Return what purged calls took from bundles (PurgedDraw)."""
    return _frame(tx, purged_draws, PurgedDraw)


def _frame(tx: sa.Connection, table: sa.Table, contract: type[Table]) -> pl.DataFrame:
    schema = schema_of(contract)
    rows: list[tuple[Any, ...]] = [tuple(row) for row in tx.execute(sa.select(*(table.c[name] for name in schema)))]
    return pl.DataFrame(rows, schema=schema, orient="row")


def is_refusal(reason: str | None) -> bool:
    """Tell whether a file was refused because its months are purged, by its reason in the register."""
    return (reason or "").startswith(f"{REASON}:")
