-- One row per billing period, period of the allowance and pool: bundles in total, never per member, so that sums count
-- once. Quantities in seconds, messages or bytes. What was left of an earlier month is a pool of its own: see carried_from.
select
    billing_period,
    period,
    customer_id,
    pool_id,
    nullif(split_part(pool_id, '#', 2), '') as carried_from,
    bundle,
    bundle_name_nl,
    bundle_name_en,
    is_group,
    service,
    allowance,
    covered_quantity,
    used,
    over,
    allowance - used as unused
from core.bundle_usage
where subscription_id = '*'
