"""Warnings, recipients and mails for the tests of alerts."""

import datetime as dt

import sqlalchemy as sa

from alerts.decide import Bundle, WarningIntent
from alerts.mail import Mail
from alerts.messages import warning_mail
from belnota.people import Recipient
from belnota.settings import Company
from belnota.store import Store
from belnota.store.schema import customers

AT = dt.datetime(2026, 10, 29, 2, 0, tzinfo=dt.UTC)
ON = dt.date(2026, 10, 29)
COMPANY = Company(
    name="Voorbeeld Telecom B.V.",
    street="Keizersgracht 1",
    postcode="1015 AA",
    city="Amsterdam",
    email="fin@example.nl",
)
PORTAL = "https://portaal.example.nl"
GROUP = Bundle("data", "Groepsbundel Data", "Group data bundle", "data", True, "", "mobiel")


def voip(level=80, used=412_000_000, limit=500_000_000, customer="K001", outcome="sent") -> WarningIntent:
    return WarningIntent("voip_cost", customer, customer, "2026-10", level, limit, used, outcome)


def group_data(used=1_003_000_000, limit=1_000_000_000, level=100, bundle=GROUP) -> WarningIntent:
    return WarningIntent("bundle", "data@K001", "K001", "2026-10", level, limit, used, "sent", bundle)


def sanne(email="sanne@example.nl", name="Sanne de Vries", language="nl", customer="K001") -> Recipient:
    return Recipient(customer, email, name, language)


def mail_to(*addresses: str, intent: WarningIntent | None = None) -> list[Mail]:
    return [warning_mail(intent or voip(), sanne(address), COMPANY, PORTAL, ON) for address in addresses]


def add_customer(store: Store, customer_id: str = "K001") -> None:
    row = {"customer_id": customer_id, "name": "Klant", "street": "Straat 1", "postcode": "1000 AA", "city": "Stad"}
    row |= {"country": "NL", "vat_regime": "standard", "language": "nl", "delivery": "email"}
    with store.writing() as tx:
        tx.execute(sa.insert(customers).values(row))
