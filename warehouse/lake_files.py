"""The Parquet files of a lake table: checked, sorted, written and named by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Final

import polars as pl
from dataframely.exc import SchemaError, ValidationError

from belnota import files
from belnota.errors import UnableToFinish
from belnota.tables.contract import ROW_GROUP
from warehouse import delta_log
from warehouse.delta_log import StoredFile
from warehouse.lake_tables import LakeTable

_LEVEL: Final = 1
"""Of zstd: as small as the usual 3 on calls, a quarter faster (measured)."""
_TOO_LITTLE: Final = 1 << 20
_REFUSALS = (SchemaError, ValidationError, pl.exceptions.PolarsError, OSError)


@dataclass
class Staged:
    """Rows on their way into a table: files that no version names, until `commit` names all of them at once."""

    folder: Path
    table: LakeTable
    batch: str
    made: list[StoredFile] = field(default_factory=list)

    def add(self, frame: pl.DataFrame) -> None:
        """Write rows; UnableToFinish when they break the contract of the table.

        In memory and in one piece they take half the time that a stream does (measured).
        """
        # The batch is in the name too: equal rows in two batches must be two files.
        prefix = hashlib.sha256(self.batch.encode()).hexdigest()[:16] + "-"
        key = self.table.partition
        with _scratch(self.folder) as scratch:
            with _refusal_told(scratch):
                rows = _as_stored(self.table, frame).sort(self.table.order, nulls_last=self.table.nulls_last)
            for (partition,), part in (rows.partition_by(key, as_dict=True) if key else {("",): rows}).items():
                if part.height:
                    with _refusal_told(scratch):
                        part.write_parquet(
                            scratch, compression="zstd", compression_level=_LEVEL, row_group_size=ROW_GROUP
                        )
                    made = _named(scratch, self.folder, self.table, str(partition), prefix=prefix, rows=part.height)
                    self.made.append(made)

    def scan(self) -> pl.LazyFrame:
        """Read the rows so far, with the contract's schema."""
        paths = [self.folder / file.path for file in self.made]
        return scanned(self.table, paths, ()) if paths else pl.LazyFrame(schema=self.table.schema)

    def commit(self) -> bool:
        """Add all rows to the table; False when the batch is in it already."""
        if delta_log.has_batch(self.folder, self.batch):
            return False
        delta_log.commit(self.folder, self.table, self.made, mode="append", batch=self.batch)
        return True

    def discard(self) -> None:
        """Remove what was written, unless the batch is in the table: then these are the same files."""
        if self.made and not delta_log.has_batch(self.folder, self.batch):
            for file in self.made:
                (self.folder / file.path).unlink(missing_ok=True)


def written(folder: Path, table: LakeTable, rows: pl.LazyFrame, partition: str) -> StoredFile | None:
    """Write the rows of one partition, which need not fit in memory, as one file; None when there are none.

    The same rows in any order make the same file.
    """
    with _scratch(folder) as scratch:
        with _refusal_told(scratch):
            count = _sink(table, rows, scratch, partition)
        return _named(scratch, folder, table, partition, prefix="", rows=count) if count else None


def scanned(table: LakeTable, paths: list[Path], lacking: Sequence[str]) -> pl.LazyFrame:
    """Read files that lack some of the columns, with the contract's schema."""
    held = pl.Schema({name: dtype for name, dtype in table.stored_schema.items() if name not in lacking})
    stored = pl.scan_parquet(paths, schema=held, hive_partitioning=False, glob=False)
    whole = stored.with_columns(pl.sql_expr(table.added[name]).alias(name) for name in lacking)
    return whole.select(pl.col(name).cast(dtype) for name, dtype in table.schema.items())


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Yield where to write a file, which goes if it is still there."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{os.getpid()}.incoming{files.TEMPORARY_SUFFIX}"
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def _refusal_told(path: Path) -> Iterator[None]:
    """Turn what refuses rows, or cannot write them, into UnableToFinish."""
    try:
        yield
    except _REFUSALS as error:
        reason = _full_disk(path) or str(error).partition("\n\n")[0].replace("\n", " ")
        table = path.parent.name
        raise UnableToFinish(f"the lake table {table} could not take these rows, nothing changed: {reason}") from error


def _as_stored(table: LakeTable, rows: pl.DataFrame) -> pl.DataFrame:
    return table.contract.validate(rows).select(pl.col(name).cast(kind) for name, kind in table.stored_schema.items())


def _sink(table: LakeTable, rows: pl.LazyFrame, path: Path, partition: str) -> int:
    """Check, sort and write rows as a stream; returns how many."""
    stored = table.contract.validate(rows).select(pl.col(name).cast(kind) for name, kind in table.stored_schema.items())
    ordered = stored.sort(table.order, nulls_last=table.nulls_last)
    ordered.sink_parquet(path, compression="zstd", compression_level=_LEVEL, row_group_size=ROW_GROUP)
    made = pl.scan_parquet(path, glob=False)
    strangers = (pl.col(table.partition) != partition).sum() if table.partition else pl.lit(0)
    count, misplaced = made.select(pl.len(), strangers.alias("misplaced")).collect().row(0)
    if misplaced:
        raise UnableToFinish(f"{misplaced} rows for {path.parent.name} are not of {partition}; nothing changed")
    return int(count)


def _named(scratch: Path, folder: Path, table: LakeTable, partition: str, *, prefix: str, rows: int) -> StoredFile:
    """Move a written file to its place, named by its content."""
    name = f"{prefix}{files.sha256_of(scratch)}.parquet"
    relative = f"{table.partition}={partition}/{name}" if table.partition else name
    size = scratch.stat().st_size
    files.publish(folder / relative, lambda aside: _move(scratch, aside))
    return StoredFile(relative, size, rows, partition)


def _full_disk(path: Path) -> str:
    # Polars reports a full disk in words of its Parquet writer that help nobody.
    return "the disk is full; free some space and run again" if disk_usage(path.parent).free < _TOO_LITTLE else ""


def _move(source: Path, target: Path) -> None:
    source.replace(target)
