"""The people that several rooms speak of: who is billed and who gets mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from belnota.wording import Language

VatRegime = Literal["standard", "reverse_charge", "exempt"]
Delivery = Literal["email", "portal", "post"]
Product = Literal["telefonie", "mobiel"]
"""Product family, R1.2."""
Registration = Literal["voip_usage", "mobile_usage", "invoice", "sim_block"]
"""E-mail messages that a user may be registered for: R9.13, R9.14, R9.15, R9.16."""


@dataclass(frozen=True)
class Customer:
    """Who is billed, as of now; an invoice copies what it needs."""

    customer_id: str
    name: str
    attention: str
    street: str
    postcode: str
    city: str
    country: str
    kvk: str
    vat_id: str
    vat_regime: VatRegime
    iban: str
    mandate_id: str
    mandate_signed_on: dt.date | None
    language: Language
    delivery: Delivery
    reference: str


@dataclass(frozen=True)
class Recipient:
    """A user, not blocked, who registered for one kind of message."""

    customer_id: str
    email: str
    name: str
    language: Language
