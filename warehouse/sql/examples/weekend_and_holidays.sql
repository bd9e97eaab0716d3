-- How much is used on working days, at weekends and on holidays?
-- Days are local days; days counts those with use, so charge_per_day_eur compares a Saturday with a Tuesday fairly.
select
    case when is_holiday then 'holiday' when is_weekend then 'weekend' else 'working day' end as kind_of_day,
    count(distinct answered_on) as days,
    sum(calls)::bigint as calls,
    sum(charge_eur) as charge_eur,
    round(sum(charge_eur) / count(distinct answered_on), 2)::decimal(18, 2) as charge_per_day_eur
from mart.fct_usage_day
join mart.dim_date on date_on = answered_on
group by kind_of_day
order by kind_of_day
