-- C6: what was used is in a bundle, charged, free or unrated; what calls took from bundles is what was drawn; what was
-- drawn is what the bundles count as used. Rows per billing period and service, and for each single pool that does
-- not tie out. Units: seconds, messages or bytes; the same "in bundles"; the same "of bundles".
-- Purged calls count as the sums that stayed of them.
with wanted as (
    select *, case service when 'voice' then 'seconds' when 'sms' then 'messages' else 'bytes' end as unit
    from rated_calls
    where billing_period in (select period from periods)
),

counted as (
    select
        wanted.billing_period,
        wanted.unit,
        coalesce(sum(calls.quantity), 0)::bigint as came_in,
        sum(in_bundle_quantity)::bigint as in_bundle,
        coalesce(sum(wanted.quantity - in_bundle_quantity) filter (status = 'rated'), 0)::bigint as charged,
        coalesce(sum(wanted.quantity - in_bundle_quantity) filter (status = 'free'), 0)::bigint as free,
        coalesce(sum(wanted.quantity - in_bundle_quantity) filter (status = 'unrated'), 0)::bigint as unrated
    from wanted
    left join calls using (call_id)
    group by all
    union all
    select
        billing_period,
        case service when 'voice' then 'seconds' when 'sms' then 'messages' else 'bytes' end,
        stored_quantity,
        in_bundle_quantity,
        case status when 'rated' then quantity - in_bundle_quantity else 0 end,
        case status when 'free' then quantity - in_bundle_quantity else 0 end,
        case status when 'unrated' then quantity - in_bundle_quantity else 0 end
    from purged_usage
    where billing_period in (select period from periods)
),

used as (
    select billing_period, unit, sum(columns(* exclude (billing_period, unit)))::bigint from counted group by all
),

drawn_by_call as (
    select draws.billing_period, draws.period, draws.pool_id, coalesce(wanted.unit, 'units of no rated call') as unit,
        draws.quantity
    from bundle_draws as draws
    left join (select distinct billing_period, call_id, unit from wanted) as wanted using (billing_period, call_id)
    where draws.billing_period in (select period from periods)
    union all
    select billing_period, period, pool_id, unit, quantity
    from purged_draws
    where billing_period in (select period from periods)
),

drawn as (
    select billing_period, unit, sum(quantity)::bigint as drawn from drawn_by_call group by all
),

taken as (
    select billing_period, unit, coalesce(in_bundle, 0) as in_bundle, coalesce(drawn, 0) as drawn
    from used
    full join drawn using (billing_period, unit)
),

drawn_by_pool as (
    select billing_period, period, pool_id, sum(quantity)::bigint as drawn from drawn_by_call group by all
),

counted_by_pool as (
    select billing_period, period, pool_id,
        case service when 'voice' then 'seconds' when 'sms' then 'messages' else 'bytes' end as unit,
        used
    from bundle_usage
    where subscription_id = '*' and billing_period in (select period from periods)
),

pools as (
    select billing_period, period, pool_id, coalesce(unit, 'units of no bundle') as unit,
        coalesce(drawn, 0) as drawn, coalesce(used, 0) as used
    from drawn_by_pool
    full join counted_by_pool using (billing_period, period, pool_id)
)

select
    'C6' as control,
    billing_period as scope,
    unit,
    came_in as "left",
    in_bundle + charged + free + unrated as "right",
    format('{} in bundles, {} charged, {} free, {} unrated', in_bundle, charged, free, unrated) as detail
from used
union all
select 'C6', billing_period, unit || ' in bundles', in_bundle, drawn, format('{} drawn', drawn)
from taken
union all
select 'C6', billing_period, unit || ' of bundles', sum(drawn)::bigint, sum(used)::bigint,
    format('{} counted as used in {} bundles', sum(used), count(*))
from pools
group by billing_period, unit
union all
select 'C6', format('{} {} of {}', billing_period, pool_id, period), unit || ' of bundles', drawn, used,
    format('{} drawn by calls, {} counted as used', drawn, used)
from pools
where drawn <> used
