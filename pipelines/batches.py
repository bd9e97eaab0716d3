"""Frames read and written batch by batch, so that memory holds one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Self, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from belnota.files import TEMPORARY_SUFFIX
from belnota.tables import schema_of
from belnota.tables.contract import ROW_GROUP, Table

Batch = TypeVar("Batch")


def in_order_of_time(calls: pl.LazyFrame, rows: int = ROW_GROUP) -> Iterator[pl.DataFrame]:
    """Yield calls in batches that follow each other by answered_at, so that bundles are drawn in order.

    A file in order is read once, straight through; otherwise each stretch of hours is picked out of it. Calls of one
    instant never lie in two batches.
    """
    yield from in_file_order(calls, rows) if is_in_order(calls) else _picked(calls, rows)


def is_in_order(calls: pl.LazyFrame) -> bool:
    """Return whether no call was answered before the one above it."""
    last = None
    for batch in calls.select("answered_at").collect_batches(maintain_order=True):
        at = batch["answered_at"]
        if at.is_empty():
            continue
        if not at.is_sorted() or (last is not None and at[0] < last):
            return False
        last = at[-1]
    return True


def in_file_order(calls: pl.LazyFrame, rows: int = ROW_GROUP, *, seeks: bool = True) -> Iterator[pl.DataFrame]:
    """Yield calls as they stand; those of one instant that follow each other never lie in two batches.

    seeks: whether rows in the middle can be read alone, as of Parquet files; then nothing is read far ahead (1 GB).
    """
    held = None
    for batch in _sliced(calls, rows) if seeks else calls.collect_batches(chunk_size=rows, maintain_order=True):
        if batch.is_empty():
            continue
        whole = batch if held is None else pl.concat([held, batch], rechunk=True)
        if not whole["answered_at"].is_sorted():
            # In no order of time nothing can be drawn in order, so nothing has to wait.
            yield whole
            held = None
            continue
        # What was answered at the last instant waits for the rest of that instant.
        last = whole["answered_at"].search_sorted(whole["answered_at"][-1], side="left")
        if last:
            yield whole.slice(0, last)
        held = whole.slice(last)
    if held is not None:
        yield held


def _sliced(calls: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    height = calls.select(pl.len()).collect().item()
    return (calls.slice(start, rows).collect() for start in range(0, height, rows))


def _picked(calls: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    hour = pl.col("answered_at").dt.truncate("1h")
    counts = calls.group_by(hour=hour).len().collect().sort("hour")
    stretch = counts.with_columns(part=(pl.col("len").cum_sum() - 1) // rows)
    for first, last in (
        stretch.group_by("part", maintain_order=True)
        .agg(first=pl.col("hour").first(), last=pl.col("hour").last() + pl.duration(hours=1))
        .select("first", "last")
        .iter_rows()
    ):
        at = pl.col("answered_at")
        yield calls.filter(at >= first, at < last).collect()


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same batches while the next one is being made in a thread: Polars leaves Python free meanwhile."""
    with ThreadPoolExecutor(1) as making:
        coming = making.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = making.submit(next, batches, None)
            yield batch


def streamed(batches: Iterator[pl.DataFrame], empty: pl.DataFrame) -> pl.LazyFrame:
    """Return a LazyFrame of batches that are made while it is written; it can be read once. Texts may be Enums."""
    first = next(batches, empty)
    rest = batches

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, _rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        for batch in chain([first], rest):
            part = batch if predicate is None else batch.filter(predicate)
            yield part if columns is None else part.select(columns)

    return register_io_source(source, schema=first.schema)


@dataclass
class Scratch:
    """Batches of tables on disk while a period is rated; gone afterwards, and swept after a kill."""

    folder: Path
    made: dict[str, list[Path]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def below(cls, folder: Path) -> Iterator[Self]:
        """Keep files in a folder that is swept (`belnota.files.sweep`) until the block ends."""
        folder.mkdir(parents=True, exist_ok=True)
        scratch = cls(folder)
        try:
            yield scratch
        finally:
            for path in chain.from_iterable(scratch.made.values()):
                path.unlink(missing_ok=True)

    def add(self, table: str, batch: pl.DataFrame) -> None:
        """Write one batch of a table."""
        paths = self.made.setdefault(table, [])
        path = self.folder / f"{os.getpid()}.{table}-{len(paths):06}{TEMPORARY_SUFFIX}"
        paths.append(path)
        batch.write_parquet(path, compression="lz4")

    def scan(self, table: str, contract: type[Table]) -> pl.LazyFrame:
        """Read all batches of a table, with the contract's types."""
        types = schema_of(contract)
        paths = self.made.get(table)
        if not paths:
            return pl.LazyFrame(schema=types)
        return pl.scan_parquet(paths, glob=False).select(pl.col(name).cast(kind) for name, kind in types.items())
