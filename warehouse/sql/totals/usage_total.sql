-- One row per billing period, period of use, number and call type. Money in micro-euros, quantities in the service's unit.
select
    billing_period,
    period,
    customer_id,
    subscription_id,
    own_number,
    product,
    service,
    call_type,
    count(*) filter (is_answered) as calls,
    sum(quantity)::bigint as quantity,
    sum(in_bundle_quantity)::bigint as in_bundle_quantity,
    coalesce(sum(billed_quantity), 0)::bigint as billed_quantity,
    sum(information_charge_micro_eur)::bigint as information_charge_micro_eur,
    sum(charge_micro_eur)::bigint as charge_micro_eur
from rated_calls
where billing_period = getvariable('billing_period')
    and status <> 'unrated'
    and reason is distinct from 'written_off'
    and customer_id is not null
    and subscription_id is not null
group by all
order by all
