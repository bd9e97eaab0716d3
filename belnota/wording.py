"""How amounts, quantities, dates and numbers read to people, in Dutch and English."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from belnota.money import euros
from belnota.periods import ZONE, Period

Language = Literal["nl", "en"]

_LOCALE = {"nl": "nl_NL", "en": "en_IE"}  # en_IE: English with the euro's own conventions
CALL_TYPES = {
    "internal": ("Intern", "Internal"),
    "received": ("Ontvangen gesprekken", "Received calls"),
    "emergency": ("Alarmnummer", "Emergency"),
    "freephone": ("Gratis nummers", "Freephone"),
    "national": ("Nationaal vast", "National landline"),
    "mobile": ("Mobiel", "Mobile"),
    "m2m": ("Machine-to-machine", "Machine to machine"),
    "corporate": ("Bedrijfsnummers (085, 088, 14)", "Corporate numbers (085, 088, 14)"),
    "service_0900": ("Servicenummers 0900", "Service numbers 0900"),
    "service_0906": ("Servicenummers 0906", "Service numbers 0906"),
    "service_0909": ("Servicenummers 0909", "Service numbers 0909"),
    "information_18xx": ("Nummerinformatie 18xx", "Directory enquiries 18xx"),
    "international": ("Internationaal", "International"),
    "voicemail": ("Voicemail", "Voicemail"),
    "sms": ("Sms", "Text messages"),
    "data": ("Mobiel internet", "Mobile data"),
    "roaming_eu": ("Roaming binnen de EU", "Roaming within the EU"),
    "roaming_world": ("Roaming buiten de EU", "Roaming outside the EU"),
    "other": ("Overig", "Other"),
}
"""Names of call types, Dutch and English."""
_ABROAD = {"voice": ("bellen", "calls"), "sms": ("sms", "text messages"), "data": ("mobiel internet", "data")}


def call_type_name(code: str, language: Language) -> str:
    """Return the name of a call type; unknown codes read as themselves."""
    names = CALL_TYPES.get(code, (code, code))
    return names[0] if language == "nl" else names[1]


def usage_name(call_type: str, service: str, language: Language) -> str:
    """Return what was used: the call type's name; roaming covers every service, so it adds which one.

    >>> usage_name("roaming_world", "data", "nl"), usage_name("mobile", "voice", "nl")
    ('Roaming buiten de EU, mobiel internet', 'Mobiel')
    """
    name = call_type_name(call_type, language)
    if not call_type.startswith("roaming_"):
        return name
    return f"{name}, {_ABROAD[service][0 if language == 'nl' else 1]}"


def information_name(usage: str, language: Language) -> str:
    """Return the name of the information charges of a use: what the holders of the numbers called ask.

    >>> information_name("Service numbers 0900", "en")
    "Service numbers 0900, information charge of the number's holder"
    """
    part = {"nl": "informatietarief van de houder van het nummer", "en": "information charge of the number's holder"}
    return f"{usage}, {part[language]}"


def amount(cents: int, language: Language) -> str:
    """Return whole cents as money: `€ 1.234,50` in Dutch, `€1,234.50` in English."""
    return format_currency(Decimal(cents).scaleb(-2), "EUR", locale=_LOCALE[language])


def price(micro_eur: int, language: Language, decimals: int = 4) -> str:
    """Return a price of one call or unit with more decimals than money has."""
    pattern = "¤ #,##0." + "0" * decimals
    return format_currency(euros(micro_eur), "EUR", pattern, locale=_LOCALE[language], currency_digits=False)


def number(value: int, language: Language) -> str:
    return str(format_decimal(value, locale=_LOCALE[language]))


def duration(seconds: int) -> str:
    """Return seconds as h:mm:ss, the same in both languages.

    >>> duration(59), duration(36061)
    ('0:00:59', '10:01:01')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def quantity(value: int, service: str, language: Language) -> str:
    """Return a quantity with its unit: h:mm:ss for voice, a count for sms, MB (a million bytes) for data."""
    if service == "voice":
        return duration(value)
    if service == "sms":
        return f"{number(value, language)} sms"
    megabytes = format_decimal(Decimal(value).scaleb(-6), format="#,##0.0", locale=_LOCALE[language])
    return f"{megabytes} MB"


def date(day: dt.date, language: Language) -> str:
    return str(format_date(day, format="d MMMM y", locale=_LOCALE[language]))


def moment(instant: dt.datetime, language: Language) -> str:
    """Return an instant as local wall time; the zone's name makes the hour that occurs twice unambiguous."""
    return str(format_datetime(instant, format="d MMM y HH:mm z", tzinfo=ZONE, locale=_LOCALE[language]))


def month(period: str, language: Language) -> str:
    """Return `oktober 2026` for `2026-10`."""
    return str(format_date(Period.parse(period).start_on, format="MMMM y", locale=_LOCALE[language]))


def phone_number(canonical: str, language: Language) -> str:
    """Return a canonical number as people write it: Dutch numbers the national way, others with +."""
    if not canonical.startswith("+"):
        words = {"anonymous": ("anoniem", "withheld")}
        return words.get(canonical, (canonical, canonical))[0 if language == "nl" else 1]
    try:
        parsed = phonenumbers.parse(canonical)
    except phonenumbers.NumberParseException:
        return canonical
    if not phonenumbers.is_possible_number(parsed):
        return (
            "0" + canonical[3:] if canonical.startswith("+31") and len(canonical) > 8 else canonical.replace("+31", "")
        )
    dutch = parsed.country_code == 31
    style = phonenumbers.PhoneNumberFormat.NATIONAL if dutch else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


def website(address: str) -> str:
    """Return a web address as people write it: `www.example.nl` for `https://www.example.nl/`."""
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")
