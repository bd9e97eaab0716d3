"""PostgreSQL with the extension `prefix`: a private cluster, loaded before the clock starts; all rating in SQL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import polars as pl
import psycopg

from belnota.tables import RatedCall, schema_of
from benchmarks.raters.sql_tables import sql_tables
from benchmarks.reseller import Reseller
from tests.lib.postgres import binary

_SCRIPT = Path(__file__).with_name("postgres.sql")
_TYPES: Final = {
    pl.Int64: "bigint",
    pl.Boolean: "boolean",
    pl.String: "text",
    pl.List(pl.String): "text[]",
    pl.Datetime("us", "UTC"): "timestamptz",
}
_SETTINGS: Final = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "shared_buffers": "1GB", "work_mem": "512MB", "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB", "jit": "off",
}  # fmt: skip
_FUNCTIONS: Final = """
create extension prefix;
create function steps(quantity bigint, step bigint) returns bigint immutable language sql
    return (quantity + step - 1) / step * step;
create function rounded(amount bigint, unit bigint, mode text) returns bigint immutable language sql
    return (amount + case mode when 'half_up' then unit / 2 when 'up' then unit - 1 when 'down' then 0
        else (unit - 1) / 2 + case when unit % 2 = 0 and amount / unit % 2 = 1 then 1 else 0 end end) / unit;
"""
_INDEXES: Final = """
create unlogged table known as select distinct prefix as digits, prefix::prefix_range as prefix from prefixes;
alter table information alter column prefix type prefix_range using prefix::prefix_range;
create index on known using gist (prefix);
create index on prefixes (prefix, deck);
create index on information using gist (prefix);
create index on owners (own_number);
create index on quarters (deck, quarter);
create index on offers (set_id, holding);
create index on shares (subscription_id, service, rank);
analyze;
"""


class Prepared:
    """A connection to a server that has the calls, prices, owners and bundles."""

    def __init__(self, connection: psycopg.Connection, reseller: Reseller) -> None:
        self.connection = connection
        connection.execute(_FUNCTIONS.encode())
        tables = sql_tables(reseller)
        self.ranks = sorted(set(tables["shares"]["rank"]))
        calls = pl.read_parquet(reseller.calls).with_row_index("row").cast({"row": pl.Int64})
        text = pl.col("service", "direction", "zone").cast(pl.String)
        tables["calls"] = calls.with_columns(text, at_us=pl.col("answered_at").dt.timestamp("us"))
        for name, table in tables.items():
            self._load(name, table)
        connection.execute(_INDEXES.encode())

    def _load(self, name: str, table: pl.DataFrame) -> None:
        columns = ", ".join(f"{column} {_TYPES[dtype]}" for column, dtype in table.schema.items())
        self.connection.execute(f"create unlogged table {name} ({columns})".encode())
        lists = [
            pl.concat_str(pl.lit("{"), pl.col(column).list.join(","), pl.lit("}")).alias(column)
            for column, dtype in table.schema.items()
            if dtype == pl.List(pl.String)
        ]
        with self.connection.cursor().copy(f"copy {name} from stdin (format csv)".encode()) as copy:
            for part in table.with_columns(lists).iter_slices(100_000):
                copy.write(part.write_csv(include_header=False, quote_style="non_numeric"))


def rate(prepared: Prepared) -> None:
    """Rate the calls of the table into the table `rated`, with the columns of RatedCall."""
    before, rest = _SCRIPT.read_text(encoding="utf-8").split("-- per rank\n")
    per_rank, after = rest.split("-- once\n")
    prepared.connection.execute(before.encode())
    for rank in prepared.ranks:
        prepared.connection.execute((per_rank % {"rank": rank}).encode())
    prepared.connection.execute(after.encode())


def write(connection: psycopg.Connection, out: Path) -> None:
    """Write the table `rated` as a Parquet file; not part of the rating, for the comparison."""
    types = schema_of(RatedCall)
    statement = f"copy (select {', '.join(types)} from rated) to stdout csv"
    with connection.cursor().copy(statement.encode()) as copy:
        content = b"".join(copy)
    texts = {name: pl.String if dtype == pl.Boolean else dtype for name, dtype in types.items()}
    texts |= {name: pl.String for name, dtype in types.items() if isinstance(dtype, pl.Enum | pl.Datetime)}
    table = pl.read_csv(content, has_header=False, new_columns=list(types), schema_overrides=list(texts.values()))
    table.write_parquet(out)


def server_peak(connection: psycopg.Connection) -> float:
    """Return the most memory (MB) that the connection's server process had, shared buffers it touched included."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """Run a private cluster, reached by a socket in its own folder, gone afterwards."""
    # PostgreSQL refuses to run as root; Debian's package brings an account for it.
    account = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="belnota-pg-", dir="/tmp"))
    if account:
        shutil.chown(folder, account)
    make = [binary("initdb"), "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    options = {**_SETTINGS, "listen_addresses": "", "unix_socket_directories": str(folder)}
    serve = [binary("postgres"), "-D", folder / "data", *(f"--{name}={value}" for name, value in options.items())]
    process = None
    try:
        subprocess.run(make, user=account, group=account, cwd=folder, check=True, capture_output=True)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(serve, user=account, group=account, cwd=folder, stdout=log, stderr=log)
        with _connected(folder, process) as connection:
            yield connection
    finally:
        if process is not None:
            process.send_signal(signal.SIGQUIT)  # immediate: there is nothing to keep
            process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _connected(folder: Path, process: subprocess.Popen[bytes]) -> psycopg.Connection:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(psycopg.OperationalError):
            return psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True)
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text(encoding='utf-8')}")
