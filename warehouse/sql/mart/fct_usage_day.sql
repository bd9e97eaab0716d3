-- One row per billing period, local date of answer, number, subscription, service, call type and price list.
-- Only what is billable (rated or free, not written off, of a customer). Amounts in euros without VAT.
select
    billing_period,
    period,
    answered_on,
    customer_id,
    subscription_id,
    own_number,
    product,
    service,
    call_type,
    deck,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(messages)::bigint as messages,
    sum(bytes)::bigint as bytes,
    sum(in_bundle_quantity)::bigint as in_bundle_quantity,
    coalesce(sum(billed_quantity), 0)::bigint as billed_quantity,
    sum(information_charge_eur) as information_charge_eur,
    sum(charge_eur) as charge_eur
from mart.fct_rated_call
where is_billable
group by all
