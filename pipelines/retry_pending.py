"""What a retry is about to store, kept on disk until both tables of the lake have it: a kill in between loses nothing.

Parts and the calls that they make whole are two commits of the lake. They are written here first, then the retry is
`begun` in the store; whoever comes next brings it to its end (`pipelines.quarantine.finish_retries`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from belnota.files import publish
from pipelines.workspace import Workspace

_FOLDER: Final = ".retries"
_TABLES: Final = ("call_parts", "calls")
"""In the order in which they are stored."""


def keep(workspace: Workspace, retry_id: str, **tables: pl.DataFrame) -> None:
    """Keep the rows of a retry for the lake's tables `call_parts` and `calls`."""
    for table in _TABLES:
        publish(_path(workspace, retry_id, table), tables[table].write_parquet)


def is_kept(workspace: Workspace, retry_id: str) -> bool:
    """Return whether a retry that has begun can be brought to its end from here."""
    return all(_path(workspace, retry_id, table).is_file() for table in _TABLES)


def bring_in(workspace: Workspace, retry_id: str) -> None:
    """Store what is kept of a retry; what is in the lake already is not stored again."""
    for table in _TABLES:
        workspace.lake.append(table, pl.read_parquet(_path(workspace, retry_id, table), glob=False), batch=retry_id)


def forget(workspace: Workspace) -> None:
    """Remove everything that is kept; the caller holds the workspace and no retry has begun."""
    folder = workspace.settings.workspace / _FOLDER
    for path in folder.glob("*") if folder.is_dir() else ():
        path.unlink()
    if folder.is_dir():
        folder.rmdir()


def _path(workspace: Workspace, retry_id: str, table: str) -> Path:
    return workspace.settings.workspace / _FOLDER / f"{retry_id.rpartition(' ')[2]}.{table}.parquet"
