-- What did we charge for calls, month by month, and on which bill does it stand?
-- Use of a month that came late stands on the bill of a later one: such rows have two different months. Without VAT.
select period, billing_period, sum(calls)::bigint as calls, sum(charge_eur) as charge_eur
from mart.fct_usage_day
group by all
order by all
