"""The register of issued invoices, as tables; the portal's archive (R4.1-R4.9), analysts and control C5 read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from belnota import wording
from belnota.errors import Refused
from belnota.periods import Period
from belnota.store.schema import invoices as register
from invoicing.model import Invoice

_INVOICES = pl.Schema(
    {
        "invoice_number": pl.String,
        "period": pl.String,
        "customer_id": pl.String,
        "usage_micro_eur": pl.Int64,
        "usage_cents": pl.Int64,
        "net_cents": pl.Int64,
        "vat_cents": pl.Int64,
        "gross_cents": pl.Int64,
        "issued_on": pl.Date,
    }
)
_LINES = pl.Schema(
    {
        "invoice_number": pl.String,
        "period": pl.String,
        "customer_id": pl.String,
        "position": pl.Int64,
        "kind": pl.String,
        "usage_period": pl.String,
        "own_number": pl.String,
        "call_type": pl.String,
        "service": pl.String,
        "charge_kind": pl.String,
        "description": pl.String,
        "quantity": pl.Int64,
        "usage_micro_eur": pl.Int64,
        "amount_cents": pl.Int64,
    }
)


_IS_WHOLE: Final = register.c.purged_on.is_(None)
"""Of other invoices only number, date and amounts are kept (invoicing/purged.py)."""


def invoices(tx: sa.Connection, period: Period | None = None) -> pl.DataFrame:
    """Return one row per issued invoice (of one period) that is kept whole, by number in order of issue.

    Amounts without VAT but for vat_cents and gross_cents; usage_micro_eur is the exact sum behind usage_cents.
    """
    names = ("invoice_number", "period", "customer_id", "usage_micro_eur", "content")
    rest = ("net_cents", "vat_cents", "gross_cents", "issued_on")
    query = sa.select(*(register.c[name] for name in (*names, *rest))).where(_IS_WHOLE)
    if period is not None:
        query = query.where(register.c.period == str(period))
    found = tx.execute(query.order_by(register.c.series, register.c.sequence))
    rows = [(*row[:4], json.loads(row.content)["totals"]["usage_cents"], *row[5:]) for row in found]
    return pl.DataFrame(rows, schema=_INVOICES, orient="row")


def invoice_lines(tx: sa.Connection) -> pl.DataFrame:
    """Return one row per line of each issued invoice; `period` is the invoice's, `usage_period` that of the use.

    quantity is seconds, messages or bytes for usage (service says which), 1 for a fee. own_number is canonical, or
    empty for a fee of a subscription that is known by a label; the description names that label. charge_kind is call
    or information for usage, as in price lists; the quantity of both stands with call.
    """
    return pl.DataFrame(list(_lines(tx)), schema=_LINES, orient="row")


def _lines(tx: sa.Connection) -> Iterator[tuple[object, ...]]:
    query = sa.select(register.c.content).where(_IS_WHOLE).order_by(register.c.series, register.c.sequence)
    for content in tx.scalars(query):
        document = json.loads(content)
        head = (document["invoice_number"], document["period"], document["buyer"]["customer_id"])
        for position, line in enumerate(document["lines"], 1):
            keys = (line["own_number"] or None, line["call_type"] or None, line["service"] or None, _charge_kind(line))
            sums = (line["quantity"], line["usage_micro_eur"], line["amount_cents"])
            yield (*head, position, line["kind"], line["period"], *keys, line["description"], *sums)


def _charge_kind(line: dict[str, Any]) -> str | None:
    if line["kind"] != "usage":
        return None
    return "information" if line.get("is_information") else "call"  # absent = False, see canonical.added


def invoice(tx: sa.Connection, invoice_number: str) -> Invoice:
    """Return one issued invoice as it was frozen; an unknown number is refused."""
    columns = (register.c.content, register.c.purged_on, register.c.issued_on, register.c.gross_cents)
    row = tx.execute(sa.select(*columns).where(register.c.invoice_number == invoice_number)).one_or_none()
    if row is None:
        raise Refused(f"there is no invoice {invoice_number!r}; see: belnota invoices list")
    if row.purged_on is not None:
        total = wording.amount(row.gross_cents, "en")
        raise Refused(f"invoice {invoice_number} of {row.issued_on}, {total}, was purged on {row.purged_on}")
    return Invoice.from_json(row.content)


def issued(tx: sa.Connection, period: Period) -> list[Invoice]:
    """Return a period's issued invoices as they were frozen, by number."""
    query = sa.select(register.c.content).where(register.c.period == str(period), _IS_WHOLE)
    return [Invoice.from_json(text) for text in tx.scalars(query.order_by(register.c.series, register.c.sequence))]


def gross_by_customer(tx: sa.Connection, period: Period) -> dict[str, int]:
    """Return the gross cents of each customer's invoice of a period: the `previous` of the next period's drafts."""
    query = sa.select(register.c.customer_id, register.c.gross_cents).where(register.c.period == str(period))
    return {row.customer_id: row.gross_cents for row in tx.execute(query)}
