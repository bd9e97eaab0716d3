"""What controls C7 and C8 compare: the VAT of each invoice beside its lines, and each number beside its PDF."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from belnota import files
from belnota.store.schema import invoices as register
from invoicing.archive import path_of

_VAT = pl.Schema(
    {
        "invoice_number": pl.String,
        "basis_points": pl.Int64,
        "lines_cents": pl.Int64,
        "net_cents": pl.Int64,
        "vat_cents": pl.Int64,
    }
)
_NUMBERS = pl.Schema({"series": pl.String, "sequence": pl.Int64, "invoice_number": pl.String, "fault": pl.String})


def invoice_vat(tx: sa.Connection) -> pl.DataFrame:
    """Return one row per issued invoice and VAT category: the sum of its lines, and the base and the VAT it says."""
    query = sa.select(register.c.invoice_number, register.c.content).where(register.c.purged_on.is_(None))
    rows = [(number, *row) for number, content in tx.execute(query) for row in _categories(json.loads(content))]
    return pl.DataFrame(rows, schema=_VAT, orient="row").sort("invoice_number", "basis_points", "net_cents")


def _categories(document: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    lines: dict[tuple[str, int], int] = {}
    for line in document["lines"]:
        key = (line["vat_category"], line["vat_basis_points"])
        lines[key] = lines.get(key, 0) + line["amount_cents"]
    said = {(one["category"], one["basis_points"]): (one["net_cents"], one["vat_cents"]) for one in document["vat"]}
    return [(key[1], lines.get(key, 0), *said.get(key, (0, 0))) for key in sorted(lines.keys() | said.keys())]


def invoice_numbers(tx: sa.Connection, folder: Path, *, hashed_from: dt.date) -> pl.DataFrame:
    """Return one row per number given: series, sequence, invoice_number, fault (what is wrong with its PDF, or empty).

    PDFs of invoices issued on or after `hashed_from` are compared with their hash; of older ones it is looked whether
    they are there, and `belnota verify` compares all.
    """
    names = ("series", "sequence", "invoice_number", "period", "issued_on", "pdf_sha256", "purged_on")
    found = tx.execute(sa.select(*(register.c[name] for name in names)))
    rows = [
        (row.series, row.sequence, row.invoice_number, _fault(row, folder, is_hashed=row.issued_on >= hashed_from))
        for row in found
    ]
    return pl.DataFrame(rows, schema=_NUMBERS, orient="row").sort("series", "sequence")


def _fault(row: Any, folder: Path, *, is_hashed: bool) -> str:
    if row.purged_on is not None:
        return ""
    path = path_of(folder, row.period, row.invoice_number)
    if row.pdf_sha256 is None:
        return "it has no PDF yet"
    if not path.is_file():
        return "its PDF is gone"
    if is_hashed and files.sha256_of(path) != row.pdf_sha256:
        return "its PDF was changed"
    return ""
