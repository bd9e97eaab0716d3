"""What a night leaves behind: files received, bundles used, controls."""

import polars as pl

from belnota.tables.contract import SERVICES, Bool, Datetime, Enum, Int64, String, Table, described, rule


class SourceFile(Table):
    """One raw file that arrived, and where each of its lines went."""

    file_id = String(primary_key=True, metadata=described("SHA-256 of the content, unpacked"))
    arrival = Int64(primary_key=True, metadata=described("1 for the first arrival of this content, 2 for a repeat …"))
    feed = String(nullable=True, metadata=described("feed; empty = no feed claims the name"))
    file_name = String(nullable=False, metadata=described("name under which it arrived"))
    status = Enum(
        ["accepted", "duplicate", "refused"], nullable=False, metadata=described("accepted, duplicate or refused whole")
    )
    reason = String(nullable=True, metadata=described("why it was refused"))
    sequence = Int64(nullable=True, metadata=described("the source's own file number, where it has one"))
    size_bytes = Int64(nullable=False, min=0, metadata=described("size of the content in bytes, unpacked"))
    lines = Int64(nullable=False, min=0, metadata=described("lines in the file"))
    framing_lines = Int64(nullable=False, min=0, metadata=described("headers, trailers, markers and blank lines"))
    filtered_lines = Int64(nullable=False, min=0, metadata=described("records that are no calls by the feed's rules"))
    quarantined_lines = Int64(nullable=False, min=0, metadata=described("lines with a fault"))
    duplicate_calls = Int64(nullable=False, min=0, metadata=described("calls, or parts of calls, already known"))
    accepted_calls = Int64(nullable=False, min=0, metadata=described("calls stored that are one line each"))
    part_lines = Int64(nullable=False, min=0, metadata=described("lines stored as parts of calls"))
    assembled_calls = Int64(
        nullable=False, min=0, metadata=described("calls stored that this file made whole; not lines of it")
    )
    received_at = Datetime(
        nullable=True, metadata=described("instant (UTC) at which it was taken in; empty = before this was noted")
    )

    @rule
    def every_line_of_an_accepted_file_is_accounted_for(cls) -> pl.Expr:
        lines = ["framing_lines", "filtered_lines", "quarantined_lines", "part_lines"]
        parts = [*lines, "duplicate_calls", "accepted_calls"]
        return (pl.col("status") != "accepted") | (pl.col("lines") == pl.sum_horizontal(parts))


class BundleUsage(Table):
    """Use of one allowance in one period: a pool in total (member *) and, for group bundles, each member."""

    billing_period = String(
        regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period whose invoice carries the use")
    )
    period = String(
        regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period of the allowance; earlier = late usage")
    )
    pool_id = String(primary_key=True, metadata=described("the allowance"))
    subscription_id = String(primary_key=True, metadata=described("member; * = the pool in total"))
    customer_id = String(nullable=False, metadata=described("who is billed"))
    bundle = String(nullable=False, metadata=described("bundle code in the catalogue"))
    bundle_name_nl = String(nullable=False, metadata=described("name shown to customers, Dutch"))
    bundle_name_en = String(nullable=False, metadata=described("name shown to customers, English"))
    is_group = Bool(nullable=False, metadata=described("true for the pool of several members"))
    service = Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    allowance = Int64(nullable=False, min=0, metadata=described("seconds, messages or bytes, prorated"))
    covered_quantity = Int64(nullable=False, min=0, metadata=described("use that the bundle covers, inside or over"))
    used = Int64(nullable=False, min=0, metadata=described("of which the bundle paid for"))
    over = Int64(nullable=False, min=0, metadata=described("of which beyond the allowance"))

    @rule
    def use_is_what_the_bundle_paid_plus_what_was_over(cls) -> pl.Expr:
        return pl.col("covered_quantity") == pl.col("used") + pl.col("over")


class QuarantineDecision(Table):
    """What was decided about one line in quarantine, and by whom; of several decisions the newest counts."""

    decision_id = Int64(primary_key=True, metadata=described("in order of deciding"))
    file_id = String(nullable=False, metadata=described("SHA-256 of the raw file"))
    line_number = Int64(nullable=False, min=1, metadata=described("line in that file, from 1"))
    state = Enum(
        ["open", "retried", "dropped"],
        nullable=False,
        metadata=described("open: still in quarantine; retried: read anew and done; dropped: will never be a call"),
    )
    became = Enum(
        ["call", "part", "duplicate", "left_out"],
        nullable=True,
        metadata=described(
            "of a retried line: a call, a part of a call, known already, or left out as no call by the feed's rules"
        ),
    )
    reason = String(nullable=True, metadata=described("short code of what is wrong now, of a line that is still open"))
    detail = String(nullable=True, metadata=described("the offending value now and what would be right"))
    call_id = String(nullable=True, metadata=described("the call that a retried line became, belongs to or repeats"))
    decided_by = String(nullable=False, metadata=described("who decided"))
    because = String(nullable=False, metadata=described("why, in the words of who decided"))
    decided_at = Datetime(nullable=False, metadata=described("instant (UTC) of the decision"))


class PartDecision(Table):
    """What was decided about one call that waits for a part, and by whom; of several decisions the newest counts."""

    decision_id = Int64(primary_key=True, metadata=described("in order of deciding"))
    feed = String(nullable=False, metadata=described("name of the feed in belnota.toml"))
    key = String(nullable=False, metadata=described("the source's own key of the call; feed/key is its call_id"))
    state = Enum(
        ["dropped", "waiting"],
        nullable=False,
        metadata=described("dropped: will never be whole, is not billed; waiting: the dropping was taken back"),
    )
    parts = Int64(nullable=False, min=1, metadata=described("parts that had come by then"))
    decided_by = String(nullable=False, metadata=described("who decided"))
    because = String(nullable=False, metadata=described("why, in the words of who decided"))
    decided_at = Datetime(nullable=False, metadata=described("instant (UTC) of the decision"))


class ControlResult(Table):
    """One control of one run: two sums that must be equal, or a figure with the bounds in which it should lie."""

    control = String(primary_key=True, metadata=described("C1 … C12, see docs/controls.md"))
    scope = String(primary_key=True, metadata=described("what was compared: a file, a period, all"))
    unit = String(primary_key=True, metadata=described("files, lines, calls, seconds, bytes, micro_eur …"))
    left = Int64(nullable=False, metadata=described("what came in"))
    right = Int64(nullable=False, metadata=described("what came out, parked parts included"))
    is_balanced = Bool(nullable=False, metadata=described("true when both are equal, or when nothing is alarming"))
    detail = String(nullable=False, metadata=described("the parts of the right side"))
    kind = Enum(
        ["balance", "alarm"],
        nullable=False,
        metadata=described(
            "balance: nothing is published unless both are equal; alarm: told, and published all the same"
        ),
    )
