-- One row per billing period, period of use, customer and product. Rated and free calls; amounts in euros without VAT.
select
    billing_period,
    period,
    customer_id,
    customer_name,
    product,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(messages)::bigint as messages,
    sum(bytes)::bigint as bytes,
    sum(charge_eur) as charge_eur,
    sum(information_charge_eur) as information_charge_eur
from report.usage_by_number_and_call_type
group by all
