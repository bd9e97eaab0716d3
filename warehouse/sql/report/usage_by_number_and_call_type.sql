-- One row per billing period, period of use, number and call type. Rated and free calls; amounts in euros without VAT.
with used as (
    -- names and euros come after the sums: ten million calls are added up a third faster so
    select
        billing_period,
        period,
        customer_id,
        product,
        own_number,
        call_type,
        count(*) filter (is_answered) as calls,
        coalesce(sum(quantity) filter (service = 'voice'), 0)::bigint as seconds,
        coalesce(sum(quantity) filter (service = 'sms'), 0)::bigint as messages,
        coalesce(sum(quantity) filter (service = 'data'), 0)::bigint as bytes,
        sum(charge_micro_eur)::bigint as charge_micro_eur,
        sum(information_charge_micro_eur)::bigint as information_charge_micro_eur
    from core.rated_calls
    where status <> 'unrated' and reason is distinct from 'written_off' and customer_id is not null
    group by all
)

select
    billing_period,
    period,
    customer_id,
    customers.name as customer_name,
    product,
    own_number,
    call_type,
    calls,
    seconds,
    messages,
    bytes,
    (charge_micro_eur * 0.000001)::decimal(38, 6) as charge_eur,
    (information_charge_micro_eur * 0.000001)::decimal(38, 6) as information_charge_eur
from used
left join core.customers using (customer_id)
