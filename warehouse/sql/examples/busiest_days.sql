-- On which days is most called?
-- Calls of all customers per local day. Join mart.dim_date on date_on = answered_on to see weekends and holidays.
select answered_on, sum(calls)::bigint as calls, sum(seconds)::bigint as seconds, sum(charge_eur) as charge_eur
from report.usage_by_day
group by answered_on
order by calls desc, answered_on
limit 10
