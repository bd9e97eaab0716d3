-- usage_of(customer, month)
-- What each number of a customer used per call type in a month of use (2026-10), late calls too. Without VAT.
select
    own_number,
    service,
    call_type,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(messages)::bigint as messages,
    sum(bytes)::bigint as bytes,
    sum(in_bundle_quantity)::bigint as in_bundle_quantity,
    sum(charge_eur) as charge_eur
from mart.fct_rated_call
where customer_id = customer and period = month and is_billable
group by all
order by own_number, service, call_type
