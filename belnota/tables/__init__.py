"""The data dictionary: every table that crosses a door, declared once.

A class is a table; its docstring says what a row is (grain), its columns carry unit and description, its rules
are business sentences. `docs/tables.md`, the comments in `analytics.duckdb` and the checks at the doors come from here.

Conventions: `_seconds`, `_bytes`, `_micro_eur` (money inside) and `_eur` (published) are units, `_at` is an instant
(UTC), `_on` a local date, `period` a local month `YYYY-MM`; one quantity has one name everywhere.
`quantity` is seconds for voice, messages for sms and bytes for data.
"""

from belnota.tables.billing import Fee, UsageTotal
from belnota.tables.calls import Call, CallPart, QuarantinedLine
from belnota.tables.contract import described, empty, schema_of
from belnota.tables.night import BundleUsage, ControlResult, PartDecision, QuarantineDecision, SourceFile
from belnota.tables.ownership import BundleShare, Ownership
from belnota.tables.prices import PriceBook
from belnota.tables.rated import BundleDraw, CallToRate, RatedCall

__all__ = [
    "BundleDraw",
    "BundleShare",
    "BundleUsage",
    "Call",
    "CallPart",
    "CallToRate",
    "ControlResult",
    "Fee",
    "Ownership",
    "PartDecision",
    "PriceBook",
    "QuarantineDecision",
    "QuarantinedLine",
    "RatedCall",
    "SourceFile",
    "UsageTotal",
    "described",
    "empty",
    "schema_of",
]
