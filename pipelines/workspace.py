"""A workspace opened: its settings, store and lake, and the lock that lets one run at a time write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from belnota import files, settings
from belnota.periods import local_day
from belnota.store import Store, open_store
from warehouse import Lake

Progress = Callable[[str, int, int], None]
"""Called as (what is being done, how many are done, how many there are)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Workspace:
    """Everything a step needs; steps get it as an argument and read the clock only through it."""

    settings: settings.Settings
    store: Store
    lake: Lake
    clock: Callable[[], dt.datetime]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the workspace for one writing run, and clear away what a killed run left half-written."""
        with files.exclusive(self.settings.workspace / ".lock"):
            for folder in (self.settings.lake, self.settings.archive, self.settings.invoices, self.settings.outbox):
                files.sweep(folder)
            files.sweep(self.settings.workspace, below=False)
            yield


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def opened(
    folder: Path, environment: Mapping[str, str], clock: Callable[[], dt.datetime] = utc_now
) -> Iterator[Workspace]:
    """Open the workspace in a folder; the store is migrated on the way."""
    made = settings.load(folder, environment)
    store = open_store(made.store_url)
    try:
        yield Workspace(made, store, Lake(made.lake), clock)
    finally:
        store.close()


def today() -> dt.date:
    """Return the local date of now; only doors read the clock."""
    return local_day(utc_now())
