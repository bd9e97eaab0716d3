-- unusual_days(month, least_eur := 5, times := 5)
-- Days of a month of use on which a number cost more than so many times its own middle day, and at least so many euros:
-- hacked exchanges, lost phones, and busy days. middle_day_eur is the median over the number's days with use.
with days as (
    select customer_id, own_number, answered_on, sum(calls)::bigint as calls, sum(charge_eur) as charge_eur
    from mart.fct_rated_call
    where is_billable and period = month
    group by all
),

middles as (
    select own_number, quantile_disc(charge_eur, 0.5) as middle_day_eur, count(*) as days_used from days group by own_number
)

select days.*, middle_day_eur, days_used
from days
join middles using (own_number)
where charge_eur >= least_eur and charge_eur > times * middle_day_eur
order by charge_eur desc, own_number, answered_on
