"""An invoice as a PDF that a person likes to receive: a summary on page one, the reasons on the pages after it.

Two renderings of one snapshot are equal byte for byte.
"""

from __future__ import annotations

from invoicing.model import Invoice
from invoicing.pdf_bars import put_bundles
from invoicing.pdf_details import put_call_types, put_numbers, put_specification, put_subscriptions
from invoicing.pdf_fonts import REGULAR, shortened
from invoicing.pdf_front import put_front
from invoicing.pdf_sheet import GREY, LEFT, MM, PAGE_HEIGHT, RIGHT, Sheet
from invoicing.pdf_words import say

_LANGUAGES = {"nl": "nl-NL", "en": "en-IE"}


def render(invoice: Invoice) -> bytes:
    """Return the invoice as PDF, with `CONCEPT` across it while it has no number. Reads nothing but the snapshot."""
    sheet = Sheet()
    put_front(sheet, invoice)
    if invoice.lines:
        sheet.new_page()
        put_subscriptions(sheet, invoice)
        put_bundles(sheet, invoice)
        put_call_types(sheet, invoice)
        put_numbers(sheet, invoice)
        put_specification(sheet, invoice)

    def every_page(behind: Sheet, page: int, pages: int) -> None:
        _footer(behind, invoice, page, pages)

    return sheet.drawn(
        title=f"{say('invoice', invoice.language)} {invoice.invoice_number or say('draft', invoice.language)}",
        author=invoice.seller.name,
        language=_LANGUAGES[invoice.language],
        every_page=every_page,
    )


def _footer(sheet: Sheet, invoice: Invoice, page: int, pages: int) -> None:
    language, seller = invoice.language, invoice.seller
    if invoice.invoice_number is None:
        sheet.slanted(say("draft", language))
    if page > 1:
        _running_head(sheet, invoice)
    bank = " ".join(seller.iban.replace(" ", "")[at : at + 4] for at in range(0, len(seller.iban.replace(" ", "")), 4))
    parts = (
        f"KvK {seller.kvk}" if seller.kvk else "",
        f"{say('vat_id', language)} {seller.vat_id}" if seller.vat_id else "",
        f"IBAN {bank}" if bank else "",
    )
    name = shortened(seller.name, 60 * MM, REGULAR, 7)
    y = PAGE_HEIGHT - 16 * MM
    sheet.rule(y - 4.5 * MM)
    sheet.text(LEFT, y, " · ".join(part for part in (name, *parts) if part), size=7, colour=GREY)
    number = invoice.invoice_number or say("draft", language)
    sheet.text(LEFT, y + 4 * MM, f"{say('invoice', language)} {number}", size=7, colour=GREY)
    shown = say("page", language, page=str(page), pages=str(pages))
    sheet.text(RIGHT, y + 4 * MM, shown, size=7, colour=GREY, align="right")


def _running_head(sheet: Sheet, invoice: Invoice) -> None:
    name = shortened(invoice.buyer.name, 90 * MM, REGULAR, 7)
    sheet.text(LEFT, 13 * MM, f"{name} · {invoice.buyer.customer_id}", size=7, colour=GREY)
    number = invoice.invoice_number or say("draft", invoice.language)
    sheet.text(RIGHT, 13 * MM, f"{say('invoice', invoice.language)} {number}", size=7, colour=GREY, align="right")
