"""From totals and fees to drafts of invoices: pure, so that preview, close and re-check are one and the same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import polars as pl
from babel import Locale

from belnota.people import Customer
from belnota.periods import Period
from belnota.settings import Company
from belnota.wording import Language
from invoicing import summaries, vat
from invoicing.checks import problems_of
from invoicing.drafts import Draft
from invoicing.lines import fee_lines, late_fee_line, usage_lines, usage_per_line
from invoicing.model import BundleRow, Buyer, Invoice, Line, Payment, Reference, Seller


@dataclass(frozen=True)
class _Account:
    """What one customer's invoice is made of."""

    customer: Customer
    usage: pl.DataFrame | None
    fees: pl.DataFrame | None
    parked_fees: tuple[Line, ...]
    bundles: pl.DataFrame | None
    previous: int | None


def draft_invoices(
    *,
    period: Period,
    company: Company,
    customers: Sequence[Customer],
    totals: pl.DataFrame,
    fees: pl.DataFrame,
    bundles: pl.DataFrame,
    unrated: pl.DataFrame,
    previous: Mapping[str, int],
    parked_fees: Mapping[str, Sequence[Line]],
    payment_days: int,
) -> list[Draft]:
    """Return one draft per customer with use, a fee or unpriced calls in a period, by customer id.

    `totals`, `fees` and `bundles` are UsageTotal, Fee and BundleUsage; rows of other (billing) periods are left
    out. `parked_fees` are fee lines per customer that earlier months drafted and did not bill; they are billed now.
    `unrated` has customer_id and calls (rows without a customer are nobody's and left out), `previous` the gross
    cents of each customer's last invoice. A customer that the accounts do not know is parked, never dropped.
    """
    usage = _by_customer(usage_per_line(totals.filter(pl.col("billing_period") == str(period))))
    recurring = _by_customer(fees.filter(pl.col("period") == str(period)))
    allowances = _by_customer(bundles.filter(pl.col("billing_period") == str(period)))
    waiting = {who: int(rows["calls"].sum()) for who, rows in _by_customer(unrated).items()}
    known = {customer.customer_id: customer for customer in customers}
    drafts = []
    with_calls = {who for who, calls in waiting.items() if calls}
    for who in sorted(usage.keys() | recurring.keys() | parked_fees.keys() | with_calls):
        account = _Account(
            known.get(who) or _stranger(who),
            usage.get(who),
            recurring.get(who),
            tuple(parked_fees.get(who, ())),
            allowances.get(who),
            previous.get(who),
        )
        invoice = _invoice(period, company, account, payment_days)
        drafts.append(Draft(invoice, problems_of(invoice, waiting.get(who, 0), is_known=who in known)))
    return drafts


def _by_customer(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    owned = rows.filter(pl.col("customer_id").is_not_null())
    return {str(key[0]): part for key, part in owned.partition_by("customer_id", as_dict=True).items()}


def _invoice(period: Period, company: Company, account: _Account, payment_days: int) -> Invoice:
    customer, language = account.customer, account.customer.language
    lines = _lines(account, period)
    groups = vat.groups(lines, customer.vat_id, language)
    totals = summaries.totals_of(lines, groups)
    return Invoice(
        version=1,
        kind="invoice",
        invoice_number=None,
        issued_on=None,
        due_on=None,
        period=str(period),
        language=language,
        seller=Seller(**{part.name: getattr(company, part.name) for part in fields(Seller)}),
        buyer=_buyer(customer, company.country),
        payment=_payment(customer, company, payment_days),
        references=(Reference(kind="buyer", value=customer.reference, on=None),) if customer.reference else (),
        lines=lines,
        vat=groups,
        totals=totals,
        previous_gross_cents=account.previous,
        difference_cents=None if account.previous is None else totals.gross_cents - account.previous,
        by_number=summaries.per_number(lines),
        by_call_type=summaries.per_call_type(lines, period),
        bundles=_bundles(account, lines, language),
    )


def _lines(account: _Account, period: Period) -> tuple[Line, ...]:
    regime, language = account.customer.vat_regime, account.customer.language
    recurring = [] if account.fees is None else fee_lines(account.fees, regime, language)
    late = [late_fee_line(line, regime, language) for line in account.parked_fees]
    used = [] if account.usage is None else usage_lines(account.usage, period, regime, language)
    return (*recurring, *late, *used)


def _bundles(account: _Account, lines: Sequence[Line], language: Language) -> tuple[BundleRow, ...]:
    if account.bundles is None:
        return ()
    # A fee's label names a subscription best; without one, its first number in use does.
    owners = {line.subscription_id: line.number_text for line in reversed(lines)}
    return summaries.bundle_rows(account.bundles, owners, language)


def _buyer(customer: Customer, home: str) -> Buyer:
    country = "" if customer.country == home else _country(customer.country, customer.language)
    window = (
        customer.name,
        customer.attention,
        customer.street,
        f"{customer.postcode}  {customer.city}".strip(),
        country,
    )
    return Buyer(
        customer_id=customer.customer_id,
        name=customer.name,
        attention=customer.attention,
        street=customer.street,
        postcode=customer.postcode,
        city=customer.city,
        country=customer.country,
        kvk=customer.kvk,
        vat_id=customer.vat_id,
        vat_regime=customer.vat_regime,
        address=tuple(line for line in window if line.strip()),
    )


def _country(code: str, language: Language) -> str:
    return str(Locale(language).territories.get(code.upper(), code)).upper()


def _payment(customer: Customer, company: Company, days: int) -> Payment:
    collects = bool(customer.iban and customer.mandate_id and customer.mandate_signed_on)
    bare = customer.iban.replace(" ", "")
    spaced = company.iban.replace(" ", "")
    return Payment(
        method="direct_debit" if collects else "transfer",
        days=days,
        iban=bare if collects else spaced,
        shown_iban=f"{bare[:2]}•• •••• {bare[-4:]}" if collects else _in_fours(spaced),
        mandate_id=customer.mandate_id if collects else "",
        creditor_id=company.creditor_id if collects else "",
        reference="",
    )


def _in_fours(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _stranger(who: str) -> Customer:
    return Customer(
        customer_id=who,
        name="",
        attention="",
        street="",
        postcode="",
        city="",
        country="NL",
        kvk="",
        vat_id="",
        vat_regime="standard",
        iban="",
        mandate_id="",
        mandate_signed_on=None,
        language="nl",
        delivery="email",
        reference="",
    )
