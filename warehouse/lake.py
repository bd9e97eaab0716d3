"""The lake: tables as Parquet files that Polars writes and a Delta log that names them (stack.md 4).

Each file carries the SHA-256 of its content in its name, so equal rows are the same file and a flipped bit is found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from belnota import files
from belnota.errors import UnableToFinish
from warehouse import delta_log
from warehouse.delta_log import StoredFile
from warehouse.lake_files import Staged, scanned, written
from warehouse.lake_tables import TABLES

_HASH_LENGTH = 64


@dataclass(frozen=True)
class Lake:
    """All lake tables below one folder. One process writes at a time (belnota.files.exclusive); any number reads.

    A change is one Delta commit: a reader sees it whole or not at all, and a kill leaves at most files that
    no commit names, which nobody sees and the same work writes again.
    """

    root: Path

    def append(self, table: str, frame: pl.DataFrame, *, batch: str) -> bool:
        """Add rows under the name of a batch; False, and nothing written, when the batch is in the table already.

        A batch without rows is remembered too. Raises UnableToFinish when rows break the contract of the table.
        """
        if self.has_batch(table, batch):
            return False
        staged = self.staged(table, batch=batch)
        staged.add(frame)
        return staged.commit()

    def staged(self, table: str, *, batch: str) -> Staged:
        """Return what takes the rows of one batch piece by piece, and adds them all at once."""
        return Staged(self._folder(table), TABLES[table], batch)

    def has_batch(self, table: str, batch: str) -> bool:
        """Return whether the rows of a batch were added to a table."""
        return delta_log.has_batch(self._folder(table), batch)

    def forget_batches(self, table: str, name: str) -> None:
        """Let batches of a name, and those with a dot and a number behind it, be added once more; rows stay."""
        delta_log.commit(self._folder(table), TABLES[table], [], mode="append", withdrawn=name)

    def replace(self, table: str, partition: str, frames: pl.DataFrame | pl.LazyFrame) -> bool:
        """Swap the rows of one partition in one commit; False when it held exactly these rows in one file already.

        `partition` is a period, or "" for a table without partitions. No rows empty the partition.
        Raises UnableToFinish when rows break the contract or belong to another partition.
        """
        made = written(self._folder(table), TABLES[table], frames.lazy(), partition)
        new = [made] if made else []
        old = [file for file in self._stored(table, self.version(table)) if file.partition == partition]
        if [file.path for file in old] == [file.path for file in new]:
            return False
        delta_log.commit(self._folder(table), TABLES[table], new, mode="overwrite", partition=partition)
        return True

    def compact(self, table: str, *, above: int, periods: Collection[str] | None = None) -> int:
        """Rewrite each partition of more than `above` files as one file; returns how many partitions were rewritten.

        `periods`: only these. Each is one commit with the same rows: killed at any moment, a reader finds all of them.
        """
        held = Counter(file.partition for file in self._stored(table, self.version(table)))
        wanted = held if periods is None else held.keys() & set(periods)
        crowded = sorted(partition for partition in wanted if held[partition] > above)
        for partition in crowded:
            self.replace(table, partition, self.scan(table, periods=[partition] if partition else None))
        return len(crowded)

    def scan(
        self,
        table: str,
        *,
        version: int | None = None,
        periods: Sequence[str] | None = None,
        only: Sequence[Path] | None = None,
    ) -> pl.LazyFrame:
        """Read a version (the newest by default) with exactly the contract's schema, in no order.

        `periods` keeps only these partitions, `only` these files, without opening the others. Columns that a file was
        written without have the value that LakeTable.added gives them.
        """
        spec = TABLES[table]
        groups = spec.by_lack(self.files(table, version, periods=periods) if only is None else only)
        if not groups:
            return pl.LazyFrame(schema=spec.schema)
        return pl.concat([scanned(spec, paths, lacking) for lacking, paths in groups.items()])

    def version(self, table: str) -> int:
        """Return the newest version of a table, -1 when nothing was ever written to it."""
        return delta_log.newest_version(self._folder(table))

    def periods(self, table: str) -> list[str]:
        """Return the partitions of the newest version of a table that hold rows, sorted."""
        return sorted({file.partition for file in self._stored(table, self.version(table))})

    def rows(self, table: str) -> int:
        """Return how many rows the newest version of a table has, as its log says."""
        return sum(file.rows for file in self._stored(table, self.version(table)))

    def files(self, table: str, version: int | None = None, *, periods: Sequence[str] | None = None) -> list[Path]:
        """Return the Parquet files of a version; UnableToFinish when one is gone, naming it."""
        stored = self._stored(table, self.version(table) if version is None else version)
        wanted = [file for file in stored if periods is None or file.partition in periods]
        paths = [self._folder(table) / file.path for file in wanted]
        for path in paths:
            if not path.is_file():
                purged = " (a purge removes what only older versions name)" if self._is_old(table, version) else ""
                remedy = "restore it from a backup, or rebuild the period from raw files"
                raise UnableToFinish(f"{path} is gone{purged}; {remedy}")
        return paths

    def digest(self, table: str, version: int | None = None) -> str:
        """Return the SHA-256 over the sorted rows of a version: equal rows in other files have the same digest."""
        spec = TABLES[table]
        digest = hashlib.sha256()
        for partition in sorted({file.partition for file in self._stored(table, self._at(table, version))}):
            rows = self.scan(table, version=version, periods=[partition]).sort(spec.order, nulls_last=True)
            # null and "" differ: only text is quoted
            digest.update(rows.collect(engine="streaming").write_csv(quote_style="non_numeric").encode())
        return digest.hexdigest()

    def verify(self, table: str, version: int | None = None) -> list[str]:
        """Check each file of a version against the hash in its name; returns a sentence per damaged or lost file."""
        problems = []
        for file in self._stored(table, self._at(table, version)):
            path = self._folder(table) / file.path
            if not path.is_file():
                problems.append(f"{path} is gone; restore it from a backup, or rebuild the period from raw files")
            elif files.sha256_of(path) != path.stem[-_HASH_LENGTH:]:
                problems.append(f"{path} was changed after it was written; restore it, or rebuild from raw files")
        return problems

    def sweep(self) -> int:
        """Remove what a killed run left half-written; returns how many files."""
        return files.sweep(self.root)

    def on_disk(self, table: str, partition: str | None = None) -> tuple[int, int]:
        """Return how many Parquet files there are, of all versions, and their bytes; of one partition if named."""
        folder = self._folder(table)
        if partition:
            folder /= f"{TABLES[table].partition}={partition}"
        sizes = [path.stat().st_size for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts]
        return len(sizes), sum(sizes)

    def unnamed_files(self, table: str) -> list[Path]:
        """Return the Parquet files that the newest version does not name: replaced ones, and what a kill left."""
        named = {file.path for file in self._stored(table, self.version(table))}
        folder = self._folder(table)
        found = [path for path in sorted(folder.rglob("*.parquet")) if "_delta_log" not in path.parts]
        return [path for path in found if str(path.relative_to(folder)) not in named]

    def remove_empty_folders(self) -> None:
        """Remove the folders of partitions that hold no file any more."""
        for table, spec in TABLES.items():
            for folder in self._folder(table).glob(f"{spec.partition}=*") if spec.partition else ():
                if not any(folder.iterdir()):
                    folder.rmdir()

    def _folder(self, table: str) -> Path:
        return self.root / table

    def _is_old(self, table: str, version: int | None) -> bool:
        return version is not None and version < self.version(table)

    def _at(self, table: str, version: int | None) -> int:
        return self.version(table) if version is None else version

    def _stored(self, table: str, version: int) -> list[StoredFile]:
        if version < 0 or (version == 0 and self.version(table) < 0):
            return []
        return delta_log.files_in(self._folder(table), TABLES[table], version)
