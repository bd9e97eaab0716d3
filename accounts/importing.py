"""Import of a folder of accounts: all of it or nothing, and only what differs is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from accounts import catalogue
from accounts.faults import AccountsRefused, Fault
from accounts.rules import check
from accounts.sheets import SHEETS, Record, read_sheet
from accounts.stored import TABLES, Rows, key_of, stored_rows
from accounts.writing import write


@dataclass(frozen=True)
class FileSummary:
    """What the import did with the rows of one file; a plan or module counts as one row, its bundles inside."""

    added: int
    changed: int
    unchanged: int
    not_in_folder: int
    """Rows of the store that the folder does not name; they are left as they are."""


@dataclass(frozen=True)
class ImportSummary:
    """What an import did, per file of the folder."""

    files: Mapping[str, FileSummary]

    @property
    def writes(self) -> int:
        """Return how many rows were added or changed; 0 = the store had all of it already."""
        return sum(file.added + file.changed for file in self.files.values())


def import_folder(tx: sa.Connection, folder: Path) -> ImportSummary:
    """Bring the accounts of the store up to date with a folder of CSV files and a catalogue.

    The folder is read and checked whole, together with what the store already has, before anything is written.
    Raises AccountsRefused with all faults in `.faults`; then nothing was written. The caller owns the transaction.
    Rows that the folder does not name stay: history is ended with `valid_until`, not by leaving it out (R7.54).
    """
    faults: list[Fault] = []
    records = _read(folder, faults)
    stored = stored_rows(tx)
    faults += check(records, stored)
    if faults:
        raise AccountsRefused(folder, faults)
    return ImportSummary({file: _bring_up_to_date(tx, file, records[file], stored[file]) for file in TABLES})


def _read(folder: Path, faults: list[Fault]) -> dict[str, list[Record]]:
    files = {file: read_sheet(folder, file, faults) for file in SHEETS}
    files[catalogue.FILE] = catalogue.read_catalogue(folder, faults)
    readable = {file: records for file, records in files.items() if records is not None}
    if len(readable) < len(files):
        # Without one whole file every reference to it would look wrong: those faults would only hide the true one.
        raise AccountsRefused(folder, faults)
    return readable


def _bring_up_to_date(tx: sa.Connection, file: str, records: Sequence[Record], stored: Rows) -> FileSummary:
    rows = {key_of(file, record.values): record.values for record in records}
    added = [values for key, values in rows.items() if key not in stored]
    changed = [values for key, values in rows.items() if key in stored and values != stored[key]]
    write(tx, file, added, changed)
    return FileSummary(
        added=len(added),
        changed=len(changed),
        unchanged=len(rows) - len(added) - len(changed),
        not_in_folder=len(stored.keys() - rows.keys()),
    )
