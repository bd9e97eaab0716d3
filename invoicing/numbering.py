"""Invoice numbers: one series per year, each number once, no holes (art. 35a Wet OB 1968; reliability.md, measured)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter

import sqlalchemy as sa

from belnota.errors import Refused
from belnota.store.schema import invoices

_FIT_FOR_A_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def next_sequences(tx: sa.Connection, series: str, count: int) -> range:
    """Return the next numbers of a series, to be stored in this same transaction or never.

    SQLite holds its one write lock since the transaction began; PostgreSQL takes the table's, readers go on.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.text("lock table invoices in exclusive mode"))
    last = tx.scalar(sa.select(sa.func.max(invoices.c.sequence)).where(invoices.c.series == series)) or 0
    return range(last + 1, last + 1 + count)


def written(number_format: str, series: str, sequence: int) -> str:
    """Return an invoice number by the format of `[invoicing] number_format`, as `{year}-{sequence:06d}`: 2026-000123.

    Refused when the format could give one number twice (no year, or no sequence) or no file name.
    """
    try:
        names = {name for _, name, _, _ in Formatter().parse(number_format) if name is not None}
        text = number_format.format(year=series, sequence=sequence) if names == {"year", "sequence"} else ""
    except (ValueError, KeyError, IndexError):
        text = ""
    if not _FIT_FOR_A_FILE_NAME.fullmatch(text):
        raise Refused(
            f"[invoicing] number_format {number_format!r} makes no invoice number; write {{year}} and {{sequence}} "
            "with letters, digits, . _ or -, as in {year}-{sequence:06d}"
        )
    return text


def holes(numbered: Sequence[tuple[str, int]]) -> list[str]:
    """Return a sentence for each series that does not run 1, 2, 3 … to its last number."""
    by_series: dict[str, set[int]] = {}
    for series, sequence in numbered:
        by_series.setdefault(series, set()).add(sequence)
    found = []
    for series, present in sorted(by_series.items()):
        missing = sorted(set(range(1, max(present) + 1)) - present)
        if missing:
            found.append(f"series {series} has a hole: {', '.join(map(str, missing))} missing before {max(present)}")
    return found
