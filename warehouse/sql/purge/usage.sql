-- What stays of rated calls that go (PurgedUsage). The number of a caller that nobody was billed for is not kept.
select
    rated.billing_period,
    rated.customer_id,
    rated.period as usage_period,
    case when rated.customer_id is not null then rated.own_number end as own_number,
    rated.service,
    rated.call_type,
    rated.status,
    case when rated.reason = 'written_off' then rated.reason end as reason,
    count(*) as calls,
    count(stored.call_id) as stored_calls,
    sum(rated.quantity)::bigint as quantity,
    coalesce(sum(stored.quantity), 0)::bigint as stored_quantity,
    sum(rated.in_bundle_quantity)::bigint as in_bundle_quantity,
    sum(rated.charge_micro_eur)::bigint as charge_micro_eur,
    sum(rated.information_charge_micro_eur)::bigint as information_charge_micro_eur
from rated_calls as rated
left join calls as stored using (call_id)
where rated.billing_period <= getvariable('through')
group by all
order by all
