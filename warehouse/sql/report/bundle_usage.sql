-- One row per billing period, period of the allowance, pool and member (* = the pool in total). Quantities in seconds,
-- messages or bytes; the percentage is cut off at two decimals, so that 100.00 means used up.
select
    billing_period,
    period,
    customer_id,
    customers.name as customer_name,
    pool_id,
    subscription_id,
    bundle,
    bundle_name_nl,
    bundle_name_en,
    is_group,
    service,
    allowance,
    covered_quantity,
    used,
    over,
    case when allowance > 0 then (covered_quantity::hugeint * 10000 // allowance)::bigint * 0.01 end as percentage
from core.bundle_usage
left join core.customers using (customer_id)
