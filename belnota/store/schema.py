"""The tables of the store. Changed only together with an Alembic migration (a test compares the two).

Money is micro-euros in BigInteger, instants are UTC, documents are canonical JSON text: they hash the same everywhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, Table, Text

from belnota.store import base, nights, parts, quarantine
from belnota.store.base import Instant

metadata = base.metadata
quarantine_retries, quarantine_decisions = quarantine.quarantine_retries, quarantine.quarantine_decisions
nights_run, feed_layouts, part_decisions = nights.nights, nights.feed_layouts, parts.part_decisions

# --- who is billed -----------------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("attention", Text, nullable=False, server_default=""),
    Column("street", Text, nullable=False),
    Column("postcode", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("kvk", Text, nullable=False, server_default=""),
    Column("vat_id", Text, nullable=False, server_default=""),
    Column("vat_regime", Text, nullable=False),  # standard | reverse_charge | exempt
    Column("iban", Text, nullable=False, server_default=""),
    Column("mandate_id", Text, nullable=False, server_default=""),
    Column("mandate_signed_on", Date),
    Column("language", Text, nullable=False),  # nl | en
    Column("delivery", Text, nullable=False),  # email | portal | post
    Column("reference", Text, nullable=False, server_default=""),
)

plans = Table(
    "plans",  # subscription types and modules of the catalogue
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # plan | module
    Column("product", Text, nullable=False),  # telefonie | mobiel
    Column("name_nl", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("deck", Text, nullable=False, server_default=""),
    Column("monthly_micro_eur", BigInteger, nullable=False),
)

bundles = Table(
    "bundles",
    metadata,
    Column("plan", Text, sa.ForeignKey("plans.code"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name_nl", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("allowance", BigInteger, nullable=False),  # seconds, messages or bytes
    Column("is_group", Boolean, nullable=False),
    Column("call_types", Text, nullable=False),  # JSON list; empty = any
    Column("destinations", Text, nullable=False),  # JSON list; empty = any
    Column("rollover_most", BigInteger),  # units that each member's later months may have of it; empty = nothing
    Column("rollover_months", Integer),  # how many later months may use what is left
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", Text, primary_key=True),
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("plan", Text, sa.ForeignKey("plans.code"), nullable=False),
    Column("label", Text, nullable=False, server_default=""),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
)

numbers = Table(
    "numbers",
    metadata,
    Column("number", Text, primary_key=True),  # canonical
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
    Column("subscription_id", Text, sa.ForeignKey("subscriptions.subscription_id"), nullable=False, index=True),
)

subscription_modules = Table(
    "subscription_modules",
    metadata,
    Column("subscription_id", Text, sa.ForeignKey("subscriptions.subscription_id"), primary_key=True),
    Column("module", Text, sa.ForeignKey("plans.code"), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_until", Date),
)

users = Table(
    "users",
    metadata,
    Column("username", Text, primary_key=True),
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("email", Text, nullable=False),
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False),
    Column("roles", Text, nullable=False),  # JSON list, R9.6-R9.12
    Column("registrations", Text, nullable=False),  # JSON list, R9.13-R9.16
    Column("is_blocked", Boolean, nullable=False),
)

limits = Table(
    "limits",
    metadata,
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), primary_key=True),
    Column("kind", Text, primary_key=True),  # voip_cost, R8.1
    Column("limit_micro_eur", BigInteger, nullable=False),
)

# --- what is not billed ------------------------------------------------------------------------------------------

suspense_write_offs = Table(
    "suspense_write_offs",  # calls without a price that finance does not wait for any longer
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# --- what arrived and what was published ---------------------------------------------------------------------------

decks = Table(
    "decks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # names the folder archive/decks/<name>/<digest>
    Column("rows", Integer, nullable=False),
    Column("imported_at", Instant, nullable=False),
)

source_files = Table(
    "source_files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("arrival", Integer, primary_key=True),
    Column("feed", Text),
    Column("file_name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("sequence", BigInteger),
    Column("size_bytes", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("framing_lines", BigInteger, nullable=False),
    Column("filtered_lines", BigInteger, nullable=False),
    Column("quarantined_lines", BigInteger, nullable=False),
    Column("duplicate_calls", BigInteger, nullable=False),
    Column("accepted_calls", BigInteger, nullable=False),
    Column("part_lines", BigInteger, nullable=False, server_default="0"),  # of calls that come in parts
    Column("assembled_calls", BigInteger, nullable=False, server_default="0"),  # that this file made whole
    Column("received_at", Instant),  # empty for files from before this was noted
)

releases = Table(
    "releases",
    metadata,
    Column("release_id", Integer, primary_key=True, autoincrement=False),
    Column("content_key", Text, nullable=False),  # what it was made from: the newest again is no new release
    Column("made_at", Instant, nullable=False),
    Column("run_on", Date, nullable=False),
    Column("table_versions", Text, nullable=False),  # JSON {lake table: Delta version}
    Column("controls", Text, nullable=False),  # JSON list of ControlResult rows
)

# --- the close and its invoices ------------------------------------------------------------------------------------

closes = Table(
    "closes",
    metadata,
    Column("period", Text, primary_key=True),
    Column("state", Text, nullable=False),  # draft | approved | committed | sent
    Column("draft_hash", Text, nullable=False),
    Column("approved_hash", Text),
    Column("approved_by", Text),
    Column("approved_at", Instant),
    Column("issued_on", Date),
    Column("table_versions", Text, nullable=False),  # lake versions the draft was made from
)

invoice_drafts = Table(
    "invoice_drafts",
    metadata,
    Column("period", Text, sa.ForeignKey("closes.period"), primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("content", Text, nullable=False),  # canonical JSON of the snapshot
    Column("problems", Text, nullable=False),  # JSON list: why this customer is parked; empty = fit to be invoiced
)

invoices = Table(
    "invoices",
    metadata,
    Column("invoice_number", Text, primary_key=True),
    Column("series", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("content", Text, nullable=False),
    Column("net_cents", BigInteger, nullable=False),
    Column("vat_cents", BigInteger, nullable=False),
    Column("gross_cents", BigInteger, nullable=False),
    Column("usage_micro_eur", BigInteger, nullable=False),  # sum of the calls before rounding to cents: control C5
    Column("pdf_sha256", Text),  # set once the file stands in invoices/
    sa.UniqueConstraint("series", "sequence"),
    sa.UniqueConstraint("period", "customer_id"),
)

# --- warnings and mail ---------------------------------------------------------------------------------------------

warnings = Table(
    "warnings",
    metadata,
    Column("subject", Text, primary_key=True),  # pool id, or customer for the VoIP limit
    Column("kind", Text, primary_key=True),  # bundle | voip_cost
    Column("period", Text, primary_key=True),
    Column("level", Integer, primary_key=True),  # 80 | 100
    Column("limit_value", BigInteger, primary_key=True),  # a raised limit arms anew, R8.7
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), nullable=False),
    Column("used_value", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # sent | skipped (the higher level was reached at once) | nobody
    Column("decided_on", Date, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("mail_key", Text, primary_key=True),  # kind, subject, period, level, recipient: never twice
    Column("message_id", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("customer_id", Text, sa.ForeignKey("customers.customer_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),  # queued | sending | sent | refused | unknown
    Column("attempts", Integer, nullable=False),
    Column("last_answer", Text, nullable=False, server_default=""),
    Column("queued_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("message", LargeBinary, nullable=False),  # the mail as it goes over the wire
)

events = Table(
    "events",  # append-only: who did what, when, why
    metadata,
    Column("event_id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
)
