"""What stays of purged calls: sums, so that the controls go on tying out."""

from belnota.tables.contract import SERVICES, Bool, Enum, Int64, String, Table, described

_MONTH = r"^\d{4}-\d{2}$"


class PurgedUsage(Table):
    """Rated calls that were purged, summed as invoices need them; no number of any other party is in it."""

    billing_period = String(regex=_MONTH, nullable=False, metadata=described("period whose invoice carries the calls"))
    customer_id = String(nullable=True, metadata=described("who was billed; empty = nobody"))
    usage_period = String(regex=_MONTH, nullable=False, metadata=described("local month of use"))
    own_number = String(
        nullable=True, metadata=described("number of the customer, as on the invoice; empty when nobody was billed")
    )
    service = Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    call_type = String(nullable=False, metadata=described("what the calls are called on bills"))
    status = Enum(["rated", "free", "unrated"], nullable=False, metadata=described("rated, free or unrated"))
    reason = String(nullable=True, metadata=described("written_off, or empty"))
    calls = Int64(nullable=False, min=0, metadata=described("rated calls that were purged"))
    stored_calls = Int64(nullable=False, min=0, metadata=described("of which the call itself was stored too"))
    quantity = Int64(nullable=False, min=0, metadata=described("seconds, messages or bytes of the rated calls"))
    stored_quantity = Int64(nullable=False, min=0, metadata=described("the same of the calls themselves"))
    in_bundle_quantity = Int64(nullable=False, min=0, metadata=described("quantity that bundles paid for"))
    charge_micro_eur = Int64(nullable=True, metadata=described("price without VAT, micro-euros"))
    information_charge_micro_eur = Int64(nullable=True, metadata=described("part of it for numbers' holders"))


class PurgedDraw(Table):
    """What purged calls took from one bundle in one billing period."""

    billing_period = String(regex=_MONTH, nullable=False, metadata=described("period whose invoice carries the calls"))
    period = String(regex=_MONTH, nullable=False, metadata=described("period of the allowance"))
    pool_id = String(nullable=False, metadata=described("the allowance drawn from"))
    unit = String(nullable=False, metadata=described("seconds, messages or bytes"))
    quantity = Int64(nullable=False, min=0, metadata=described("units taken"))


class PurgedFile(Table):
    """What one purge took of one raw file. A file whose calls are of several months can have several rows."""

    file_id = String(nullable=False, metadata=described("SHA-256 of the raw file"))
    feed = String(nullable=True, metadata=described("feed; empty = no feed claimed it"))
    is_raw_gone = Bool(nullable=False, metadata=described("true when its copy in the archive went too"))
    calls = Int64(nullable=False, min=0, metadata=described("calls purged, but those of lines read again"))
    retried_calls = Int64(nullable=False, min=0, metadata=described("calls purged of quarantined lines read again"))
    parts = Int64(nullable=False, min=0, metadata=described("parts of calls purged, but those of lines read again"))
    retried_parts = Int64(nullable=False, min=0, metadata=described("parts purged of quarantined lines read again"))
    assembled_calls = Int64(nullable=False, min=0, metadata=described("of the calls, those made of parts"))
    assembled_equal = Int64(nullable=False, min=0, metadata=described("of which equal to the sum of their parts"))
    quarantined_rows = Int64(nullable=False, min=0, metadata=described("quarantined lines purged"))
    never_decided = Int64(nullable=False, min=0, metadata=described("of which nobody had decided anything"))
    still_open = Int64(nullable=False, min=0, metadata=described("of which were open again"))
    dropped = Int64(nullable=False, min=0, metadata=described("of which were dropped"))
    became_call = Int64(nullable=False, min=0, metadata=described("of which had become calls"))
    became_part = Int64(nullable=False, min=0, metadata=described("of which had become parts of calls"))
    became_duplicate = Int64(nullable=False, min=0, metadata=described("of which had become known calls"))
    left_out = Int64(nullable=False, min=0, metadata=described("of which had been left out by the feed's rules"))
