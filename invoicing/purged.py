"""Invoices past their time: contents, drafts and PDFs go; number, date and amounts stay, so no series has a hole."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from belnota.store.schema import closes, invoice_drafts, invoices
from invoicing.archive import path_of


@dataclass(frozen=True)
class Expired:
    """What goes with the invoices issued up to the end of `year`: periods (of closes), numbers, and their PDFs."""

    year: int
    periods: tuple[str, ...]
    numbers: tuple[str, ...]
    pdfs: tuple[Path, ...]


def expired(tx: sa.Connection, folder: Path, year: int) -> Expired:
    """Return what of the invoices issued in `year` or before is there still; a period goes by its date of issue."""
    until = dt.date(year, 12, 31) if year else dt.date.min
    columns = (invoices.c.invoice_number, invoices.c.period, invoices.c.purged_on)
    found = tx.execute(sa.select(*columns).where(invoices.c.issued_on <= until).order_by(*columns[:2])).all()
    paths = tuple(path_of(folder, row.period, row.invoice_number) for row in found)
    with_drafts = sa.select(invoice_drafts.c.period).distinct()
    old = sa.select(closes.c.period).where(closes.c.issued_on <= until, closes.c.period.in_(with_drafts))
    return Expired(
        year,
        tuple(sorted(tx.scalars(old))),
        tuple(row.invoice_number for row in found if row.purged_on is None),
        tuple(path for path in paths if path.exists()),
    )


def forget(tx: sa.Connection, what: Expired, on: dt.date) -> None:
    """Empty the contents of expired invoices and remove their drafts; done again it changes nothing."""
    for start in range(0, len(what.numbers), 500):
        mine = invoices.c.invoice_number.in_(what.numbers[start : start + 500])
        tx.execute(sa.update(invoices).where(mine).values(content="", purged_on=on))
    tx.execute(sa.delete(invoice_drafts).where(invoice_drafts.c.period.in_(what.periods)))


def remove_pdfs(what: Expired) -> None:
    """Remove the PDFs of expired invoices, and folders that are empty then."""
    for path in what.pdfs:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in what.pdfs}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def tombstones(tx: sa.Connection) -> int:
    """Return of how many invoices only number, date and amounts are kept."""
    count = sa.select(sa.func.count()).select_from(invoices).where(invoices.c.purged_on.is_not(None))
    return int(tx.execute(count).scalar_one())


def oldest_year(tx: sa.Connection) -> int | None:
    """Return the year in which the oldest invoice that is kept whole was issued."""
    oldest = tx.scalar(sa.select(sa.func.min(invoices.c.issued_on)).where(invoices.c.purged_on.is_(None)))
    return oldest.year if oldest else None
