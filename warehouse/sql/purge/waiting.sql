-- Calls of months up to `through` that stay, by the month that bills them or in which they wait. One row per both months.
select
    calls.period as usage_period,
    rated.billing_period,
    count(*) as calls,
    count(*) filter (rated.status = 'unrated') as unrated
from calls
anti join gone_calls using (call_id)
left join rated_calls as rated using (call_id)
where calls.period <= getvariable('through')
group by all
order by all
