"""The sentences of the mails, Dutch and English side by side; `{…}` is filled in by `messages`."""

from __future__ import annotations

from typing import Final

from alerts.addresses import one_line
from belnota.wording import Language

_PHRASES: Final[dict[str, dict[Language, str]]] = {
    "greeting": {"nl": "Beste {name},", "en": "Dear {name},"},
    "greeting_unnamed": {"nl": "Goedendag,", "en": "Hello,"},
    "portal": {"nl": "Bekijk het verbruik", "en": "View usage"},
    "hours": {"nl": "{duration}\u00a0uur", "en": "{duration}\u00a0hours"},
    "used": {"nl": "Verbruikt", "en": "Used"},
    "left": {"nl": "Nog over", "en": "Left"},
    "over": {"nl": "Boven de bundel", "en": "Beyond the bundle"},
    "as_of": {"nl": "Stand van", "en": "Figures as of"},
    "month": {"nl": "Periode", "en": "Period"},
    # a bundle, R7.10, R7.31, R7.32
    "bundle": {"nl": "Bundel", "en": "Bundle"},
    "group_bundle": {"nl": "Groepsbundel", "en": "Group bundle"},
    "connection": {"nl": "Aansluiting", "en": "Connection"},
    "allowance": {"nl": "In de bundel", "en": "In the bundle"},
    "renews": {"nl": "Begint opnieuw op", "en": "Starts again on"},
    "bundle_80_subject": {
        "nl": "{bundle}: {percent} verbruikt in {month}",
        "en": "{bundle}: {percent} used in {month}",
    },
    "bundle_80_heading": {"nl": "{bundle} is bijna op", "en": "{bundle} is almost used up"},
    "bundle_100_subject": {
        "nl": "{bundle} is op: {percent} verbruikt in {month}",
        "en": "{bundle} is used up: {percent} used in {month}",
    },
    "bundle_100_heading": {"nl": "{bundle} is op", "en": "{bundle} is used up"},
    "bundle_lead": {
        "nl": "In {month} is {used} van {limit} verbruikt.",
        "en": "{used} of {limit} was used in {month}.",
    },
    "bundle_80_next": {
        "nl": "U hoeft niets te doen. U krijgt bericht als de bundel op is.",
        "en": "There is nothing you need to do. We will tell you when the bundle is used up.",
    },
    "bundle_80_then": {
        "nl": "Verbruik boven de bundel wordt afgerekend volgens uw tarief.",
        "en": "Use beyond the bundle is charged at your rate.",
    },
    "bundle_100_next": {
        "nl": "Alles blijft werken. Verbruik boven de bundel wordt afgerekend volgens uw tarief en staat op de factuur "
        "over {month}.",
        "en": "Everything keeps working. Use beyond the bundle is charged at your rate and appears on the invoice for "
        "{month}.",
    },
    "bundle_100_then": {"nl": "Op {renews} begint de bundel opnieuw.", "en": "The bundle starts again on {renews}."},
    # the VoIP limit, R8
    "cost": {"nl": "Belkosten (excl. btw)", "en": "Call charges (excl. VAT)"},
    "limit": {"nl": "Waarschuwingslimiet (excl. btw)", "en": "Warning limit (excl. VAT)"},
    "over_limit": {"nl": "Boven de limiet", "en": "Beyond the limit"},
    "voip_80_subject": {
        "nl": "Belkosten {month}: {percent} van uw waarschuwingslimiet",
        "en": "Call charges {month}: {percent} of your warning limit",
    },
    "voip_80_heading": {
        "nl": "Uw belkosten naderen de waarschuwingslimiet",
        "en": "Your call charges approach the warning limit",
    },
    "voip_100_subject": {
        "nl": "Belkosten {month}: waarschuwingslimiet bereikt",
        "en": "Call charges {month}: warning limit reached",
    },
    "voip_100_heading": {"nl": "De waarschuwingslimiet is bereikt", "en": "The warning limit is reached"},
    "voip_lead": {
        "nl": "De belkosten voor VoIP zijn in {month} {used}; uw waarschuwingslimiet is {limit} (excl. btw).",
        "en": "VoIP call charges in {month} are {used}; your warning limit is {limit} (excl. VAT).",
    },
    "voip_80_next": {
        "nl": "U hoeft niets te doen. U krijgt bericht als de limiet bereikt is.",
        "en": "There is nothing you need to do. We will tell you when the limit is reached.",
    },
    "voip_100_next": {
        "nl": "De limiet waarschuwt alleen: bellen blijft mogelijk en de kosten lopen door.",
        "en": "The limit only warns: calling remains possible and charges continue.",
    },
    "voip_then": {
        "nl": "Verhoogt u de limiet in de portal, dan waarschuwen wij u bij de nieuwe limiet opnieuw.",
        "en": "If you raise the limit in the portal, we will warn you again for the new limit.",
    },
    # an invoice
    "invoice_subject": {
        "nl": "Factuur {number} over {month} van {company}",
        "en": "Invoice {number} for {month} from {company}",
    },
    "invoice_heading": {"nl": "Uw factuur over {month}", "en": "Your invoice for {month}"},
    "invoice_lead": {
        "nl": "De factuur over {month} van {customer} zit als PDF bij dit bericht.",
        "en": "The invoice for {month} of {customer} is attached to this message as a PDF.",
    },
    "invoice_number": {"nl": "Factuurnummer", "en": "Invoice number"},
    "customer": {"nl": "Klant", "en": "Customer"},
    "to_pay": {"nl": "Bedrag (incl. btw)", "en": "Amount (incl. VAT)"},
    "due_on": {"nl": "Vervaldatum", "en": "Due date"},
    "invoice_next": {
        "nl": "Hoe het bedrag wordt betaald, staat op de factuur.",
        "en": "The invoice says how the amount is to be paid.",
    },
    "invoice_then": {
        "nl": "In de portal vindt u deze en eerdere facturen, met alle gesprekken.",
        "en": "The portal holds this invoice and earlier ones, with all calls.",
    },
    "invoice_portal": {"nl": "Bekijk de factuur in de portal", "en": "View the invoice in the portal"},
    "caution": {
        "nl": "Ons rekeningnummer verandert nooit per e-mail. Staat er in een bericht een ander IBAN, betaal dan niet "
        "en neem contact met ons op.",
        "en": "Our bank account never changes by e-mail. If a message shows another IBAN, do not pay and contact us.",
    },
    "fingerprint": {"nl": "SHA-256 van de PDF: {sha256}", "en": "SHA-256 of the PDF: {sha256}"},
}


def phrase(name: str, language: Language, /, **values: str) -> str:
    """Return a sentence with its values filled in, as one line; values are never read as patterns."""
    return one_line(_PHRASES[name][language].format_map(values))
