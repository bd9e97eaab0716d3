-- Whose bundle is too small or too large?
-- Of the last whole month. too small: something was used beyond it; too large: less than a quarter was used.
select
    customer_name,
    pool_id,
    bundle_name_nl,
    readable(allowance, service) as allowance,
    readable(used, service) as used,
    used_percent,
    readable(over, service) as over,
    verdict
from bundle_fit(last_month())
where verdict in ('too small', 'too large')
order by verdict desc, used_percent desc, pool_id
