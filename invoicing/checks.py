"""What the law and good sense ask of an invoice before it may go out. Each fault is a sentence with its remedy.

Sources: art. 35a Wet op de omzetbelasting 1968 and belastingdienst.nl "Factuureisen" (name and address of both, no
post-box; own VAT id; the buyer's VAT id when VAT is reverse charged), art. 27 Handelsregisterwet 2007 (KvK number);
SEPA Direct Debit rulebook (creditor id, mandate).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban as iban_number

from belnota import wording
from invoicing import vat
from invoicing.model import Buyer, Invoice, Seller

_KVK = re.compile(r"\d{8}")
_DUTCH_VAT_ID = re.compile(r"NL\d{9}B\d{2}")
_POST_BOX = re.compile(r"\s*(?:postbus|p\.?\s?o\.?\s?box)\b", re.IGNORECASE)


def problems_of(invoice: Invoice, unrated_calls: int, *, is_known: bool) -> tuple[str, ...]:
    """Return why an invoice may not go out, empty when it may; such a customer is parked, the others go on.

    `unrated_calls` is the number of the customer's calls that wait for a price.
    """
    if not is_known:
        who = invoice.buyer.customer_id
        return (f"customer {who} is not in the accounts; add it to customers.csv and run: belnota accounts import",)
    return (
        *_faults_of_seller(invoice.seller, invoice.payment.method == "direct_debit"),
        *_faults_of_buyer(invoice.buyer),
        *_faults_of_amounts(invoice, unrated_calls),
    )


def _faults_of_seller(seller: Seller, collects: bool) -> Iterator[str]:
    fields = ["name", "street", "postcode", "city", "country", "kvk", "vat_id", "iban"]
    for name in [*fields, *(["creditor_id"] if collects else [])]:
        value = getattr(seller, name).strip()
        fault = _fault(name, value, seller.country)
        if fault:
            yield f"the company's {name} {fault}; put it right in belnota.toml [company] {name}"


def _faults_of_buyer(buyer: Buyer) -> Iterator[str]:
    for name in ("name", "street", "postcode", "city", "country", "vat_id", "kvk"):
        value = getattr(buyer, name).strip()
        is_needed = name != "kvk" and (name != "vat_id" or buyer.vat_regime == "reverse_charge")
        fault = _fault(name, value, buyer.country) if value or is_needed else ""
        if fault:
            remedy = f"put it right in customers.csv, column {name}, and import again"
            yield f"customer {buyer.customer_id}: {name} {fault}; {remedy}"


def _fault(name: str, value: str, country: str) -> str:
    is_dutch = country.strip().upper() == "NL"
    if not value:
        return "is empty"
    if name == "street" and _POST_BOX.match(value):
        return f"is a post-box ({value!r}), an invoice needs the street address"
    if name == "kvk" and is_dutch and not _KVK.fullmatch(value):
        return f"{value!r} is not a KvK number of 8 digits"
    if name == "vat_id" and is_dutch and not _DUTCH_VAT_ID.fullmatch(value.replace(" ", "").replace(".", "")):
        return f"{value!r} is not a Dutch VAT id such as NL004495445B01"
    if name == "iban" and not iban_number.is_valid(value):
        return f"{value!r} is not a valid IBAN"
    return ""


def _faults_of_amounts(invoice: Invoice, unrated_calls: int) -> Iterator[str]:
    who = invoice.buyer.customer_id
    if unrated_calls:
        calls = "1 call waits" if unrated_calls == 1 else f"{unrated_calls} calls wait"
        remedy = "add it to a price list and run: belnota decks import"
        yield f"customer {who}: {calls} for a price (see: belnota suspense list); {remedy}"
    for line in invoice.lines:
        if line.vat_category == "S" and len(vat.rates_between(line.from_on, line.until_on)) != 1:
            yield (
                f"customer {who}: line {line.description!r} ({line.from_on} until {line.until_on}) lies in more than "
                "one VAT rate; split it at the day the rate changed"
            )
    if invoice.totals.gross_cents < 0:
        total = wording.amount(invoice.totals.gross_cents, "en")
        yield (
            f"customer {who}: the total is negative ({total}) and credit notes are not built yet; "
            "check its fees and prices"
        )
