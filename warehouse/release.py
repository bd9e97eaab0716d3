"""Releases: which versions of the lake readers see. A row is written after all tables of a run stand and tie out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa

from belnota.store.schema import releases
from belnota.tables import ControlResult, schema_of

_ONCE: Final = 7
_ADDED: Final = ("balance",)
"""Columns that ControlResult has more than it had once, with their values in releases of then."""


@dataclass(frozen=True)
class Release:
    """One published state: the version of each lake table, and the controls that tied it out (ControlResult)."""

    release_id: int
    content_key: str
    made_at: dt.datetime
    run_on: dt.date
    table_versions: Mapping[str, int]
    controls: pl.DataFrame


def newest(tx: sa.Connection) -> Release | None:
    """Return the release that readers should see, none before the first night."""
    row = tx.execute(sa.select(releases).order_by(releases.c.release_id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    # releases from before there were alarms say nothing of the kind
    rows = [[*values, *_ADDED[len(values) - _ONCE :]] for values in json.loads(row.controls)]
    controls = pl.DataFrame(rows, schema=schema_of(ControlResult), orient="row")
    return Release(row.release_id, row.content_key, row.made_at, row.run_on, json.loads(row.table_versions), controls)


def record(
    tx: sa.Connection,
    *,
    content_key: str,
    run_on: dt.date,
    made_at: dt.datetime,
    table_versions: Mapping[str, int],
    controls: pl.DataFrame,
) -> Release:
    """Make a release, or return the newest one when it was made from the same content (no new row, same number)."""
    before = newest(tx)
    if before is not None and before.content_key == content_key:
        return before
    release = Release(
        before.release_id + 1 if before else 1, content_key, made_at, run_on, dict(table_versions), controls
    )
    tx.execute(
        sa.insert(releases).values(
            release_id=release.release_id,
            content_key=content_key,
            made_at=made_at,
            run_on=run_on,
            table_versions=json.dumps(release.table_versions, sort_keys=True),
            controls=json.dumps(ControlResult.validate(controls).rows(), ensure_ascii=False),
        )
    )
    return release
