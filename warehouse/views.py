"""What analysts see: the published views, and what each relation and column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from belnota.tables import (
    BundleDraw,
    BundleUsage,
    Call,
    ControlResult,
    QuarantineDecision,
    QuarantinedLine,
    RatedCall,
    SourceFile,
)
from belnota.tables.contract import Table, description_of
from warehouse.duck import sql_text


@dataclass(frozen=True)
class Relation:
    """A table or view of the published database; column meanings come from its contracts, else from MEANINGS."""

    name: str
    grain: str
    contracts: tuple[type[Table], ...] = ()

    def meaning(self, column: str) -> str:
        """Return what a column means; a column that nobody explained is a KeyError, and fails the build."""
        for contract in self.contracts:
            if column in contract.columns():
                return description_of(contract, column)
        return MEANINGS[column]


MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "amount_cents": "amount of the line without VAT, cents",
        "amount_eur": "amount of the line without VAT, euros",
        "answered_local": "answered_at as Dutch wall time with its offset, for people",
        "answered_on": "local date of answer",
        "billing_period": "period whose invoice carries it",
        "bytes": "data used, bytes",
        "call_type": "what the call is called on bills and in limits",
        "calls": "answered calls, messages or sessions",
        "charge_eur": "price without VAT, euros; exact, empty while unrated",
        "charge_kind": "call, or information (the part for the number's holder); empty for a fee",
        "column_name": "column",
        "connect_fee_eur": "part of the charge, euros",
        "content_key": "hash of what the release was made from",
        "customer_id": "who is billed",
        "customer_name": "name of the customer now",
        "data_type": "type in DuckDB",
        "decided_on": "local date of the night that decided it",
        "description": "what it is, in words",
        "grain": "what one row is, and its units",
        "gross_cents": "amount with VAT, cents",
        "gross_eur": "amount with VAT, euros",
        "information_charge_eur": "part of charge_eur that is for the number's holder (0900, 18xx), euros; "
        "charge_eur - information_charge_eur is the charge of the call itself",
        "invoice_number": "number of the invoice",
        "issued_on": "date of the invoice",
        "kind": "usage or fee (lines); bundle or voip_cost (warnings)",
        "level": "percentage that was reached: 80 or 100",
        "limit_value": "the limit at that moment",
        "made_at": "instant (UTC) at which it was made",
        "messages": "text messages sent or received",
        "name": "name",
        "net_cents": "amount without VAT, cents",
        "net_eur": "amount without VAT, euros",
        "outcome": "sent, skipped (the higher level was reached at once) or nobody (no one is registered)",
        "own_number": "canonical number of ours",
        "path": "Parquet file that the release reads",
        "percentage": "covered_quantity of allowance, cut off at two decimals; empty without allowance",
        "period": "local month of use; for invoices and warnings their own month",
        "position": "line number on the invoice",
        "product": "telefonie or mobiel",
        "quantity": "seconds, messages or bytes",
        "question": "what it answers",
        "release_id": "number of the release",
        "rounding_eur": "what rounding each line to cents added, euros",
        "run_on": "local date the night ran for",
        "seconds": "voice used, seconds",
        "service": "voice, sms or data",
        "sql": "a query to copy",
        "subject": "pool of a bundle, or customer of a cost limit",
        "table_name": "table of the lake",
        "usage_cents": "usage lines rounded to cents each, without VAT, cents",
        "usage_eur": "exact sum of the calls without VAT, euros",
        "usage_micro_eur": "exact sum of the calls without VAT, micro-euros",
        "usage_rounded_eur": "usage lines rounded to cents each, without VAT, euros",
        "usage_period": "local month of the use or fee; earlier than period = late",
        "used_value": "what was used at that moment",
        "vat_cents": "VAT, cents",
        "vat_eur": "VAT, euros",
        "version": "version in its Delta log",
        "view": "schema and name",
    }
)


def _view(name: str, *contracts: type[Table]) -> Relation:
    comment = [line.removeprefix("--").strip() for line in sql_text("report", name).splitlines() if line[:2] == "--"]
    return Relation(name, " ".join(comment), contracts)


VIEWS: Final = (
    _view("calls", RatedCall),
    _view("usage_by_number_and_call_type"),
    _view("usage_total"),
    _view("usage_by_call_type"),
    _view("usage_by_number"),
    _view("usage_by_day"),
    _view("bundle_usage", BundleUsage),
    _view("invoices"),
    _view("invoice_lines"),
    _view("warnings"),
    _view("controls", ControlResult),
    _view("suspense", RatedCall),
    _view("quarantine", QuarantinedLine, QuarantineDecision, SourceFile),
)
"""Schema report, in the order in which they build upon each other."""

CORE: Final = (
    Relation("calls", "One accepted call, message or session, in canonical form.", (Call,)),
    Relation("quarantine", "One line that could not become a call.", (QuarantinedLine,)),
    Relation("rated_calls", "One rated call per billing period, money in micro-euros.", (RatedCall,)),
    Relation("bundle_draws", "What one call took from one bundle.", (BundleDraw,)),
    Relation("bundle_usage", "Use of one allowance, in total (*) and per member.", (BundleUsage,)),
    Relation("source_files", "One arrival of a raw file, and where its lines went.", (SourceFile,)),
    Relation("quarantine_decisions", "One decision about a line in quarantine.", (QuarantineDecision,)),
    Relation("customers", "One customer."),
    Relation("invoices", "One invoice, money in cents and micro-euros."),
    Relation("invoice_lines", "One line of an invoice, money in cents and micro-euros."),
    Relation("warnings", "One warning that was decided."),
    Relation("controls", "One control: two sums that must be equal, or a figure in its bounds.", (ControlResult,)),
)
"""Schema core: the lake's tables as they are, and copies of the store's."""

META: Final = (
    Relation("release", "The release that this file shows: one row."),
    Relation("lake_versions", "One table of the lake and the version shown."),
    Relation("files", "One Parquet file that the views read."),
    Relation("views", "One view or table, and what a row of it is."),
    Relation("columns", "One column, and what it means."),
    Relation("examples", "One question with a query to copy."),
)
"""Schema meta: about this file."""
