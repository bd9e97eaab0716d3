"""A private PostgreSQL for tests: made for one session, reached by a socket in its own folder, gone afterwards."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from belnota.store import open_store
from belnota.store.schema import metadata

BINARIES = Path("/usr/lib/postgresql")
_SPEED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "16MB"}
_MIGRATED = "belnota_migrated"


@dataclass(frozen=True)
class Cluster:
    """One running server."""

    folder: Path
    _serial: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """Give the URL of a database without any table."""
        name = f"test_{next(self._serial)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def prepare(self) -> None:
        """Migrate the database that most tests use in turn: to empty it is five times as fast as to make one."""
        self.execute(f"CREATE DATABASE {_MIGRATED}")
        open_store(self.url(_MIGRATED)).close()

    @contextmanager
    def migrated_database(self) -> Iterator[str]:
        """Give the URL of a migrated database without any row."""
        yield self.url(_MIGRATED)
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        # A test that left a transaction open gets an error here, not a hang.
        self.execute(f"SET lock_timeout = '10s'; TRUNCATE {tables} RESTART IDENTITY", _MIGRATED)


def binary(name: str) -> str:
    """Return a PostgreSQL program; a missing PostgreSQL fails the test, so that nobody believes it was tested."""
    found = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: path.parent.parent.name.zfill(4))
    on_path = shutil.which(name)
    if not found and on_path is None:
        message = f"PostgreSQL's {name} is missing: apt-get install postgresql (the store suite runs on both databases)"
        raise AssertionError(message)
    return str(found[-1]) if found else str(on_path)


def _account() -> str | None:
    # PostgreSQL refuses to run as root; Debian's package brings an account for it.
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    # Not below pytest's own folders: those are closed to other accounts, and too long for a socket's name.
    folder = Path(tempfile.mkdtemp(prefix="belnota-pg-", dir="/tmp"))
    account = _account()
    if account:
        shutil.chown(folder, account)
    data = folder / "data"
    make = [binary("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    server = None
    try:
        subprocess.run(make, user=account, group=account, cwd=folder, check=True, capture_output=True)
        options = {**_SPEED, "listen_addresses": "", "unix_socket_directories": str(folder)}
        serve = [binary("postgres"), "-D", str(data), *(f"--{key}={value}" for key, value in options.items())]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(serve, user=account, group=account, cwd=folder, stdout=log, stderr=log)
        cluster = Cluster(folder)
        _wait_for(cluster, server)
        cluster.prepare()
        yield cluster
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # immediate: there is nothing to keep
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(psycopg.OperationalError):
            cluster.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start: {(cluster.folder / 'log').read_text()}")
