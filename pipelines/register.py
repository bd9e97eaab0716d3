"""The register of raw files: one row in the store for each arrival, and where its lines went."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

import polars as pl
import sqlalchemy as sa

from belnota.errors import UnableToFinish
from belnota.store.schema import source_files as register
from belnota.tables import SourceFile, schema_of
from pipelines.screen import printable


@dataclass(frozen=True)
class Registered:
    """A row of the contract SourceFile."""

    file_id: str
    arrival: int
    file_name: str
    size_bytes: int
    status: Literal["accepted", "duplicate", "refused"]
    feed: str | None = None
    reason: str | None = None
    sequence: int | None = None
    lines: int = 0
    framing_lines: int = 0
    filtered_lines: int = 0
    quarantined_lines: int = 0
    duplicate_calls: int = 0
    accepted_calls: int = 0
    part_lines: int = 0
    assembled_calls: int = 0
    received_at: dt.datetime | None = None


@dataclass(frozen=True)
class Earlier:
    """An earlier arrival of the same content."""

    arrival: int
    file_name: str
    status: str
    reason: str | None


def earlier_arrivals(tx: sa.Connection, file_id: str) -> list[Earlier]:
    """Return all arrivals of a content, the first one first."""
    columns = (register.c.arrival, register.c.file_name, register.c.status, register.c.reason)
    query = sa.select(*columns).where(register.c.file_id == file_id).order_by(register.c.arrival)
    return [Earlier(*row) for row in tx.execute(query)]


def is_name_reused(tx: sa.Connection, file_name: str, file_id: str) -> bool:
    """Return whether other content arrived under this name before."""
    query = sa.select(register.c.file_id).where(register.c.file_name == file_name, register.c.file_id != file_id)
    return tx.execute(query.limit(1)).first() is not None


def name_of_sequence(tx: sa.Connection, feed: str, sequence: int, file_id: str) -> str | None:
    """Return the name of an accepted file of a feed with this number and other content."""
    query = sa.select(register.c.file_name).where(
        register.c.feed == feed,
        register.c.sequence == sequence,
        register.c.status == "accepted",
        register.c.file_id != file_id,
    )
    return tx.scalar(query.limit(1))


def add(tx: sa.Connection, row: Registered) -> None:
    tx.execute(sa.insert(register).values(**asdict(row)))


def source_files(tx: sa.Connection) -> pl.DataFrame:
    """Return the whole register (contract SourceFile), sorted by name and arrival.

    UnableToFinish, with the name of a file, when what it says of it cannot be.
    """
    schema = schema_of(SourceFile)
    rows = tx.execute(sa.select(*(register.c[name] for name in schema.names()))).all()
    frame = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    _refuse_contradictions(frame)
    return SourceFile.validate(frame.sort("file_name", "file_id", "arrival"))


def _refuse_contradictions(frame: pl.DataFrame) -> None:
    """Refuse rows that the program never writes, by file: the store was damaged, or changed by hand."""
    holds = pl.all_horizontal(rule.holds(SourceFile) for rule in SourceFile.rules().values())
    names = frame.filter(~holds)["file_name"].unique(maintain_order=True).to_list()
    if names:
        others = f" and {len(names) - 1:,} more" if names[1:] else ""
        raise UnableToFinish(
            f"the register of files contradicts itself: the lines of {printable(names[0])}{others} do not add up to "
            "where they went. Table source_files of the store was damaged or changed by hand: put the store back from "
            "a backup"
        )
