"""The log of one Delta table: which files are in a version, and the one commit that changes it.

The log is the truth: a Parquet file that no commit names does not exist for any reader.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction

from belnota.errors import UnableToFinish
from belnota.files import sync_folder
from warehouse.lake_tables import LakeTable

_SETTINGS = {
    # A checkpoint each tenth commit keeps opening at about 5 ms, whatever the number of nights (measured: 25 at 100).
    "delta.checkpointInterval": "10",
    # Releases and closes name versions for years, so the log is never shortened behind their back.
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
_WITHDRAWN = "withdrawn "
"""With the name of a batch: how often it was withdrawn. A batch that came after that has a higher number."""
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


@dataclass(frozen=True)
class StoredFile:
    """One Parquet file of a version. `path` is relative to the table's folder, `partition` is empty without one."""

    path: str
    size_bytes: int
    rows: int
    partition: str


def newest_version(folder: Path) -> int:
    """Return the number of the last commit, -1 when the table does not exist yet."""
    try:
        return DeltaTable(folder).version()
    except TableNotFoundError:
        return -1


def files_in(folder: Path, table: LakeTable, version: int) -> list[StoredFile]:
    """Return the files of a version in order of partition and path; UnableToFinish when it is not in the log."""
    try:
        actions = pl.DataFrame(DeltaTable(folder, version=version).get_add_actions(flatten=True))
    except DeltaError as error:
        message = f"the lake table in {folder} has no readable version {version}: restore the folder from a backup"
        raise UnableToFinish(f"{message} ({_first_line(error)})") from None
    partition = pl.col(f"partition.{table.partition}") if table.partition and actions.height else pl.lit("")
    rows = actions.select("path", "size_bytes", "num_records", partition=partition).sort("partition", "path").rows()
    return [StoredFile(*row) for row in rows]


def has_batch(folder: Path, batch: str) -> bool:
    """Tell whether a batch was committed before, and not withdrawn since."""
    try:
        table = DeltaTable(folder)
    except TableNotFoundError:
        return False
    came = table.transaction_version(batch)
    return came is not None and came > _withdrawals(table, batch)


def commit(
    folder: Path,
    table: LakeTable,
    files: Sequence[StoredFile],
    *,
    mode: Literal["append", "overwrite"],
    partition: str | None = None,
    batch: str | None = None,
    withdrawn: str | None = None,
) -> None:
    """Name files in the table by one durable commit; `overwrite` takes out all other files of the partition.

    `withdrawn`: batches of this name, with or without a dot and a number behind it, count as if they never came.
    Raises UnableToFinish when another process committed in between: nothing has changed then.
    """
    schema = Schema.from_arrow(pl.DataFrame(schema=table.stored_schema).to_arrow().schema)
    keys = [table.partition] if table.partition else []
    try:
        opened = _opened(folder, schema, keys)
        marks = [Transaction(batch, _withdrawals(opened, batch) + 1)] if batch else []
        marks += [Transaction(_WITHDRAWN + withdrawn, _withdrawals(opened, withdrawn) + 1)] if withdrawn else []
        opened.create_write_transaction(
            [_add(folder, table, file) for file in files],
            mode=mode,
            schema=schema,
            partition_by=keys,
            partition_filters=[(table.partition, "=", partition)] if table.partition and partition else None,
            commit_properties=CommitProperties(app_transactions=marks or None),
            post_commithook_properties=_HOOKS,
        )
    except CommitFailedError as error:
        message = f"another process wrote to {folder} at the same moment; nothing was changed, run again"
        raise UnableToFinish(f"{message} ({_first_line(error)})") from None
    except (DeltaError, OSError) as error:
        message = f"the log of {folder} could not be written; nothing was changed, see to the disk and run again"
        raise UnableToFinish(f"{message} ({_first_line(error)})") from None
    _make_durable(folder / "_delta_log")


def _withdrawals(table: DeltaTable, batch: str) -> int:
    return table.transaction_version(_WITHDRAWN + batch.partition(".")[0]) or 0


def _opened(folder: Path, schema: Schema, keys: list[str]) -> DeltaTable:
    try:
        return DeltaTable(folder)
    except TableNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return DeltaTable.create(folder, schema=schema, partition_by=keys, mode="ignore", configuration=_SETTINGS)


def _add(folder: Path, table: LakeTable, file: StoredFile) -> AddAction:
    modified = (folder / file.path).stat().st_mtime_ns // 1_000_000
    values = {table.partition: file.partition} if table.partition else {}
    return AddAction(file.path, file.size_bytes, values, modified, True, json.dumps({"numRecords": file.rows}))


def _make_durable(log: Path) -> None:
    # delta-rs renames its commit into place without fsync: after a power cut it could be an empty file.
    newest = max(log.glob("*.json"))
    with newest.open("rb") as entry:
        os.fsync(entry.fileno())
    sync_folder(log)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
