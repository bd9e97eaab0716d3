"""The words of an invoice in Dutch and English."""

from __future__ import annotations

from typing import Final

from belnota.wording import Language

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "invoice": ("Factuur", "Invoice"),
    "draft": ("CONCEPT", "DRAFT"),
    "number": ("Factuurnummer", "Invoice number"),
    "date": ("Factuurdatum", "Invoice date"),
    "due": ("Vervaldatum", "Due date"),
    "collected": ("Incassodatum", "Collected on"),
    "period": ("Periode", "Period"),
    "customer": ("Klantnummer", "Customer number"),
    "reference": ("Uw referentie", "Your reference"),
    "your_vat": ("Uw btw-id", "Your VAT id"),
    "later": ("volgt bij vaststelling", "given when final"),
    "to_pay": ("Totaal te betalen", "Total to pay"),
    "to_collect": ("Totaal, wordt afgeschreven", "Total, will be collected"),
    "incl": ("inclusief btw", "including VAT"),
    "more": ("{amount} meer dan vorige maand", "{amount} more than last month"),
    "less": ("{amount} minder dan vorige maand", "{amount} less than last month"),
    "same": ("evenveel als vorige maand", "the same as last month"),
    "subscriptions": ("Abonnementen", "Subscriptions"),
    "usage": ("Verbruik", "Usage"),
    "once": ("Eenmalig", "One-off"),
    "net": ("Totaal exclusief btw", "Total excluding VAT"),
    "gross": ("Totaal inclusief btw", "Total including VAT"),
    "vat": ("Btw-bedrag", "VAT"),
    "rate": ("Tarief", "Rate"),
    "base": ("Grondslag", "Taxable amount"),
    "payment": ("Betaling", "Payment"),
    "debit": (
        (
            "{amount} wordt {due} automatisch afgeschreven van {iban}. Machtiging {mandate}, incassant-id {creditor}. "
            "U hoeft niets te doen."
        ),
        (
            "{amount} will be collected {due} from {iban}. Mandate {mandate}, creditor id {creditor}. "
            "You do not need to do anything."
        ),
    ),
    "transfer": (
        "Wij ontvangen {amount} graag {due} op {iban} ten name van {name}, onder vermelding van {reference}.",
        "Please pay {amount} {due} to {iban} in the name of {name}, quoting {reference}.",
    ),
    "on": ("op {date}", "on {date}"),
    "by": ("uiterlijk {date}", "by {date}"),
    "in_time": ("binnen {days} dagen na de factuurdatum", "within {days} days of the invoice date"),
    "the_number": ("het factuurnummer", "the invoice number"),
    "details": ("Specificatie", "Details"),
    "description": ("Omschrijving", "Description"),
    "amount": ("Bedrag", "Amount"),
    "bundles": ("Bundels", "Bundles"),
    "of": ("{used} van {size}", "{used} of {size}"),
    "over": ("{over} buiten de bundel", "{over} beyond the bundle"),
    "group": ("gedeeld", "shared"),
    "by_call_type": ("Verbruik per gesprekstype", "Usage per call type"),
    "by_number": ("Kosten per nummer", "Costs per number"),
    "by_both": ("Verbruik per nummer en gesprekstype", "Usage per number and call type"),
    "call_type": ("Gesprekstype", "Call type"),
    "phone": ("Nummer", "Number"),
    "count": ("Aantal", "Count"),
    "calls": ("Gespr.", "Calls"),
    "quantity": ("Gebruik", "Used"),
    "in_bundle": ("In bundel", "In bundle"),
    "duration": ("Duur", "Duration"),
    "messages": ("Sms", "Texts"),
    "data": ("Data", "Data"),
    "fee": ("Abonnement", "Subscription"),
    "total": ("Totaal", "Total"),
    "rounding": (
        (
            "Bedragen in de specificatie zijn exclusief btw. Gesprekken zijn exact geprijsd; elke regel is één keer "
            "afgerond op hele centen. De btw is één keer per tarief berekend, over de som van de regels."
        ),
        (
            "Amounts in the details exclude VAT. Calls are priced exactly; each line is rounded once to whole cents. "
            "VAT is computed once per rate, over the sum of the lines."
        ),
    ),
    "page": ("Pagina {page} van {pages}", "Page {page} of {pages}"),
    "vat_id": ("btw-id", "VAT id"),
}


def say(word: str, language: Language, **values: str) -> str:
    """Return a word or sentence with its values filled in."""
    return _WORDS[word][0 if language == "nl" else 1].format(**values)
