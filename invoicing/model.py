"""The snapshot of an invoice: everything that stands on it, copied in, so that it never changes again.

Rendering and exporting read only this; they never compute and never look at live data. Amounts are whole cents
without VAT unless a name says otherwise; `usage_micro_eur` keeps the exact sum beside the rounded one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Literal, Self

from belnota.people import VatRegime
from belnota.wording import Language
from invoicing import canonical

LineKind = Literal["fee", "usage", "once"]
VatCategory = Literal["S", "AE", "E"]
"""UN/ECE 5305, as e-invoices write it: standard rate, reverse charge, exempt."""


@dataclass(frozen=True, kw_only=True)
class Seller:
    name: str
    street: str
    postcode: str
    city: str
    country: str
    kvk: str
    vat_id: str
    iban: str
    bic: str
    email: str
    phone: str
    website: str
    creditor_id: str


@dataclass(frozen=True, kw_only=True)
class Buyer:
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
    address: tuple[str, ...]
    """The lines of the address window, in order."""


@dataclass(frozen=True, kw_only=True)
class Payment:
    """How the money comes: collected by mandate from the buyer's IBAN, or transferred to the seller's."""

    method: Literal["direct_debit", "transfer"]
    days: int
    iban: str
    shown_iban: str
    """As printed: the buyer's own IBAN is masked, for mail and paper get lost."""
    mandate_id: str
    creditor_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One amount: a fee, or the use of one number for one call type in one period.

    Use of service numbers has a second line for its information charges, which counts no calls a second time.
    """

    kind: LineKind
    period: str
    from_on: dt.date
    until_on: dt.date
    description: str
    product: str
    subscription_id: str
    own_number: str
    """Canonical; empty for a fee of a subscription that is known by a label."""
    number_text: str
    """The number as people write it, or the label."""
    call_type: str
    call_type_name: str
    service: str
    is_information: bool = canonical.added(default=False)
    """The part for the holders of the numbers called; the line before has the calls, and their own charge."""
    calls: int
    quantity: int
    in_bundle_quantity: int
    billed_quantity: int
    usage_micro_eur: int
    amount_cents: int
    vat_category: VatCategory
    vat_basis_points: int


@dataclass(frozen=True, kw_only=True)
class VatGroup:
    """VAT of all lines of one category and rate; computed once, over the sum of the rounded lines (B4)."""

    category: VatCategory
    basis_points: int
    name: str
    note: str
    net_cents: int
    vat_cents: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    subscriptions_cents: int
    usage_cents: int
    once_cents: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    usage_micro_eur: int
    rounding_micro_eur: int
    """Rounded usage minus exact usage: what rounding to cents gave or took."""


@dataclass(frozen=True, kw_only=True)
class NumberRow:
    """One number with all that it costs; the rows add up to the net total."""

    number_text: str
    label: str
    calls: int
    voice_seconds: int
    messages: int
    data_bytes: int
    fee_cents: int
    usage_cents: int
    total_cents: int


@dataclass(frozen=True, kw_only=True)
class CallTypeRow:
    """One call type (late use apart), or its information charges; the rows add up to the usage."""

    name: str
    service: str
    is_information: bool = canonical.added(default=False)
    calls: int
    quantity: int
    in_bundle_quantity: int
    amount_cents: int


@dataclass(frozen=True, kw_only=True)
class BundleRow:
    """Use of one bundle, or of one member of a group bundle."""

    name: str
    owner: str
    is_group: bool
    is_member: bool
    service: str
    allowance: int
    covered_quantity: int
    over: int
    permille: int | None
    """Use in thousandths of the allowance, rounded down: 100.0 % means reached. Empty without an allowance."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the invoice refers to: the buyer's order; later, for a credit note, the invoice it corrects."""

    kind: Literal["buyer", "invoice"]
    value: str
    on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Invoice:
    version: int
    kind: Literal["invoice"]
    invoice_number: str | None
    """Empty in a draft, as are issued_on and due_on: a number is given at the commit, never before."""
    issued_on: dt.date | None
    due_on: dt.date | None
    period: str
    language: Language
    seller: Seller
    buyer: Buyer
    payment: Payment
    references: tuple[Reference, ...]
    lines: tuple[Line, ...]
    vat: tuple[VatGroup, ...]
    totals: Totals
    previous_gross_cents: int | None
    difference_cents: int | None
    by_number: tuple[NumberRow, ...]
    by_call_type: tuple[CallTypeRow, ...]
    bundles: tuple[BundleRow, ...]

    def to_json(self) -> str:
        """Return the canonical text that is stored, hashed and compared."""
        return canonical.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        return canonical.loads(cls, text)

    def issued(self, invoice_number: str, issued_on: dt.date) -> Invoice:
        """Return the invoice as it goes out: with its number, its date and the day it is due."""
        due_on = issued_on + dt.timedelta(days=self.payment.days)
        payment = dataclasses.replace(self.payment, reference=invoice_number)
        return dataclasses.replace(
            self, invoice_number=invoice_number, issued_on=issued_on, due_on=due_on, payment=payment
        )
