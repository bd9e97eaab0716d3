"""The archive of invoices: `PERIOD/NUMBER.pdf`, written once, hashed, read-only, kept seven years (art. 52 AWR)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from belnota import files
from belnota.errors import Refused, UnableToFinish
from belnota.store import Store
from belnota.store.schema import invoices
from invoicing import numbering
from invoicing.model import Invoice
from invoicing.pdf import render

_READ_ONLY = 0o444


def path_of(folder: Path, period: str, invoice_number: str) -> Path:
    """Return where an invoice's PDF stands in the archive."""
    return folder / period / f"{invoice_number}.pdf"


def write_pdfs(store: Store, folder: Path, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Render each issued invoice that has no PDF yet and note its hash; returns how many. Tells `progress` (done, all).

    From the frozen contents only, so a run after a kill writes the same bytes. An invoice that cannot be rendered
    does not stop the others; UnableToFinish names it at the end.
    """
    with store.reading() as tx:
        waiting = sa.select(invoices.c.invoice_number, invoices.c.period).where(
            invoices.c.pdf_sha256.is_(None), invoices.c.purged_on.is_(None)
        )
        todo = tx.execute(waiting.order_by(invoices.c.series, invoices.c.sequence)).all()
    failed = []
    for done, (number, period) in enumerate(todo, 1):
        try:
            _write_pdf(store, path_of(folder, period, number), number)
        except OSError as error:
            raise UnableToFinish(f"invoice {number} cannot be written in {folder}: {error}; run it again") from error
        except (ValueError, KeyError, TypeError) as error:
            failed.append(f"{number} ({error})")
        progress(done, len(todo))
    if failed:
        raise UnableToFinish(f"{len(failed)} of {len(todo)} invoices could not be rendered: {', '.join(failed)}")
    return len(todo)


def _write_pdf(store: Store, path: Path, number: str) -> None:
    mine = invoices.c.invoice_number == number
    with store.reading() as tx:
        content = tx.scalar(sa.select(invoices.c.content).where(mine))
    pdf = render(Invoice.from_json(str(content)))
    files.publish_bytes(path, pdf, mode=_READ_ONLY)
    with store.writing() as tx:
        tx.execute(sa.update(invoices).where(mine).values(pdf_sha256=hashlib.sha256(pdf).hexdigest()))


def read_pdf(tx: sa.Connection, folder: Path, invoice_number: str) -> bytes:
    """Return the stored PDF of an invoice, byte for byte as it was issued (R4.12); never a changed one."""
    columns = (invoices.c.period, invoices.c.pdf_sha256, invoices.c.purged_on)
    row = tx.execute(sa.select(*columns).where(invoices.c.invoice_number == invoice_number)).one_or_none()
    if row is not None and row.purged_on is not None:
        raise Refused(f"invoice {invoice_number} was purged on {row.purged_on}; only its number and amounts are kept")
    if row is None or row.pdf_sha256 is None:
        raise Refused(f"there is no PDF of invoice {invoice_number!r}; see: belnota invoices list")
    path = path_of(folder, row.period, invoice_number)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnableToFinish(f"{path} cannot be read ({error.strerror}); put it back from a backup") from None
    if hashlib.sha256(content).hexdigest() != row.pdf_sha256:
        raise UnableToFinish(f"{path} was changed since it was issued; put it back from a backup")
    return content


def verify(tx: sa.Connection, folder: Path) -> list[str]:
    """Return what is wrong with the archive, empty when all is well: PDFs missing, changed or nobody's; holes (B20)."""
    columns = (invoices.c.invoice_number, invoices.c.period, invoices.c.series, invoices.c.sequence)
    kept = (invoices.c.pdf_sha256, invoices.c.purged_on)
    rows = tx.execute(sa.select(*columns, *kept).order_by(invoices.c.series, invoices.c.sequence)).all()
    faults = numbering.holes([(row.series, row.sequence) for row in rows])
    expected = {path_of(folder, row.period, row.invoice_number): row for row in rows if row.purged_on is None}
    for path, row in expected.items():
        if row.pdf_sha256 is None:
            faults.append(f"invoice {row.invoice_number} has no PDF yet; run: belnota close commit {row.period}")
        elif not path.is_file():
            faults.append(f"{path} is missing; put it back from a backup")
        elif files.sha256_of(path) != row.pdf_sha256:
            faults.append(f"{path} was changed: its hash is not that of invoice {row.invoice_number}; restore it")
    strangers = sorted(set(folder.rglob("*.pdf")) - expected.keys()) if folder.is_dir() else []
    return [*faults, *(f"{path} belongs to no invoice" for path in strangers)]
