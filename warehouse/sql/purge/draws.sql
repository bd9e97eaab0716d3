-- What stays of bundle draws that go (PurgedDraw), with the units of the calls that drew.
with units as (
    select distinct
        billing_period,
        call_id,
        case service when 'voice' then 'seconds' when 'sms' then 'messages' else 'bytes' end as unit
    from rated_calls
    where billing_period <= getvariable('through')
)

select
    draws.billing_period,
    draws.period,
    draws.pool_id,
    coalesce(units.unit, 'units of no rated call') as unit,
    sum(draws.quantity)::bigint as quantity
from bundle_draws as draws
left join units using (billing_period, call_id)
where draws.billing_period <= getvariable('through')
group by all
order by all
