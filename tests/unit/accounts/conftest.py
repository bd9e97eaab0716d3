"""A folder of accounts to start from: one of everything, all of it right."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

HEADERS = {
    "customers.csv": "customer_id,name,attention,street,postcode,city,country,kvk,vat_id,vat_regime,iban,mandate_id,"
    "mandate_signed_on,language,delivery,reference,voip_limit_eur",
    "subscriptions.csv": "subscription_id,customer_id,plan,label,valid_from,valid_until",
    "numbers.csv": "number,subscription_id,valid_from,valid_until",
    "modules.csv": "subscription_id,module,valid_from,valid_until",
    "users.csv": "username,customer_id,email,first_name,last_name,language,roles,registrations,blocked",
}
DEFAULTS = {
    "customers.csv": {
        "customer_id": "c1",
        "name": "Bakkerij Łódź & <b>Zn</b>",
        "street": "Dorpsstraat 1",
        "postcode": "1234 AB",
        "city": "Ons Dorp",
        "country": "NL",
        "vat_regime": "standard",
        "language": "nl",
        "delivery": "email",
    },
    "subscriptions.csv": {
        "subscription_id": "s1",
        "customer_id": "c1",
        "plan": "bundel",
        "valid_from": "2026-01-01",
    },
    "numbers.csv": {"number": "+31612345678", "subscription_id": "s1", "valid_from": "2026-01-01"},
    "modules.csv": {"subscription_id": "s1", "module": "eu-bellen", "valid_from": "2026-01-01"},
    "users.csv": {
        "username": "anna",
        "customer_id": "c1",
        "email": "anna@example.nl",
        "first_name": "Anna",
        "last_name": "de Vries",
        "language": "nl",
        "roles": "mobile_access mobile_limits",
        "registrations": "invoice voip_usage",
        "blocked": "no",
    },
}
CATALOGUE = """\
[[plan]]
code = "bundel"
product = "mobiel"
name_nl = "Zakelijk Mobiel Bundel"
name_en = "Business Mobile Bundle"
deck = "mobiel-2026"
monthly_eur = "10.01"

[[plan.bundle]]
code = "groep-data"
name_nl = "Groepsbundel data"
name_en = "Group data bundle"
service = "data"
allowance = "500 MB"
group = true

[[plan.bundle]]
code = "bellen"
name_nl = "Bellen"
name_en = "Calls"
service = "voice"
allowance = "150 min"
call_types = ["national", "mobile"]

[[plan]]
code = "voip"
product = "telefonie"
name_nl = "VoIP-lijn"
name_en = "VoIP line"
deck = "zakelijk-2026"
monthly_eur = "7.95"

[[module]]
code = "eu-bellen"
product = "mobiel"
name_nl = "Mobiel Bellen EU"
name_en = "Mobile Calls EU"
monthly_eur = "2.50"

[[module.bundle]]
code = "eu-minuten"
name_nl = "Bellen in de EU"
name_en = "Calls in the EU"
service = "voice"
allowance = "100 min"
call_types = ["roaming_eu"]
"""


@dataclass(frozen=True)
class AccountsFolder:
    """Writes the files; a row states only what differs from the default row."""

    path: Path

    def rows(self, file: str, *rows: dict[str, str]) -> None:
        with (self.path / file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, HEADERS[file].split(","), restval="")
            writer.writeheader()
            writer.writerows({**DEFAULTS[file], **row} for row in rows)

    def catalogue(self, *changes: tuple[str, str]) -> None:
        content = CATALOGUE
        for old, new in changes:
            assert old in content
            content = content.replace(old, new)
        (self.path / "catalogue.toml").write_text(content, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> AccountsFolder:
    made = AccountsFolder(tmp_path / "accounts")
    made.path.mkdir()
    for file in HEADERS:
        made.rows(file, {})
    made.catalogue()
    return made
