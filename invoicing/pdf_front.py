"""Page one: who, to whom, how much, and how it is paid. The rest of the invoice explains it."""

from __future__ import annotations

from belnota import wording
from invoicing.model import Invoice
from invoicing.pdf_sheet import ACCENT, GREY, INK, LEFT, MM, PAPER, RIGHT, Sheet
from invoicing.pdf_table import Column, Table, put
from invoicing.pdf_words import say

_META = 118 * MM
_META_VALUE = 148 * MM


def put_front(sheet: Sheet, invoice: Invoice) -> None:
    """Put the summary down: letterhead, address window, key facts, total, blocks, VAT, payment."""
    _letterhead(sheet, invoice)
    sheet.y = max(96 * MM, _address(sheet, invoice) + 4 * MM, _facts(sheet, invoice) + 4 * MM)
    title = f"{say('invoice', invoice.language)} {wording.month(invoice.period, invoice.language)}"
    sheet.text(LEFT, sheet.y + 6 * MM, title, size=20, bold=True, colour=INK)
    sheet.y += 12 * MM
    _total(sheet, invoice)
    _blocks(sheet, invoice)
    _vat(sheet, invoice)
    _payment(sheet, invoice)


def _letterhead(sheet: Sheet, invoice: Invoice) -> None:
    seller = invoice.seller
    sheet.paragraph(LEFT, 22 * MM, 95 * MM, seller.name, size=17, bold=True, colour=ACCENT, leading=1.2)
    phone, website = wording.phone_number(seller.phone, invoice.language), wording.website(seller.website)
    lines = (seller.street, f"{seller.postcode}  {seller.city}", phone, seller.email, website)
    y = 18 * MM
    for line in lines:
        if line.strip():
            y = sheet.paragraph(_META_VALUE, y, RIGHT - _META_VALUE, line, size=8, colour=GREY)


def _address(sheet: Sheet, invoice: Invoice) -> float:
    y = 52 * MM
    for line in invoice.buyer.address:
        y = sheet.paragraph(LEFT, y, 85 * MM, line, size=10)
    return y


def _facts(sheet: Sheet, invoice: Invoice) -> float:
    language, later = invoice.language, say("later", invoice.language)
    is_collected = invoice.payment.method == "direct_debit"
    facts = [
        (say("number", language), invoice.invoice_number or later),
        (say("date", language), wording.date(invoice.issued_on, language) if invoice.issued_on else later),
        (
            say("collected" if is_collected else "due", language),
            wording.date(invoice.due_on, language) if invoice.due_on else later,
        ),
        (say("period", language), wording.month(invoice.period, language)),
        (say("customer", language), invoice.buyer.customer_id),
        *((say("reference", language), each.value) for each in invoice.references if each.kind == "buyer"),
        *([(say("your_vat", language), invoice.buyer.vat_id)] if invoice.buyer.vat_id else []),
    ]
    y = 52 * MM
    for name, value in facts:
        sheet.text(_META, y, name, size=8, colour=GREY)
        y = sheet.paragraph(_META_VALUE, y, RIGHT - _META_VALUE, value, size=8.5) + 0.8 * MM
    return y


def _total(sheet: Sheet, invoice: Invoice) -> None:
    language, top = invoice.language, sheet.y
    sheet.box(LEFT, top, RIGHT - LEFT, 25 * MM, PAPER)
    sheet.box(LEFT, top, 1.2 * MM, 25 * MM, ACCENT)
    label = say("to_collect" if invoice.payment.method == "direct_debit" else "to_pay", language)
    sheet.text(
        LEFT + 6 * MM,
        top + 7 * MM,
        f"{label} ({say('incl', language)})" if invoice.totals.vat_cents else label,
        size=8.5,
        colour=GREY,
    )
    total = wording.amount(invoice.totals.gross_cents, language)
    sheet.text(LEFT + 6 * MM, top + 19 * MM, total, size=27, bold=True)
    if invoice.difference_cents is not None:
        change = invoice.difference_cents
        word = "same" if change == 0 else "more" if change > 0 else "less"
        said = say(word, language, amount=wording.amount(abs(change), language))
        sheet.text(RIGHT - 6 * MM, top + 19 * MM, said, size=8.5, colour=GREY, align="right")
    sheet.y = top + 29 * MM


def _blocks(sheet: Sheet, invoice: Invoice) -> None:
    language, totals = invoice.language, invoice.totals
    blocks = [("subscriptions", totals.subscriptions_cents), ("usage", totals.usage_cents)]
    if totals.once_cents:
        blocks.append(("once", totals.once_cents))
    rows = [(say(word, language), wording.amount(cents, language)) for word, cents in blocks]
    columns = (Column(say("description", language), 120, "left"), Column(say("amount", language), 45))
    put(sheet, Table(columns, rows, (say("net", language), wording.amount(totals.net_cents, language))))


def _vat(sheet: Sheet, invoice: Invoice) -> None:
    language, totals = invoice.language, invoice.totals
    sheet.y += 4 * MM
    columns = (
        Column(say("description", language), 75, "left"),
        Column(say("rate", language), 20),
        Column(say("base", language), 35),
        Column(say("vat", language), 35),
    )
    rows = [
        (
            "\n".join(part for part in (group.name, group.note) if part),
            _percentage(group.basis_points, language),
            wording.amount(group.net_cents, language),
            wording.amount(group.vat_cents, language),
        )
        for group in invoice.vat
    ]
    put(sheet, Table(columns, rows))
    sheet.y += 1.5 * MM
    sheet.text(LEFT, sheet.y + 4 * MM, say("gross", language), size=10, bold=True)
    sheet.text(RIGHT, sheet.y + 4 * MM, wording.amount(totals.gross_cents, language), size=10, bold=True, align="right")
    sheet.y += 6 * MM


def _percentage(basis_points: int, language: wording.Language) -> str:
    whole, rest = divmod(basis_points, 100)
    point = "," if language == "nl" else "."
    return f"{whole}{f'{point}{rest:02d}' if rest else ''} %"


def _payment(sheet: Sheet, invoice: Invoice) -> None:
    language, payment = invoice.language, invoice.payment
    sheet.heading(say("payment", language), keep_with=10 * MM)
    is_collected = payment.method == "direct_debit"
    if invoice.due_on is None:
        due = say("in_time", language, days=str(payment.days))
    else:
        due = say("on" if is_collected else "by", language, date=wording.date(invoice.due_on, language))
    text = say(
        "debit" if is_collected else "transfer",
        language,
        amount=wording.amount(invoice.totals.gross_cents, language),
        due=due,
        iban=payment.shown_iban,
        mandate=payment.mandate_id,
        creditor=payment.creditor_id,
        name=invoice.seller.name,
        reference=payment.reference or say("the_number", language),
    )
    sheet.y = sheet.paragraph(LEFT, sheet.y + 3 * MM, RIGHT - LEFT, text, leading=1.5)
