-- bundle_fit(month)
-- How well bundles fit their users: what of each allowance of a month was used, left, and needed beyond it. What was left
-- of earlier months is counted with the month's own allowance. Quantities in seconds, messages or bytes; readable() puts
-- them in words. verdict: too small (something was needed beyond it), too large (less than a quarter was used), fits, or
-- not over (the month still runs, so that nothing can be said yet).
select
    customer_id,
    customer_name,
    split_part(pool_id, '#', 1) as pool_id,
    any_value(bundle_name_nl) as bundle_name_nl,
    any_value(service) as service,
    sum(allowance)::bigint as allowance,
    sum(used)::bigint as used,
    sum(unused)::bigint as unused,
    sum(over)::bigint as over,
    case when sum(allowance) > 0 then (sum(used)::hugeint * 100 // sum(allowance)::hugeint)::bigint end as used_percent,
    case
        when sum(over) > 0 then 'too small'
        when bool_or(period > last_month()) then 'not over'
        when sum(used) * 4 < sum(allowance) then 'too large'
        else 'fits'
    end as verdict
from mart.fct_bundle_usage
left join mart.dim_customer using (customer_id)
where period = month
group by customer_id, customer_name, split_part(pool_id, '#', 1)
order by over desc, unused desc, pool_id
