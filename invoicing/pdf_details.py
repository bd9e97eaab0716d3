"""The pages after the first: subscriptions, use per call type, per number, and per number and call type."""

from __future__ import annotations

import datetime as dt

from belnota import wording
from invoicing.model import CallTypeRow, Invoice, Line
from invoicing.pdf_sheet import GREY, LEFT, MM, RIGHT, Sheet
from invoicing.pdf_table import Column, Table, put
from invoicing.pdf_words import say

_NONE = "\N{EN DASH}"


def put_subscriptions(sheet: Sheet, invoice: Invoice) -> None:
    """Put the fees down, one row each, with the days they are for."""
    fees = [line for line in invoice.lines if line.kind == "fee"]
    if not fees:
        return
    language = invoice.language
    columns = (
        Column(say("description", language), 97, "left"),
        Column(say("period", language), 46, "left"),
        Column(say("amount", language), 22),
    )
    rows = [(line.description, _days(line, language), wording.amount(line.amount_cents, language)) for line in fees]
    total = wording.amount(invoice.totals.subscriptions_cents, language)
    sheet.heading(say("subscriptions", language))
    put(sheet, Table(columns, rows, (say("total", language), "", total)))


def _days(line: Line, language: wording.Language) -> str:
    last = line.until_on - dt.timedelta(days=1)
    if (
        line.from_on.day == 1
        and line.until_on.day == 1
        and (last.year, last.month)
        == (
            line.from_on.year,
            line.from_on.month,
        )
    ):
        return wording.month(line.period, language)
    return f"{line.from_on.day} {_NONE} {wording.date(last, language)}"


def put_call_types(sheet: Sheet, invoice: Invoice) -> None:
    """Put use per call type down."""
    if not invoice.by_call_type:
        return
    language = invoice.language
    rows = [
        (
            row.name,
            *_count(row, language),
            _quantity(row.in_bundle_quantity, row.service, language),
            wording.amount(row.amount_cents, language),
        )
        for row in invoice.by_call_type
    ]
    columns = (
        Column(say("call_type", language), 74, "left"),
        Column(say("count", language), 17),
        Column(say("quantity", language), 26),
        Column(say("in_bundle", language), 26),
        Column(say("amount", language), 22),
    )
    total = wording.amount(invoice.totals.usage_cents, language)
    sheet.heading(say("by_call_type", language))
    put(sheet, Table(columns, rows, (say("total", language), "", "", "", total)))


def put_numbers(sheet: Sheet, invoice: Invoice) -> None:
    """Put the costs per number down, the dearest first."""
    language = invoice.language
    rows = [
        (
            f"{row.number_text}\n{row.label}" if row.label else row.number_text,
            wording.number(row.calls, language) if row.calls else _NONE,
            _quantity(row.voice_seconds, "voice", language),
            wording.number(row.messages, language) if row.messages else _NONE,
            _quantity(row.data_bytes, "data", language),
            wording.amount(row.fee_cents, language),
            wording.amount(row.usage_cents, language),
            wording.amount(row.total_cents, language),
        )
        for row in invoice.by_number
    ]
    columns = (
        Column(say("phone", language), 40, "left"),
        Column(say("calls", language), 14),
        Column(say("duration", language), 18),
        Column(say("messages", language), 13),
        Column(say("data", language), 22),
        Column(say("fee", language), 20),
        Column(say("usage", language), 19),
        Column(say("total", language), 19),
    )
    totals = invoice.totals
    sums = (totals.subscriptions_cents + totals.once_cents, totals.usage_cents, totals.net_cents)
    total = (say("total", language), "", "", "", "", *(wording.amount(cents, language) for cents in sums))
    sheet.heading(say("by_number", language))
    put(sheet, Table(columns, rows, total))


def put_specification(sheet: Sheet, invoice: Invoice) -> None:
    """Put each usage line down, by number, and say how was rounded (B3)."""
    language = invoice.language
    rows = [
        (
            line.number_text,
            line.call_type_name,
            *_count(line, language),
            _quantity(line.in_bundle_quantity, line.service, language),
            wording.amount(line.amount_cents, language),
        )
        for line in invoice.lines
        if line.kind == "usage"
    ]
    if rows:
        columns = (
            Column(say("phone", language), 32, "left"),
            Column(say("call_type", language), 60, "left"),
            Column(say("count", language), 13),
            Column(say("quantity", language), 22),
            Column(say("in_bundle", language), 20),
            Column(say("amount", language), 18),
        )
        total = wording.amount(invoice.totals.usage_cents, language)
        sheet.heading(say("by_both", language))
        put(sheet, Table(columns, rows, (say("total", language), "", "", "", "", total), groups=True))
    if not sheet.has_room(16 * MM):
        sheet.new_page()
    sheet.y = sheet.paragraph(
        LEFT, sheet.y + 7 * MM, RIGHT - LEFT, say("rounding", language), size=7.5, colour=GREY, leading=1.45
    )


def _count(row: Line | CallTypeRow, language: wording.Language) -> tuple[str, str]:
    """Return how often and how much; information charges are of the calls of the row before, and count none."""
    if row.is_information:
        return _NONE, _NONE
    return wording.number(row.calls, language), wording.quantity(row.quantity, row.service, language)


def _quantity(value: int, service: str, language: wording.Language) -> str:
    return wording.quantity(value, service, language) if value else _NONE
