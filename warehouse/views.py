"""What analysts see: the published schemas in the order in which they are built, and what each column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from belnota.tables import (
    BundleDraw,
    BundleUsage,
    Call,
    CallPart,
    ControlResult,
    Ownership,
    PartDecision,
    QuarantineDecision,
    QuarantinedLine,
    RatedCall,
    SourceFile,
)
from belnota.tables.contract import Table, description_of
from warehouse.duck import sql_text
from warehouse.meanings import MEANINGS


@dataclass(frozen=True)
class Relation:
    """A table or view of the published database.

    The meaning of a column comes from `own`, then from the first contract that has it, then from MEANINGS.
    """

    name: str
    grain: str
    contracts: tuple[type[Table], ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, column: str) -> str:
        """Return what a column means; a column that nobody explained is a KeyError, and fails the build."""
        if column in self.own:
            return self.own[column]
        for contract in self.contracts:
            if column in contract.columns():
                return description_of(contract, column)
        return MEANINGS[column]


def header(folder: str, name: str) -> list[str]:
    """Return the lines of the comment on top of an SQL file, without their dashes."""
    lines = sql_text(folder, name).splitlines()
    end = next((number for number, line in enumerate(lines) if line[:2] != "--"), len(lines))
    return [line.removeprefix("--").strip() for line in lines[:end]]


def _view(folder: str, name: str, *contracts: type[Table], own: Mapping[str, str] | None = None) -> Relation:
    return Relation(name, " ".join(header(folder, name)), contracts, own or {})


def _star(name: str) -> Relation:
    # The same look-up for all of them: in the star a name has one meaning.
    return _view("mart", name, RatedCall, BundleUsage, ControlResult, own=_STAR)


_STAR: Final = MappingProxyType(
    {
        "billing_period": "month whose invoice carries it, YYYY-MM",
        "customer_id": "who is billed; empty = nobody, for an unknown number",
        "is_group": "true for a bundle that several subscriptions share",
        "period": "local month of use, YYYY-MM; earlier than billing_period = late usage",
        "product": "telefonie or mobiel",
        "subscription_id": "subscription that the number belongs or belonged to",
        "zone": "roaming zone: nl = at home, eu or world",
    }
)

REPORT: Final = (
    _view("report", "calls", RatedCall),
    _view("report", "usage_by_number_and_call_type"),
    _view("report", "usage_total"),
    _view("report", "usage_by_call_type"),
    _view("report", "usage_by_number"),
    _view("report", "usage_by_day"),
    _view("report", "bundle_usage", BundleUsage),
    _view("report", "invoices"),
    _view("report", "invoice_lines"),
    _view("report", "warnings"),
    _view("report", "controls", ControlResult),
    _view("report", "suspense", RatedCall),
    _view("report", "quarantine", QuarantinedLine, QuarantineDecision, SourceFile),
    _view("report", "waiting_parts"),
)
"""Schema report: what people want nearly always, with names and exact euros."""

MART: Final = (
    _star("dim_customer"),
    _star("dim_number"),
    _star("dim_call_type"),
    _star("dim_tariff"),
    _star("dim_date"),
    _star("fct_rated_call"),
    _star("fct_usage_day"),
    _star("fct_invoice_line"),
    _star("fct_bundle_usage"),
    _star("fct_reconciliation"),
)
"""Schema mart: the same as a star, for tools that draw and pivot: dimensions, and facts whose measures add up."""

CORE: Final = (
    Relation("calls", "One accepted call, message or session, in canonical form.", (Call,)),
    Relation("call_parts", "One part of a call that its source spreads over several lines.", (CallPart,)),
    Relation("quarantine", "One line that could not become a call.", (QuarantinedLine,)),
    Relation("rated_calls", "One rated call per billing period, money in micro-euros.", (RatedCall,)),
    Relation("bundle_draws", "What one call took from one bundle.", (BundleDraw,)),
    Relation("bundle_usage", "Use of one allowance, in total (*) and per member.", (BundleUsage,)),
    Relation("source_files", "One arrival of a raw file, and where its lines went.", (SourceFile,)),
    Relation("quarantine_decisions", "One decision about a line in quarantine.", (QuarantineDecision,)),
    Relation("part_decisions", "One decision about a call that waits for a part.", (PartDecision,)),
    Relation("customers", "One customer."),
    Relation("numbers", "One stretch of time in which one number belongs to one subscription.", (Ownership,)),
    Relation("decks", "One price list in use."),
    Relation("call_types", "One call type with its names on bills."),
    Relation("invoices", "One invoice, money in cents and micro-euros."),
    Relation("invoice_lines", "One line of an invoice, money in cents and micro-euros."),
    Relation("warnings", "One warning that was decided."),
    Relation("controls", "One control: two sums that must be equal, or a figure in its bounds.", (ControlResult,)),
)
"""Schema core: the lake's tables as they are, and copies of the store's."""

META: Final = (
    Relation("release", "The release that this file shows: one row."),
    Relation("made_with", "Versions of the programs that made this file: one row."),
    Relation("lake_versions", "One table of the lake and the version shown."),
    Relation("files", "One Parquet file that the views read."),
    Relation("views", "One view or table, and what a row of it is."),
    Relation("columns", "One column, and what it means."),
    Relation("examples", "One question with a query to copy, and what its answer means."),
    Relation("macros", "One function to select from, and how it is called."),
    _view("meta", "run"),
    _view("meta", "freshness"),
)
"""Schema meta: about this file."""

MAIN: Final = (_view("main", "start_here"),)
"""What `show tables` finds."""

SCHEMAS: Final[Mapping[str, tuple[Relation, ...]]] = MappingProxyType(
    {"main": MAIN, "report": REPORT, "mart": MART, "meta": META, "core": CORE}
)
VIEWS: Final = (
    *(("report", relation.name) for relation in REPORT),
    *(("mart", relation.name) for relation in MART),
    ("meta", "run"),
    ("meta", "freshness"),
    ("main", "start_here"),
)
"""Schema and name of all views with an SQL file, in the order in which they build upon each other."""

MACROS: Final = (
    "omzet",
    "revenue",
    "top_klanten",
    "top_customers",
    "usage_of",
    "calls_of",
    "bundle_fit",
    "unusual_days",
    "columns_of",
    "find_column",
)
"""Functions to select from, of `sql/macros`; the first line of each file says how it is called."""
