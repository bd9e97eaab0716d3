"""Cells that name a party to others: VAT id, KvK, IBAN, postcode, country, phone number, e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable

import babel
import polars as pl
import stdnum.eu.vat
import stdnum.exceptions
import stdnum.iban
import stdnum.nl.btw

from accounts.cells import Reader, required
from belnota.phone import ANONYMOUS, UNPLACED, canonical

COUNTRIES = frozenset(code for code in map(str, babel.Locale("en").territories) if re.fullmatch(r"[A-Z]{2}", code))
_DUTCH_POSTCODE = re.compile(r"([1-9]\d{3}) ?([A-Za-z]{2})", re.ASCII)
_EMAIL_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])")


def vat_id(value: str) -> str:
    """Read a VAT id of the Netherlands or of another EU country, checksum included, as `NL004495445B01`."""
    clean = required(value)
    try:
        if re.match(r"(?!NL)[A-Z]{2}", clean.upper()):
            return str(stdnum.eu.vat.validate(clean))
        return "NL" + str(stdnum.nl.btw.validate(clean))
    except stdnum.exceptions.ValidationError:
        message = "this is no VAT id of an EU country; copy it from the customer's invoice, or leave it empty"
        raise ValueError(message) from None


def kvk(value: str) -> str:
    if not re.fullmatch(r"\d{8}", required(value), re.ASCII):
        raise ValueError("a KvK number has 8 digits")
    return required(value)


def iban(value: str) -> str:
    try:
        return str(stdnum.iban.validate(required(value)))
    except stdnum.exceptions.ValidationError:
        raise ValueError("this is no IBAN: its length or check digits are wrong") from None


def country(value: str) -> str:
    if required(value) not in COUNTRIES:
        raise ValueError("write the ISO code of the country in two capitals, such as NL")
    return required(value)


def postcode(value: str) -> str:
    """Read a postcode of any country; one that looks Dutch is written the Dutch way: `1234ab` is `1234 AB`."""
    match = _DUTCH_POSTCODE.fullmatch(required(value))
    return f"{match[1]} {match[2].upper()}" if match else required(value)


def is_dutch_postcode(value: str) -> bool:
    return _DUTCH_POSTCODE.fullmatch(value) is not None


def email(value: str) -> str:
    """Read an address that can stand in a mail header as it is: one @, plain ASCII, no brackets or quotes (R9.33)."""
    clean = required(value)
    name, at, domain = clean.partition("@")
    fits = len(name) <= 64 and len(clean) <= 254
    if not (at and fits and _EMAIL_NAME.fullmatch(name) and _DOMAIN.fullmatch(domain)):
        raise ValueError("write a plain e-mail address, such as name@example.nl")
    return clean


def phone_numbers(values: Iterable[str]) -> Reader:
    """Return a reader of numbers of ours into the written form of belnota.phone: `0612345678` is `+31612345678`.

    It is made for the values of one column, because they are all written at once, in Polars.
    """
    dialled = pl.Series("dialled", sorted(set(values)), dtype=pl.String).to_frame()
    written = dict(dialled.select("dialled", written=canonical(pl.col("dialled"))).iter_rows())

    def read(value: str) -> str:
        number = str(written[required(value) and value])
        if number == ANONYMOUS or number.startswith(UNPLACED):
            raise ValueError("write the number as +31612345678, 0612345678, or an extension of two to four digits")
        return number

    return read
