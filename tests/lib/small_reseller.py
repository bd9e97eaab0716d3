"""A reseller of two customers with one number each, so that whole months fit on the back of an envelope.

Every call costs EUR 0.60 a minute beyond a bundle of 100 minutes; a subscription costs EUR 10.00 a month.
"""

import csv
import datetime as dt
import io
import shutil
from pathlib import Path

import polars as pl

import accounts
import invoicing
import tariffs.registry
from belnota.periods import Period
from pipelines import closing
from pipelines.demo import write_workspace
from pipelines.issuing import CloseOrder
from pipelines.night import run_night
from pipelines.workspace import opened, silent

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (Period(2026, month) for month in (9, 10, 11, 12))
NUMBER = {"A": "+31201111111", "B": "+31202222222"}
CUSTOMER = "{0},Klant {0},,{1},1099 ZZ,Amsterdam,NL,,,standard,,,,nl,email,,\n"
USER = "u{0},{0},{0}@example.nl,U,{0},nl,view_invoices,voip_usage mobile_usage invoice,no\n"
HEADERS = {
    "customers": "customer_id,name,attention,street,postcode,city,country,kvk,vat_id,vat_regime,iban,mandate_id,"
    "mandate_signed_on,language,delivery,reference,voip_limit_eur",
    "subscriptions": "subscription_id,customer_id,plan,label,valid_from,valid_until",
    "numbers": "number,subscription_id,valid_from,valid_until",
    "modules": "subscription_id,module,valid_from,valid_until",
    "users": "username,customer_id,email,first_name,last_name,language,roles,registrations,blocked",
}
CATALOGUE = """
[[plan]]
code = "vast"
product = "telefonie"
name_nl = "Vast"
name_en = "Line"
monthly_eur = "{fee}"
deck = "small"
[[plan.bundle]]
code = "min"
name_nl = "Belminuten"
name_en = "Minutes"
service = "voice"
allowance = "{minutes} min"
"""
DECK = 'name = "small"\n[rounding]\nmode = "half_up"\ndecimals = 4\n'
RATES = "prefix,price,destination,call_type\n31,0.60,Nederland,national\n"
POST_BOX = "Postbus 1"
"""A street that the law does not allow on an invoice: such a customer is parked."""


class SmallReseller:
    """A workspace, and what one does with it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.streets = {"A": "Straat 1", "B": "Straat 1"}
        self.owner = {"A1": "A", "B1": "B"}
        self.minutes, self.fee = 100, "10.00"
        self.files = 0
        write_workspace(folder)
        settings = folder / "belnota.toml"
        text = settings.read_text().replace('own = "accountcode"', 'own = "src"')
        settings.write_text(text.replace('first_period = "2026-09"', 'first_period = ""'))
        self.import_accounts()
        self.import_deck()

    def open(self, at=dt.datetime(2027, 6, 1, 8, tzinfo=dt.UTC)):
        return opened(self.folder, {}, clock=lambda: at)

    def import_accounts(self):
        folder = self.folder / "accounts"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        rows = {
            "customers": "".join(CUSTOMER.format(who, street) for who, street in self.streets.items()),
            "subscriptions": "".join(f"{name},{who},vast,,2026-01-01,\n" for name, who in self.owner.items()),
            "numbers": "".join(f"{NUMBER[name[0]]},{name},2026-01-01,\n" for name in self.owner),
            "modules": "",
            "users": "".join(USER.format(who) for who in self.streets),
        }
        for name, header in HEADERS.items():
            (folder / f"{name}.csv").write_text(f"{header}\n{rows[name]}")
        (folder / "catalogue.toml").write_text(CATALOGUE.format(fee=self.fee, minutes=self.minutes))
        with self.open() as workspace, workspace.store.writing() as tx:
            accounts.import_folder(tx, folder)

    def import_deck(self):
        folder = self.folder / "decks" / "small"
        folder.mkdir(exist_ok=True)
        (folder / "deck.toml").write_text(DECK)
        (folder / "rates.csv").write_text(RATES)
        with self.open() as workspace, workspace.store.writing() as tx:
            tariffs.registry.import_deck(tx, workspace.settings.archive, folder, workspace.clock())

    def calls(self, *calls):
        """Put an Asterisk file in the inbox; a call is (customer, local time, seconds)."""
        self.files += 1
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        for index, (who, at, seconds) in enumerate(calls):
            end = str(dt.datetime.fromisoformat(at) + dt.timedelta(seconds=seconds))
            key = f"{self.files}.{index}"
            numbers = ["", NUMBER.get(who, who), "+31203333333", "internal", "x", "SIP/a", "SIP/b", "Dial", "x"]
            writer.writerow([*numbers, at, at, end, seconds, seconds, "ANSWERED", "DOCUMENTATION", key, "", index])
        (self.folder / "inbox" / f"asterisk-{self.files:04d}.csv").write_text(text.getvalue())

    def night(self, on=dt.date(2027, 5, 1)):
        with self.open() as workspace:
            return run_night(workspace, on, silent)

    def order(self, workspace, period):
        draft = closing.draft(workspace, period, actor="a test")
        closing.approve(workspace, period, draft.draft_hash, actor="a test")
        return CloseOrder(period, draft.draft_hash, dt.date(2027, 5, 1), "a test")

    def close(self, period):
        with self.open() as workspace:
            return closing.commit(workspace, self.order(workspace, period), silent)

    def lines(self, kind):
        """Return (invoice's period, customer, period of use, amount in cents) of all lines of a kind, sorted."""
        with self.open() as workspace, workspace.store.reading() as tx:
            lines = invoicing.invoice_lines(tx).filter(pl.col("kind") == kind)
        return sorted(lines.select("period", "customer_id", "usage_period", "amount_cents").rows())

    def late_charges(self, billing_period):
        """Return (period of use, customer, in bundle, charge in micro-euros) of calls billed later than used."""
        with self.open() as workspace:
            rated = workspace.lake.scan("rated_calls", periods=[billing_period])
            late = rated.filter(pl.col("period") < pl.col("billing_period"))
            columns = ["period", "customer_id", "in_bundle_quantity", "charge_micro_eur"]
            return sorted(late.select(columns).collect().rows())
