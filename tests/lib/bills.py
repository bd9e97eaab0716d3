"""What invoices are made of, for tests: a company, customers, and tables with few words."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from belnota.people import Customer
from belnota.periods import Period
from belnota.settings import Company
from belnota.store.schema import customers
from belnota.tables import BundleUsage, Fee, UsageTotal, schema_of
from invoicing.build import draft_invoices
from invoicing.drafts import Draft
from invoicing.model import Line

OCTOBER = Period(2026, 10)
AT = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
COMPANY = Company(
    name="Polderbel B.V.",
    street="Dijkweg 12",
    postcode="1015 AB",
    city="Amsterdam",
    kvk="12345678",
    vat_id="NL004495445B01",
    iban="NL91ABNA0417164300",
    bic="ABNANL2A",
    email="facturen@polderbel.example",
    phone="020 765 4321",
    website="www.polderbel.example",
    creditor_id="NL98ZZZ123456780000",
)


def customer(customer_id: str = "K1", **changes: Any) -> Customer:
    made = Customer(
        customer_id=customer_id,
        name="Bakkerij De Gouden Krakeling",
        attention="Mevrouw J. de Boer",
        street="Molenstraat 8",
        postcode="3512 XZ",
        city="Utrecht",
        country="NL",
        kvk="87654321",
        vat_id="",
        vat_regime="standard",
        iban="NL20INGB0001234567",
        mandate_id="M-0017",
        mandate_signed_on=dt.date(2024, 3, 1),
        language="nl",
        delivery="email",
        reference="",
    )
    return dataclasses.replace(made, **changes)


def usage(customer_id: str = "K1", charge: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "billing_period": "2026-10",
        "period": "2026-10",
        "customer_id": customer_id,
        "subscription_id": f"S-{customer_id}",
        "own_number": "+31201234567",
        "product": "telefonie",
        "service": "voice",
        "call_type": "national",
        "calls": 3,
        "quantity": 300,
        "in_bundle_quantity": 0,
        "billed_quantity": 300,
        "information_charge_micro_eur": 0,
        "charge_micro_eur": charge,
    } | changes


def fee(customer_id: str = "K1", cents: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "period": "2026-10",
        "customer_id": customer_id,
        "subscription_id": f"S-{customer_id}",
        "code": "vast",
        "product": "telefonie",
        "label": "+31201234567",
        "name_nl": "Zakelijk Vast",
        "name_en": "Business Landline",
        "from_on": dt.date(2026, 10, 1),
        "until_on": dt.date(2026, 11, 1),
        "monthly_micro_eur": cents * 10_000,
        "amount_cents": cents,
    } | changes


def bundle(customer_id: str = "K1", **changes: Any) -> dict[str, Any]:
    return {
        "billing_period": "2026-10",
        "period": "2026-10",
        "pool_id": f"mb500@{customer_id}",
        "subscription_id": "*",
        "customer_id": customer_id,
        "bundle": "mb500",
        "bundle_name_nl": "Groepsbundel internet",
        "bundle_name_en": "Shared data",
        "is_group": True,
        "service": "data",
        "allowance": 1_000_000_000,
        "covered_quantity": 1_003_000_000,
        "used": 1_000_000_000,
        "over": 3_000_000,
    } | changes


def drafts(
    totals: Sequence[dict[str, Any]] = (),
    fees: Sequence[dict[str, Any]] = (),
    *,
    customers: Sequence[Customer] = (),
    bundles: Sequence[dict[str, Any]] = (),
    unrated: Mapping[str | None, int] | None = None,
    previous: Mapping[str, int] | None = None,
    parked_fees: Mapping[str, Sequence[Line]] | None = None,
    company: Company = COMPANY,
    period: Period = OCTOBER,
) -> list[Draft]:
    waiting = unrated or {}
    return draft_invoices(
        period=period,
        company=company,
        customers=customers or [customer()],
        totals=UsageTotal.validate(pl.DataFrame(list(totals), schema=schema_of(UsageTotal))),
        fees=Fee.validate(pl.DataFrame(list(fees), schema=schema_of(Fee))),
        bundles=BundleUsage.validate(pl.DataFrame(list(bundles), schema=schema_of(BundleUsage))),
        unrated=pl.DataFrame(
            {"customer_id": list(waiting), "calls": list(waiting.values())},
            schema={"customer_id": pl.String, "calls": pl.Int64},
        ),
        previous=previous or {},
        parked_fees=parked_fees or {},
        payment_days=14,
    )


def add_customers(tx: sa.Connection, *people: Customer) -> None:
    tx.execute(sa.insert(customers), [vars(each) for each in people])
