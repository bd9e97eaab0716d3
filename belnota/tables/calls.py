"""What ingest makes of raw files: calls, and lines that could not become calls."""

import polars as pl

from belnota.tables.contract import DIRECTIONS, SERVICES, Bool, Datetime, Enum, Int64, String, Table, described, rule


class Call(Table):
    """One accepted call, message or data session, as the switch or carrier reported it, in UTC and canonical numbers.

    Who it belongs to and what it costs are not here: both may change until the month is closed.
    """

    call_id = String(
        primary_key=True,
        min_length=3,
        metadata=described("stable identity: feed, a slash, and the source's own key for the call"),
    )
    feed = String(nullable=False, metadata=described("name of the feed in belnota.toml"))
    file_id = String(nullable=False, metadata=described("SHA-256 of the raw file it came from"))
    line_number = Int64(nullable=False, min=1, metadata=described("line in that file, from 1"))
    service = Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    direction = Enum(DIRECTIONS, nullable=False, metadata=described("out: made by our number; in: received by it"))
    own_number = String(nullable=False, metadata=described("canonical number of ours that used the service"))
    other_number = String(nullable=False, metadata=described("canonical number at the other end; anonymous if none"))
    dialled = String(nullable=False, metadata=described("the other end exactly as the source wrote it"))
    answered_at = Datetime(
        nullable=False,
        metadata=described("instant (UTC) of answer, message or session start; of the attempt when not answered"),
    )
    is_answered = Bool(nullable=False, metadata=described("false for an attempt that nobody answered"))
    quantity = Int64(
        nullable=False, min=0, max=2**53, metadata=described("seconds (voice), messages (sms) or bytes (data)")
    )
    country = String(nullable=True, metadata=described("lower-case ISO code of the serving network; empty = home"))
    zone = Enum(["nl", "eu", "world"], nullable=False, metadata=described("roaming zone of that country that day"))
    call_type = String(nullable=False, metadata=described("what the call is called on bills and in limits"))
    period = String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("local month of answered_at"))

    @rule
    def an_unanswered_attempt_has_no_quantity(cls) -> pl.Expr:
        return pl.col("is_answered") | (pl.col("quantity") == 0)


PART_ROLES = ["answer", "hangup", "usage", "last"]


class CallPart(Table):
    """One line of a raw file that is a part of a call: an answer, a hangup, or use since the part before it.

    Parts of one key become one call once it is whole; until then they wait. Nothing is ever taken out.
    """

    feed = String(primary_key=True, metadata=described("name of the feed in belnota.toml"))
    key = String(
        primary_key=True, min_length=1, metadata=described("the source's own key of the call; feed/key is its call_id")
    )
    part_key = String(primary_key=True, metadata=described("which part of that call it is: the same part comes once"))
    role = Enum(
        PART_ROLES,
        nullable=False,
        metadata=described("answer and hangup: ends of a call; usage: of a session that goes on; last: of its end"),
    )
    file_id = String(nullable=False, metadata=described("SHA-256 of the raw file it came from"))
    line_number = Int64(nullable=False, min=1, metadata=described("line in that file, from 1"))
    service = Enum(SERVICES, nullable=True, metadata=described("voice, sms or data; empty when the line does not say"))
    direction = Enum(DIRECTIONS, nullable=True, metadata=described("out: made by our number; in: received by it"))
    own_number = String(nullable=True, metadata=described("canonical number of ours; empty when the line does not say"))
    other_number = String(nullable=True, metadata=described("canonical number at the other end"))
    dialled = String(nullable=True, metadata=described("the other end exactly as the source wrote it"))
    happened_at = Datetime(nullable=False, metadata=described("instant (UTC) of the event, or at which the use began"))
    quantity = Int64(
        nullable=True, min=0, max=2**53, metadata=described("units of this part; empty for an answer or a hangup")
    )
    country = String(nullable=True, metadata=described("lower-case ISO code of the serving network; empty = home"))
    period = String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("local month of happened_at"))


class QuarantinedLine(Table):
    """One line of a raw file that could not become a call, kept with its reason until somebody mends or drops it."""

    feed = String(nullable=False, metadata=described("name of the feed in belnota.toml"))
    file_id = String(nullable=False, metadata=described("SHA-256 of the raw file"))
    file_name = String(nullable=False, metadata=described("name under which the file arrived"))
    line_number = Int64(nullable=False, min=1, metadata=described("line in that file, from 1"))
    reason = String(nullable=False, metadata=described("short code of what is wrong, such as time or columns"))
    detail = String(nullable=False, metadata=described("the offending value and what would be right"))
    raw_line = String(nullable=False, metadata=described("the line as it arrived"))
