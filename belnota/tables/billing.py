"""What invoicing is told: usage totals and recurring fees."""

from belnota.tables.contract import SERVICES, Date, Enum, Int64, String, Table, described


class UsageTotal(Table):
    """Usage of one number and call type in one period, as the invoice of billing_period carries it."""

    billing_period = String(regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period of the invoice"))
    period = String(regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period of use; earlier = late usage"))
    customer_id = String(primary_key=True, metadata=described("who is billed"))
    subscription_id = String(primary_key=True, metadata=described("subscription of the number"))
    own_number = String(primary_key=True, metadata=described("canonical number"))
    product = String(nullable=False, metadata=described("telefonie or mobiel"))
    service = Enum(SERVICES, primary_key=True, metadata=described("voice, sms or data"))
    call_type = String(primary_key=True, metadata=described("call type"))
    calls = Int64(nullable=False, min=0, metadata=described("answered calls, messages or sessions"))
    quantity = Int64(nullable=False, min=0, metadata=described("seconds, messages or bytes used"))
    in_bundle_quantity = Int64(nullable=False, min=0, metadata=described("of which paid by bundles"))
    billed_quantity = Int64(nullable=False, min=0, metadata=described("charged, in whole increments"))
    information_charge_micro_eur = Int64(
        nullable=False, min=0, metadata=described("part of the charges that is for the numbers' holders, micro-euros")
    )
    charge_micro_eur = Int64(nullable=False, metadata=described("sum of the charges without VAT, micro-euros"))


class Fee(Table):
    """One recurring fee of one subscription or module for (part of) one period."""

    period = String(regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("period of the fee"))
    customer_id = String(nullable=False, metadata=described("who is billed"))
    subscription_id = String(primary_key=True, metadata=described("subscription"))
    code = String(primary_key=True, metadata=described("plan or module code in the catalogue"))
    product = String(nullable=False, metadata=described("telefonie or mobiel"))
    label = String(nullable=False, metadata=described("first number or label of the subscription"))
    name_nl = String(nullable=False, metadata=described("name shown to customers, Dutch"))
    name_en = String(nullable=False, metadata=described("name shown to customers, English"))
    from_on = Date(primary_key=True, metadata=described("first day charged"))
    until_on = Date(nullable=False, metadata=described("first day not charged"))
    monthly_micro_eur = Int64(nullable=False, metadata=described("fee of a whole month, micro-euros"))
    amount_cents = Int64(nullable=False, metadata=described("fee of the days charged, half-up to the cent"))
