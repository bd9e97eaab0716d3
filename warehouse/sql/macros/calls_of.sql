-- calls_of(customer, month)
-- The calls on the bill of a month (2026-10) of a customer in order of time, in few enough columns for a screen.
select
    answered_local,
    own_number,
    direction,
    other_number,
    call_type,
    destination,
    quantity,
    in_bundle_quantity,
    charge_eur,
    call_id
from report.calls
where customer_id = customer and billing_period = month
order by answered_at, call_id
