-- One row per billing period, customer, product and local day of answer. Rated and free calls; amounts in euros without VAT.
select
    billing_period,
    period,
    customer_id,
    customer_name,
    product,
    answered_on,
    count(*) filter (is_answered) as calls,
    coalesce(sum(quantity) filter (service = 'voice'), 0)::bigint as seconds,
    coalesce(sum(quantity) filter (service = 'sms'), 0)::bigint as messages,
    coalesce(sum(quantity) filter (service = 'data'), 0)::bigint as bytes,
    sum(charge_eur) as charge_eur,
    sum(information_charge_eur) as information_charge_eur
from report.calls
where status <> 'unrated' and reason is distinct from 'written_off' and customer_id is not null
group by all
