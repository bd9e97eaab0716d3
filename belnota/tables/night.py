"""What a night leaves behind: files received, bundles used, controls."""

import dataframely as dy
import polars as pl

from belnota.tables.contract import SERVICES, described


class SourceFile(dy.Schema):
    """One raw file that arrived, and where each of its lines went."""

    file_id = dy.String(primary_key=True, metadata=described("SHA-256 of the content"))
    arrival = dy.Int64(
        primary_key=True, metadata=described("1 for the first arrival of this content, 2 for a repeat …")
    )
    feed = dy.String(nullable=True, metadata=described("feed; empty = no feed claims the name"))
    file_name = dy.String(nullable=False, metadata=described("name under which it arrived"))
    status = dy.Enum(
        ["accepted", "duplicate", "refused"], nullable=False, metadata=described("accepted, duplicate or refused whole")
    )
    reason = dy.String(nullable=True, metadata=described("why it was refused"))
    sequence = dy.Int64(nullable=True, metadata=described("the source's own file number, where it has one"))
    size_bytes = dy.Int64(nullable=False, min=0, metadata=described("size in bytes"))
    lines = dy.Int64(nullable=False, min=0, metadata=described("lines in the file"))
    framing_lines = dy.Int64(nullable=False, min=0, metadata=described("headers, trailers, markers and blank lines"))
    filtered_lines = dy.Int64(
        nullable=False, min=0, metadata=described("records that are no calls by the feed's rules")
    )
    quarantined_lines = dy.Int64(nullable=False, min=0, metadata=described("lines with a fault"))
    duplicate_calls = dy.Int64(nullable=False, min=0, metadata=described("calls already known"))
    accepted_calls = dy.Int64(nullable=False, min=0, metadata=described("calls stored"))

    @dy.rule()
    def every_line_of_an_accepted_file_is_accounted_for(cls) -> pl.Expr:
        parts = ["framing_lines", "filtered_lines", "quarantined_lines", "duplicate_calls", "accepted_calls"]
        return (pl.col("status") != "accepted") | (pl.col("lines") == pl.sum_horizontal(parts))


class BundleUsage(dy.Schema):
    """Use of one allowance in one period: a pool in total (member *) and, for group bundles, each member."""

    billing_period = dy.String(
        regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period whose invoice carries the use")
    )
    period = dy.String(
        regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period of the allowance; earlier = late usage")
    )
    pool_id = dy.String(primary_key=True, metadata=described("the allowance"))
    subscription_id = dy.String(primary_key=True, metadata=described("member; * = the pool in total"))
    customer_id = dy.String(nullable=False, metadata=described("who is billed"))
    bundle = dy.String(nullable=False, metadata=described("bundle code in the catalogue"))
    bundle_name_nl = dy.String(nullable=False, metadata=described("name shown to customers, Dutch"))
    bundle_name_en = dy.String(nullable=False, metadata=described("name shown to customers, English"))
    is_group = dy.Bool(nullable=False, metadata=described("true for the pool of several members"))
    service = dy.Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    allowance = dy.Int64(nullable=False, min=0, metadata=described("seconds, messages or bytes, prorated"))
    covered_quantity = dy.Int64(nullable=False, min=0, metadata=described("use that the bundle covers, inside or over"))
    used = dy.Int64(nullable=False, min=0, metadata=described("of which the bundle paid for"))
    over = dy.Int64(nullable=False, min=0, metadata=described("of which beyond the allowance"))

    @dy.rule()
    def use_is_what_the_bundle_paid_plus_what_was_over(cls) -> pl.Expr:
        return pl.col("covered_quantity") == pl.col("used") + pl.col("over")


class ControlResult(dy.Schema):
    """One control of one run: two sums that must be equal."""

    control = dy.String(primary_key=True, metadata=described("C1 … C8, see docs/controls.md"))
    scope = dy.String(primary_key=True, metadata=described("what was compared: a file, a period, all"))
    unit = dy.String(primary_key=True, metadata=described("files, lines, calls, seconds, bytes, micro_eur …"))
    left = dy.Int64(nullable=False, metadata=described("what came in"))
    right = dy.Int64(nullable=False, metadata=described("what came out, parked parts included"))
    is_balanced = dy.Bool(nullable=False, metadata=described("true when both are equal"))
    detail = dy.String(nullable=False, metadata=described("the parts of the right side"))
