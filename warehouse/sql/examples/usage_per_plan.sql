-- What is used and charged per plan?
-- numbers counts those with use. A number that changed hands counts under each plan it had. Without VAT.
select
    plan,
    count(distinct own_number) as numbers,
    sum(calls)::bigint as calls,
    sum(seconds)::bigint as seconds,
    sum(bytes)::bigint as bytes,
    sum(charge_eur) as charge_eur
from mart.fct_usage_day
left join mart.dim_number using (own_number, subscription_id)
group by plan
order by charge_eur desc, plan
