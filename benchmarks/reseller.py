"""A made-up reseller on disk: a month of calls, who owns the numbers, twenty price lists, bundles. Seeded.

The calls are written in batches, so fifty million need no more memory than one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from belnota.tables import Call, schema_of
from belnota.tables.contract import ROW_GROUP
from benchmarks.made_calls import BATCH, World, batch, other_numbers
from benchmarks.made_decks import nested_prefixes, write_decks
from benchmarks.made_owners import bundle_shares, own_numbers, ownership

SEED: Final = 20261001
ZSTD: Final = 1
"""Level at which every rater writes: files as small as by Polars' own level 3, a fifth quicker."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much of everything; the same size gives the same data."""

    calls: int
    own_numbers: int
    other_numbers: int
    prefixes: int
    information: bool = True
    seed: int = SEED

    @classmethod
    def of(cls, calls: int) -> Size:
        """Return the size of a benchmark: from a million calls on 100,000 own numbers and a million others."""
        return cls(calls, min(100_000, calls // 10), min(1_000_000, calls), 50_000)


@dataclass(frozen=True)
class Reseller:
    """Where the data are: calls (contract Call, sorted by answered_at, call_id), ownership, shares, deck folders."""

    folder: Path

    @property
    def calls(self) -> Path:
        return self.folder / "calls.parquet"

    @property
    def ownership(self) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "ownership.parquet")

    @property
    def shares(self) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "shares.parquet")

    @property
    def decks(self) -> list[Path]:
        return sorted(path.parent for path in (self.folder / "decks").glob("*/deck.toml"))


def write_reseller(folder: Path, size: Size, progress: Progress = lambda _: None) -> Reseller:
    """Write the reseller of this size, or keep what an earlier run wrote there for the same size."""
    said = folder / "reseller.json"
    made = Reseller(folder)
    whole = asdict(size) | {"made_by": _recipe()}
    if said.exists() and json.loads(said.read_text(encoding="utf-8")) == whole:
        progress(f"using the data in {folder}")
        return made
    progress(f"writing {size.calls:,} calls, {size.own_numbers:,} own numbers and the price lists")
    said.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    prefixes = nested_prefixes(size.prefixes, size.seed)
    pool, starts = other_numbers(size.other_numbers, prefixes, size.seed)
    services = pool.filter(pl.col("kind") == "service_0900")["number"].str.strip_prefix("+").unique(maintain_order=True)
    write_decks(
        folder / "decks", prefixes, size.seed, information=size.information, full_numbers=services.head(200).to_list()
    )
    own = own_numbers(size.own_numbers)
    owners = ownership(own, size.seed)
    owners.write_parquet(folder / "ownership.parquet")
    bundle_shares(owners, size.seed, size.calls).write_parquet(folder / "shares.parquet")
    _write_calls(made.calls, World(own, pool, starts, size.calls, size.seed), progress)
    said.write_text(json.dumps(whole), encoding="utf-8")
    return made


def _recipe() -> str:
    """Return a hash of the programs that make the data, so that data of an earlier program are not used again."""
    sources = [*sorted(Path(__file__).parent.glob("made_*.py")), Path(__file__)]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _write_calls(file: Path, world: World, progress: Progress) -> None:
    batches = -(-world.calls // BATCH)

    def source(
        _columns: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        for number in range(batches):
            if number and number % 20 == 0:
                progress(f"  {number * BATCH:,} calls drawn")
            yield batch(world, number)

    calls = register_io_source(source, schema=schema_of(Call))
    calls.sink_parquet(file, compression="zstd", row_group_size=ROW_GROUP)


def sampled(whole: Reseller, folder: Path, rows: int, calls: int) -> Reseller:
    """Write all calls of so many customers that they make about `rows` of all `calls`; all else stays the same.

    Whole customers, so that bundles fill as they do in the whole month.
    """
    own = whole.ownership.with_columns(customer=pl.col("customer_id").str.slice(1).cast(pl.Int64))
    customers = own["customer"].max() + 1
    chosen = np.random.default_rng([SEED, 3]).permutation(customers)[: max(round(customers * rows / calls), 1)]
    numbers = own.filter(pl.col("customer").is_in(chosen.tolist()))["own_number"].unique()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ownership.parquet", "shares.parquet", "decks"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to((whole.folder / name).resolve())
    made = Reseller(folder)
    is_known = pl.col("own_number").is_in(own["own_number"].unique().implode())
    is_lost_here = ~is_known & (pl.col("own_number").str.tail(6).cast(pl.Int64) % max(calls // rows, 1) == 0)
    mine = pl.col("own_number").is_in(numbers.implode()) | is_lost_here
    pl.scan_parquet(whole.calls).filter(mine).sink_parquet(made.calls, compression="zstd", row_group_size=ROW_GROUP)
    return made
